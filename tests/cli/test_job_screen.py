"""What is drawn while a job runs, and what the shell offers behind Tab."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from physforge.cli.completion import complete_data, complete_job, complete_kind
from physforge.cli.job_follow import Moment
from physforge.cli.job_screen import LOG_LINES, JobScreen, job_line
from physforge.database import Database
from physforge.jobs import Input, JobRecord, JobSpec, Progress, State
from physforge.jobs.sql_store import SqlJobStore

SPEC = JobSpec("discovery", {}, (Input("dataset", "lynx-hare", "dataset", "catalog:lynx-hare", "0" * 64),))


def job(state=State.RUNNING, fraction=0.5, message="looking for equations", attempt=1):
    now = datetime.now(UTC)
    begun = None if state is State.QUEUED else now - timedelta(seconds=75)
    return JobRecord(
        "3f2a91c0-aaaa", SPEC, state, attempt, Progress(fraction, message), "o", "p", now, started_at=begun
    )


def drawn(thing, width):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(thing)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [56, 80, 110, 200])
def test_a_job_is_one_line_that_fits_and_says_which_and_how_far(width):
    (line,) = drawn(job_line(job(attempt=2), width), width)
    assert len(line) <= width
    for text in ("discovery", "3f2a91c0", "running (attempt 2)", "1:15"):
        assert text in line
    assert ("lynx-hare" in line) == (width >= 80)
    assert ("looking for equations" in line) == (width >= 110)
    half, full = (drawn(job_line(job(fraction=one), width), width)[0].count("━") for one in (0.5, 1.0))
    assert 0 < half < full


def test_the_last_lines_of_the_log_are_drawn_and_steer_no_terminal():
    screen = JobScreen(job())
    screen.show(Moment(job(), "".join(f"line {number}\n" for number in range(20)) + "10 %\r99 %\x1b[2J\nhalf a li"))
    lines = drawn(screen.draw(), 80)
    assert len(lines) == LOG_LINES + 2
    assert "line 13" in lines[1]
    assert lines[LOG_LINES].strip() == "│ 99 %[2J"
    assert "Ctrl-C" in lines[-1]
    screen.show(Moment(job(), "ne\n"))
    assert drawn(screen.draw(), 80)[LOG_LINES].strip() == "│ half a line"


def test_the_shell_completes_jobs_kinds_and_data_sets(physforge, tmp_path):
    assert complete_job("") == []
    assert not (tmp_path / "home").exists()
    home = tmp_path / "home"
    store = SqlJobStore(Database.open(f"sqlite:///{home / 'physforge.sqlite'}"), home / "jobs")
    (made,) = store.submit([SPEC])
    store.close()
    assert complete_job("") == [(made.id[:8], "discovery lynx-hare, queued")]
    assert complete_job(made.id[:10]) == [(made.id, "discovery lynx-hare, queued")]
    assert complete_job("zz") == []
    assert ("discovery", "Find the equations behind measured fields") in complete_kind("disc")
    assert [name for name, _ in complete_data("lynx")] == ["lynx-hare"]


def test_completion_prints_no_error_whatever_is_wrong(physforge, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "physforge.sqlite").write_text("this is no database, and long enough to be looked at" * 100)
    assert complete_job("") == []
