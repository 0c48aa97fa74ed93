"""How many acknowledged jobs a kill or a power cut loses, and how many jobs one spec makes."""

from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.cells import NotAvailable
from benchmarks.jobs.case import Case, Line
from benchmarks.jobs.places import database_url, new_folder
from jobs.store.faults import cut_the_power, kill_while_submitting, submit_the_same

SOURCES = (
    "physforge_lib/physforge/database/**/*.py",
    "physforge_lib/physforge/jobs/sql/*.py",
    "physforge_lib/physforge/jobs/sql_store.py",
    "tests/jobs/store/submitter.py",
    "tests/jobs/store/faults.py",
    "tests/jobs/store/power_cuts.py",
    "tests/jobs/store/recording.py",
    "tests/benchmarks/jobs/store_faults.py",
)
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def same(kind: str, seed: int, quick: bool) -> dict:
    with new_folder() as folder, database_url(kind, folder) as url:
        return submit_the_same(url, folder / "jobs", 2 if quick else 8, 20 if quick else 1000)


def killed(kind: str, seed: int, quick: bool) -> dict:
    with new_folder() as folder, database_url(kind, folder) as url:
        return kill_while_submitting(url, folder / "jobs", 2 if quick else 200, seed)


def cut(seed: int, quick: bool) -> dict:
    with new_folder() as folder:
        kept = cut_the_power(folder, 5 if quick else 50, 100 if quick else 1000, "durable")
    with new_folder() as folder:
        control = cut_the_power(folder, 5 if quick else 50, 100 if quick else 1000, "relaxed")
    if "absent" in kept:
        raise NotAvailable(kept["absent"])
    return {"kept": kept, "control": control}


def same_line(kind: str, results: Sequence[dict]) -> list[Line]:
    one = results[0]
    what = f"8 processes submit the same spec 1,000 times, {NAMES[kind]}: jobs"
    figure = f"{one['jobs']} ({one['calls']:,} calls, all with the same id: {one['ids'] == 1}; {one['seconds']:.0f} s)"
    return [Line(what, "1", figure, one["jobs"] == one["ids"] == 1 and not any(one["codes"]))]


def killed_line(kind: str, results: Sequence[dict]) -> list[Line]:
    one = results[0]
    figure = f"{one['lost']} lost, {one['corrupt'] + one['torn']} corrupt (of {one['promised']:,} acknowledged)"
    what = f"{one['kills']} kill -9 while submitting, {NAMES[kind]}: acknowledged submits"
    return [Line(what, "0 lost, 0 corrupt", figure, not (one["lost"] or one["corrupt"] or one["torn"]))]


def cut_line(results: Sequence[dict]) -> list[Line]:
    one, control = results[0]["kept"], results[0]["control"]
    figure = (
        f"{one['lost']} lost, {one['corrupt'] + one['torn']} corrupt (of {one['acknowledged']:,} acknowledged; "
        f"{control['lost']:,} lost without syncs, as a control)"
    )
    what = f"{one['cuts']} simulated power cuts, SQLite: acknowledged changes"
    return [Line(what, "0 lost, 0 corrupt", figure, not (one["lost"] or one["corrupt"] or one["torn"]))]


def case(name: str, measure: Callable[..., dict], lines: Callable[..., list[Line]]) -> Case:
    return Case(name, measure, lines, SOURCES)


CASES = (
    *(case(f"same-{kind}", partial(same, kind), partial(same_line, kind)) for kind in NAMES),
    *(case(f"killed-{kind}", partial(killed, kind), partial(killed_line, kind)) for kind in NAMES),
    case("power-cuts", cut, cut_line),
)
