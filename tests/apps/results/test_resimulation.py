"""Simulations of edited equations, one at a time."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import numpy as np
import pytest

from physforge.apps.acts import job_data, resimulate
from physforge.apps.acts.packing import unpack
from physforge.apps.results.resimulation import Resimulation
from physforge.errors import SimulationError
from physforge.problems import get_problem


class SlowKernel:
    """Answers each request when it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = asyncio.Event()

    async def run(self, request, said):
        said("Working")
        self.asked.append(request["equations"])
        await self.gate.wait()
        return {"for": request["equations"]} if "bad" not in request["equations"] else {"error": "No."}


def test_of_what_is_asked_meanwhile_the_last_alone_is_simulated_and_shown():
    async def story():
        kernel = SlowKernel()
        state = Resimulation(SimpleNamespace(kernel=kernel), "job")
        shown = []
        state.param.watch(lambda event: shown.append(event.new), "found")
        first = asyncio.create_task(state.ask("one"))
        await asyncio.sleep(0)
        await state.ask("two")
        await state.ask("three")
        assert state.doing
        kernel.gate.set()
        await first
        return kernel.asked, shown, state.doing

    asked, shown, doing = asyncio.run(story())
    assert asked == ["one", "three"]
    assert shown == [{"for": "three"}]
    assert doing == ""


def test_a_refusal_keeps_the_pictures_and_is_taken_back_by_the_next_answer():
    async def story():
        kernel = SlowKernel()
        kernel.gate.set()
        state = Resimulation(SimpleNamespace(kernel=kernel), "job")
        await state.ask("good")
        await state.ask("bad")
        failed = (dict(state.found), state.failure)
        await state.ask("good again")
        return failed, state.failure

    failed, after = asyncio.run(story())
    assert failed == ({"for": "good"}, "No.")
    assert after == ""


@pytest.fixture
def burgers(monkeypatch):
    for kept in (job_data.opened_data, resimulate.thinned_data, resimulate._first_state):
        kept.cache_clear()
    ds = get_problem("burgers").generate()
    monkeypatch.setattr(resimulate, "opened_data", lambda _job: ds)
    yield ds
    resimulate.thinned_data.cache_clear()
    resimulate._first_state.cache_clear()


def test_the_law_itself_reproduces_the_data_and_another_does_not(burgers):
    found = json.loads(json.dumps(resimulate.resimulate("job", "u_t = -u*u_x + 0.1*u_xx"), allow_nan=False))
    other = resimulate.resimulate("job", "u_t = -u*u_x + 0.3*u_xx")
    assert found["status"] == "ok"
    assert found["errors"][0]["relative_error"] < 0.01
    assert other["errors"][0]["relative_error"] > 0.05
    (panel,) = other["panels"]
    data, simulated, difference = (
        unpack(panel["pictures"][what]["values"]) for what in ("data", "simulation", "difference")
    )
    assert np.allclose(simulated - data, difference, atol=1e-5)
    assert [axis["name"] for axis in panel["pictures"]["data"]["axes"]] == ["t", "x"]


def test_a_simulation_that_takes_too_long_is_stopped(burgers, monkeypatch):
    monkeypatch.setattr(resimulate, "_LONGEST_S", 0.01)
    with pytest.raises(SimulationError, match="not through after"):
        resimulate.resimulate("job", "u_t = -u*u_x + 0.1*u_xx")
