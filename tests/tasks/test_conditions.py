"""Conditions are read as people write them."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from physforge.tasks.pinn.conditions import Condition

READ = TypeAdapter(Condition).validate_python


@pytest.mark.parametrize(
    ("text", "kind", "facts"),
    [
        ("u = -sin(pi*x) at t=0", "initial", {"field": "u", "value": "-sin(pi*x)", "at": {"t": 0.0}}),
        ("u_t = x at t = 0", "initial", {"derivative": "u_t", "value": "x"}),
        ("u = 1e-3 at x=-1.5", "dirichlet", {"field": "u", "value": "1e-3", "at": {"x": -1.5}}),
        ("p = 0 at x=0, y=1", "dirichlet", {"field": "p", "at": {"x": 0.0, "y": 1.0}}),
        ("u = 0 on the boundary", "dirichlet", {"field": "u", "at": {}}),
        ("wind_speed_x = t at x=2", "neumann", {"field": "wind_speed", "value": "t", "derivative": "wind_speed_x"}),
        ("hare_thousands = 3 at x=2", "dirichlet", {"field": "hare_thousands"}),
        ("periodic in x, y", "periodic", {"axes": ("x", "y")}),
        ('{"kind": "robin", "a": 2, "at": {"x": 1}}', "robin", {"a": 2.0, "b": 1.0, "at": {"x": 1.0}}),
        ({"kind": "dirichlet", "value": {"u": 0, "v": "x"}}, "dirichlet", {"value": {"u": 0.0, "v": "x"}}),
    ],
)
def test_conditions_are_read(text, kind, facts):
    found = READ(text)
    assert found.kind == kind
    assert {name: getattr(found, name) for name in facts} == facts
    assert READ(found.model_dump(mode="json")) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("u is zero", "'u = 0 at x=-1'"),
        ("u = 0 at here", "'here' is no place"),
        ("u = 0 at x=left", "'x=left' is no place"),
        ("u = 0", "is no condition"),
        ("u = 0 at x=nan", "finite"),
        ('{"kind": "robin"', "robin"),
        ({"kind": "cauchy"}, "robin"),
    ],
)
def test_what_is_no_condition_is_refused(text, words):
    with pytest.raises(ValidationError, match=words):
        READ(text)
