"""job.watch(): only what is new is sent, and nobody is asked once the job has ended."""

import time
from dataclasses import replace

import pytest

from physforge.errors import PhysForgeError
from physforge.jobs import JobSpec, Outcome, Progress, State
from physforge.jobs.job import Job
from physforge.tasks.pinn.loss_lines import LossPoint, write_line
from physforge.widgets.job_story import POINTS, JobStory
from physforge.widgets.job_watch import JobWatch
from physforge.workspace import Workspace

XSS = "<img src=x onerror=window.hacked=1>"


def nobody() -> None:
    """Wake nobody: the test runs the job itself."""


@pytest.fixture
def jobs(tmp_path):
    store = Workspace(tmp_path).jobs
    yield store
    store.close()


@pytest.fixture
def job(jobs):
    (record,) = jobs.submit([JobSpec("pinn", {"steps": 10})])
    return record


@pytest.fixture
def watched(sent, jobs, job):
    widget = JobWatch(jobs, job.id, nobody, every_s=0.02)
    yield widget
    widget.close()


def until(is_so, limit_s=10.0):
    end = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def told(sent, key):
    return [content[key] for _, content, _ in list(sent) if key in content]


def test_progress_log_and_losses_arrive_as_they_come(sent, jobs, job, watched):
    claim = jobs.claim("test")
    jobs.heartbeat(claim, Progress(0.25, "step 100"))
    until(lambda: any(facts.get("fraction") == 0.25 for facts in told(sent, "facts")))
    first = f"Reading {XSS}\nINFO x: {write_line(LossPoint(100, 0.5, 0.25))}\nhal"
    jobs.append_log(claim, 0, first)
    until(lambda: told(sent, "points"))
    assert told(sent, "lines") == [[f"Reading {XSS}"]]
    assert told(sent, "points") == [[[100, 0.5, 0.0625]]]
    jobs.append_log(claim, len(first), "f a line\n")
    until(lambda: len(told(sent, "lines")) == 2)
    assert told(sent, "lines")[1] == ["half a line"]
    jobs.finish(claim, Outcome(State.FAILED, error="It failed."))
    until(lambda: not watched.is_watching)
    last = {name: value for facts in told(sent, "facts") for name, value in facts.items()}
    assert (last["state"], last["error"], last["over"]) == ("failed", "It failed.", True)


def test_a_step_costs_less_than_half_a_kilobyte(sent, jobs, job, watched):
    claim = jobs.claim("test")
    until(lambda: any(facts.get("state") == "running" for facts in told(sent, "facts")))
    sent.clear()
    start = 0
    for step in range(1, 21):
        line = f"INFO physforge.tasks.pinn: {write_line(LossPoint(step, 1.0 / step, 1.0 / step))}\n"
        jobs.heartbeat(claim, Progress(step / 20, f"step {step}, held-out residual {1 / step:.1e}"))
        jobs.append_log(claim, start, line)
        start += len(line)
        until(lambda count=step: sum(map(len, told(sent, "points"))) == count)
    until(lambda: told(sent, "facts")[-1].get("fraction") == 1.0)
    assert sum(size for *_, size in sent) / 20 < 250


def test_nothing_is_sent_while_nothing_happens(sent, jobs, job, watched):
    until(lambda: told(sent, "facts"))
    sent.clear()
    time.sleep(0.3)
    assert sent == []
    assert watched.is_watching


def test_a_page_that_comes_later_is_told_everything(sent, jobs, job, watched):
    claim = jobs.claim("test")
    text = f"Begun\n{write_line(LossPoint(1, 0.1, float('nan')))}\n"
    jobs.append_log(claim, 0, text)
    until(lambda: told(sent, "points"))
    sent.clear()
    watched._handle_custom_msg({"ask": "all"}, [])
    content = next(content for _, content, _ in sent if content.get("fresh"))
    assert content["lines"] == ["Begun"]
    assert content["points"] == [[1, 0.1, None]]
    assert content["facts"]["kind"] == "pinn"


def test_the_button_ends_the_job(sent, jobs, job, watched):
    watched._handle_custom_msg({"ask": "cancel"}, [])
    until(lambda: not watched.is_watching)
    assert jobs.get(job.id).state is State.CANCELLED
    assert told(sent, "facts")[-1]["state"] == "cancelled"


def test_a_closed_widget_asks_no_more(sent, jobs, job, watched):
    until(lambda: told(sent, "facts"))
    watched.close()
    until(lambda: not watched.is_watching)
    assert jobs.get(job.id).state is State.QUEUED


def test_a_store_that_does_not_answer_is_asked_again(sent, jobs, job, monkeypatch):
    answer, is_away = jobs.get, [True]

    def get(job_id):
        if is_away[0]:
            raise PhysForgeError("The service is away.")
        return answer(job_id)

    monkeypatch.setattr(jobs, "get", get)
    widget = JobWatch(jobs, job.id, nobody, every_s=0.02)
    until(lambda: "The service is away. Trying again." in told(sent, "trouble"))
    is_away[0] = False
    until(lambda: told(sent, "facts"))
    assert told(sent, "trouble")[-1] == ""
    widget.close()


def test_a_job_that_is_unknown_is_said_once(sent, jobs):
    widget = JobWatch(jobs, "6f1b6a0e-0000-4000-8000-000000000000", nobody, every_s=0.02)
    until(lambda: not widget.is_watching)
    assert len(told(sent, "trouble")) == 1
    assert told(sent, "gone") == [True]


def test_another_attempt_begins_the_story_again(job):
    story = JobStory()
    running = replace(job, state=State.RUNNING, attempt=1)
    story.add(running, f"One\n{write_line(LossPoint(5, 1.0, 1.0))}\n")
    news = story.add(replace(running, attempt=2), "Two\n")
    assert news["fresh"] is True
    assert news["lines"] == ["Two"]
    assert story.whole()["points"] == []


def test_long_trainings_are_thinned_and_keep_their_ends(job):
    story = JobStory()
    lines = "".join(f"{write_line(LossPoint(step, 1.0, 1.0))}\n" for step in range(5000))
    story.add(replace(job, state=State.RUNNING, attempt=1), lines)
    points = story.whole()["points"]
    assert POINTS / 3 < len(points) <= POINTS
    assert (points[0][0], points[-1][0]) == (0, 4999)


def test_in_a_terminal_it_is_followed_until_its_end(jobs, job, capsys):
    jobs.cancel(job.id)
    assert Job(jobs, job.id).watch() is None
    assert "cancelled" in capsys.readouterr().err
