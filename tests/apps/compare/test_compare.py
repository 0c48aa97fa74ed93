"""Runs side by side: what differs, in which order, and all of them in one picture."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from physforge.apps.compare.filtering import matching, ordered
from physforge.apps.compare.state import CompareState
from physforge.apps.compare.view import CompareView
from physforge.jobs import JobRecord, JobSpec, Progress, State
from physforge.jobs.runs import compared, plain_figures, summarise_series
from physforge.plots.parallel import plot_parallel

NASTY = '<img src=x onerror="alert(1)">'
BEGAN = datetime(2026, 11, 30, tzinfo=UTC)


def run(index: int, **config) -> JobRecord:
    measured = {"loss": {"last": 1.0 / (1 + index), "min": 0.5 / (1 + index), "max": 9.0, "median": 1.0}}
    return JobRecord(
        id=str(uuid.UUID(int=index)),
        spec=JobSpec("pinn", {"equations": NASTY, "network": {"width": 8 * (index % 3)}, **config}, seed=index % 2),
        state=State.SUCCEEDED,
        attempt=1,
        progress=Progress(1.0),
        owner="o",
        project="p",
        created_at=BEGAN,
        started_at=BEGAN,
        finished_at=BEGAN + timedelta(seconds=index),
        run={"figures": {"outcome": "converged" if index % 2 else "stopped at its budget"}, "measured": measured},
    )


@pytest.fixture
def state() -> CompareState:
    found = CompareState(person=None)
    found.compare([run(index) for index in range(6)])
    return found


def test_only_differences_are_shown_unless_all_are_wanted(state):
    assert state.columns() == ["network.width", "seed", "state", "seconds", "outcome", "loss (last)"]
    state.everything = True
    state.compare(state.records)
    assert "equations" in state.columns()


def test_another_aggregate_gives_other_numbers(state):
    state.aggregate = "min"
    state.compare(state.records)
    assert state.rows[0]["loss (min)"] == 0.5
    assert "loss (last)" not in state.rows[0]


def test_rows_are_filtered_and_ordered(state):
    state.choose(wanted="outcome = converged, seconds > 1")
    assert state.places == [3, 5]
    state.choose(wanted="", order="-loss (last)")
    assert state.places == [0, 1, 2, 3, 4, 5]
    state.choose(order="network.width")
    assert state.places == [0, 3, 1, 4, 2, 5]
    state.choose(wanted="budget")
    assert state.places == [0, 4, 2]


@pytest.mark.parametrize(
    ("wanted", "places"),
    [("a<2", [0]), ("A >= 2", [1]), ("a = 2.0", [1]), ("b=x", [0]), ("no such<2", []), ("a<nonsense", []), ("x,", [0])],
)
def test_conditions(wanted, places):
    assert matching([{"a": 1, "b": "X"}, {"a": 2, "b": None}], wanted) == places


def test_runs_without_a_value_come_last_either_way():
    rows = [{"a": None}, {"a": 2.0}, {"a": "text"}, {"a": 1}]
    assert ordered(rows, range(4), "a") == [3, 1, 2, 0]
    assert ordered(rows, range(4), "-a")[-1] == 0


def test_what_is_measured_is_finite_and_plain():
    assert summarise_series({"loss": [3.0, float("nan"), 1.0, 2.0], "none": [float("inf")]}) == {
        "loss": {"last": 2.0, "min": 1.0, "max": 3.0, "median": 2.0}
    }
    assert plain_figures({"a": np.float64(0.5), "b": float("nan"), "c": np.int64(3), "d": ("x",)}) == {
        "a": 0.5,
        "b": None,
        "c": 3,
        "d": "('x',)",
    }


def test_a_run_without_figures_or_that_failed_is_compared_too():
    failed = JobRecord(**{**vars(run(1)), "run": {}, "error": "It broke.", "state": State.FAILED})
    rows = compared([run(0), failed])
    assert rows[1]["error"] == "It broke."
    assert "outcome" not in rows[1]


def test_the_page_shows_a_page_of_rows_and_every_sign_as_a_sign():
    view = CompareView(None, {"batch": NASTY})
    view.state.everything = True
    view.state.compare([run(index, name=NASTY) for index in range(120)])
    assert len(view.table.texts) == 50
    assert view.table.texts[0][1] == NASTY
    view.state.page += 1
    view.state.page += 1
    assert len(view.table.texts) == 20
    assert view.after.disabled
    assert "120 of 120 runs, page 3 of 3" in view._place.object
    view.table.order = "-seconds"
    assert view.table.texts[0][0] == f"pinn {uuid.UUID(int=119)!s:.8}"
    view.table.selected = [str(uuid.UUID(int=one)) for one in (3, 5)]
    view._keep_chosen(None)
    assert len(view.state.records) == 2


def test_runs_are_found_by_batch_and_by_id(person, store):
    made = store.submit([JobSpec("work", {"a": index}) for index in range(3)], batch="three")
    store.submit([JobSpec("work", {"a": 9})])
    state = CompareState(person)

    async def walk() -> None:
        await state.load(batch="three")
        assert sorted(row["a"] for row in state.rows) == [0, 1, 2]
        await state.load(batch="", named=[made[2].id, made[0].id])
        assert [row["a"] for row in state.rows] == [2, 0]
        await state.load(named=["nonsense"])
        assert state.failure
        assert state.rows == []

    asyncio.run(walk())


def test_a_picture_has_an_axis_for_each_column_that_varies():
    runs = pd.DataFrame(
        {"same": [1, 1, 1], "method": ["weak", None, "stlsq"], "n": [1, 2, 3], "loss": [0.1, None, 0.3]}
    )
    drawn = plot_parallel(runs, "loss")
    contours = drawn.get(0)
    assert len(contours.split()) == 3
    first, broken, _ = (one.dimension_values("place") for one in contours.split())
    assert list(first) == [1.0, 0.0, 0.0]
    assert np.isnan(broken[0])
    words = list(drawn.Labels.I.dimension_values("words"))
    assert words == ["stlsq", "weak", "1", "3", "0.1", "0.3"]
