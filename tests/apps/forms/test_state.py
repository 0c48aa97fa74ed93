"""A form says what is wrong as it is typed, and asks for the job that was meant."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from physforge.apps.forms.presets import PRESETS
from physforge.apps.forms.state import FormState, estimated
from physforge.errors import PhysForgeError


def filled(person, kind, **typed):
    state = FormState(person, kind)
    asyncio.run(state.fill(typed))
    return state


def test_a_form_that_is_right_has_settings(ada):
    state = filled(ada, "discovery", dataset="lynx-hare", target="x_t\ny_t", units="yes", method="")
    assert state.wrong == {}
    assert state.config == {"dataset": "lynx-hare", "target": ["x_t", "y_t"], "units": True}


def test_each_wrong_field_is_told_by_itself(ada):
    state = filled(ada, "discovery", dataset="lynx-hare", method="nonsense", known="{u: many}")
    assert state.config is None
    assert set(state.wrong) == {"method", "known"}
    assert "there is no method called 'nonsense'" in state.wrong["method"]


def test_what_cannot_be_read_is_told_at_its_field(ada):
    state = filled(ada, "pinn", equations="u_t = u_xx", parameters="{nu: ")
    assert list(state.wrong) == ["parameters"]
    assert "cannot be read" in state.wrong["parameters"]


def test_what_does_not_fit_together_is_told_for_all_fields(ada):
    state = filled(ada, "simulation", initial="{x: 1}", times="{start: 0, stop: 1, count: 5}")
    assert state.wrong == {"settings": "exactly one of equations and discovery is needed"}


def test_a_wrong_law_is_told(ada):
    state = filled(ada, "pinn", equations="u_t = __import__('os')", domain="{x: [0, 1], t: [0, 1]}")
    assert "equations" in " ".join(state.wrong.values())
    assert state.config is None


@pytest.mark.parametrize(("kind", "preset"), [(kind, name) for kind, one in PRESETS.items() for name in one])
def test_presets_are_refused_for_what_they_leave_open_alone(ada, kind, preset):
    typed = PRESETS[kind][preset]
    open_ones = {"discovery": {"dataset": "burgers"}, "derivatives": {"dataset": "burgers"}}.get(kind, {})
    if "unknown" in typed:
        open_ones = {"dataset": "burgers"}
    state = filled(ada, kind, **{**open_ones, **typed})
    assert state.config is not None or preset == "Empty", state.wrong


def test_the_job_is_asked_for_in_the_persons_name(ada):
    state = filled(ada, "discovery", dataset="lynx-hare")
    first = asyncio.run(state.submit(executor="local", seed=3))
    assert (first.spec.kind, first.spec.config["dataset"], first.spec.seed) == ("discovery", "lynx-hare", 3)
    again = asyncio.run(state.submit(executor="local", seed=3))
    assert again.id == first.id
    listed = asyncio.run(ada.get("/jobs", mine="true"))["items"]
    assert [one["id"] for one in listed] == [first.id]
    asyncio.run(ada.close())


def test_a_data_set_that_is_not_there_is_told(ada):
    state = filled(ada, "discovery", dataset="<b>nothing</b>")
    with pytest.raises(PhysForgeError, match="<b>nothing</b>"):
        asyncio.run(state.submit(executor="local", seed=0))


def test_times_are_estimated_from_the_persons_own_jobs(ada):
    class Past:
        def __init__(self, seconds):
            self.started_at = datetime.now(UTC)
            self.finished_at = self.started_at + timedelta(seconds=seconds)

    assert estimated([Past(4), Past(5), Past(600)]) == (
        "Your last 3 such jobs took 5 s (median), and 10 min 0 s at most."
    )
    assert estimated([]) == ""
