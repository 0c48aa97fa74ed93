"""What the page says of a job in each of its states, and of a result with doubts."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
import xarray as xr

from physforge.apps.results.candidates import found_equations, pareto_front
from physforge.apps.results.state import ResultState
from physforge.apps.results.view import ResultsView
from physforge.jobs import JobSpec, Outcome, State
from physforge.jobs.artifact import complete_artifact
from physforge.tasks.dataset_result import SimulationResult

NASTY = '<img src=x onerror="alert(1)">'


def seen(person, job_id: str = "") -> ResultState:
    state = ResultState(person, job_id)
    asyncio.run(state.refresh())
    return state


def publish(store, folder, *, title: str = "") -> str:
    """Let a simulation succeed, with a doubt."""
    (record,) = store.submit([JobSpec("simulation", {"equations": f"u_t = -u {title}"})])
    claim = store.claim("w", job_id=record.id)
    ds = xr.Dataset({"u": ("t", np.exp(-np.linspace(0, 1, 5)))}, {"t": np.linspace(0, 1, 5)})
    made = SimulationResult(status="ok", diagnostics=(f"Beware of {NASTY}",), dataset=ds).save(folder / "made")
    complete_artifact(made, claim, "", {})
    store.publish(claim, made, Outcome(State.SUCCEEDED))
    return record.id


@pytest.mark.parametrize("given", ["nonsense", "../me", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"])
def test_what_is_no_result_of_ones_own_is_refused_with_a_way_on(person, given):
    view = ResultsView(person, {"job": given})
    asyncio.run(view.state.refresh())
    assert view.state.phase == "refused"
    assert view._said.words
    assert "results" in view._way_on.object


def test_a_job_that_waits_fails_and_runs_again(person, store):
    (record,) = store.submit([JobSpec("simulation", {"equations": "u_t = -2*u"})])
    view = ResultsView(person, {"job": record.id})
    asyncio.run(view.state.refresh())
    assert view.state.phase == "going on"
    assert "comes here by itself" in view._said.words
    store.finish(store.claim("w", job_id=record.id), Outcome(State.FAILED, f"It broke: {NASTY}"))
    asyncio.run(view.state.refresh())
    assert view.state.phase == "failed"
    assert "It broke" in view._said.words
    assert NASTY not in view._said.words
    assert "jobs?job=" in view._way_on.object
    asyncio.run(view.state.retry())
    assert view.state.phase == "going on"


def test_a_result_is_read_and_its_doubts_come_first(person, store, tmp_path):
    job_id = publish(store, tmp_path)
    view = ResultsView(person, {"job": job_id})
    asyncio.run(view.state.refresh())
    assert view.state.phase == "there"
    assert view.state.document["content"]["variables"] == ["u"]
    shown = [str(one.object) for one in view._body.select(lambda one: hasattr(one, "object"))]
    doubts, fields = (next(n for n, one in enumerate(shown) if words in one) for words in ("Beware", "The fields"))
    assert doubts < fields
    assert not any(NASTY in one for one in shown)
    assert job_id in [one["id"] for one in seen(person).results]


def test_somebody_else_sees_nothing_of_it(person, store, tmp_path, make_person):
    job_id = publish(store, tmp_path, title="+ 0*u**2")
    other = make_person("eve")
    state = seen(other, job_id)
    other._leave()
    assert state.phase == "refused"
    assert "ask its owner" in state.failure.lower()


def test_the_front_leaves_out_what_is_longer_and_no_better():
    rows = [{"complexity": size, "misfit": misfit} for size, misfit in ((2, 0.1), (1, 0.5), (3, 0.2), (2, 0.3))]
    assert [one["misfit"] for one in pareto_front(rows)] == [0.5, 0.1]


def test_a_target_without_support_has_no_equation():
    columns = {"target": ["u_t", "v_t"], "equation": ["u_t = u", "v_t = v"], "chosen": [True, True]}
    findings = [{"target": "u_t", "terms": ["u"]}, {"target": "v_t", "terms": []}]
    assert found_equations({"candidates": columns, "findings": findings}) == ["u_t = u"]
