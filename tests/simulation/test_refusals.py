"""What cannot be simulated is refused with a sentence that says why."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physforge.errors import SimulationError
from physforge.simulation import simulate

_X = 2 * np.pi * np.arange(32) / 32
RING = xr.Dataset({"u": ("x", np.sin(_X))}, {"x": ("x", _X, {"period": 2 * np.pi})})
LINE = xr.Dataset({"u": ("x", _X**2)}, {"x": _X})
PLANE = xr.Dataset({"u": (("x", "y"), np.sin(_X)[:, None] * np.sin(_X))}, {"x": _X, "y": _X})
CUBOID = xr.Dataset({"u": (("x", "trajectory"), np.ones((32, 3)))}, {"x": ("x", _X, {"period": 2 * np.pi})})
UNEVEN = xr.Dataset({"u": ("x", np.sin(_X))}, {"x": ("x", _X**2, {"period": 40.0})})
WINDOW = RING.isel(x=slice(0, 20))


@pytest.mark.parametrize(
    ("law", "initial", "message"),
    [
        ("u_t = nu*u_xx", RING, "for nu: pass parameters="),
        ("u_t = u_xx + v", RING, "for v"),
        ("u_t = u_xx + v_x", RING, "no equation for the field 'v'"),
        ("u_t = u_xx; v_t = u", RING, "initial state lacks v"),
        ("u_tt = -u", {"u": 1.0}, "lacks u_t"),
        ("u_xx + u = 0", RING, "'u \\+ u_xx' cannot be integrated"),
        ("u_ttt = u", {"u": 1.0}, "'u_ttt' cannot be integrated"),
        ("u_t = v_t; v_t = u", {"u": 1.0, "v": 1.0}, "right side holds 'v_t'"),
        ("u_t = u_txx", RING, "right side holds 'u_txx'"),
        ("u_tt = u_xx", RING, "lacks u_t"),
        ("u_t = u_xx + u_yy", PLANE.isel(y=0), "coordinate y"),
        ("u_t = u_yy", RING, "coordinate y"),
        ("u_t = u_xx + u_zz", PLANE, "coordinate z"),
        ("u_t = u_xx", CUBOID, "trajectory"),
        ("u_t = u_xx", PLANE.assign(u=PLANE.u * PLANE.y), "not periodic along .y."),
        ("u_tt = u_ttx", RING.assign(u_t=RING.u), "right side holds .u_ttx."),
        ("u_t = u_xx", {"u": 1.0}, "dims \\[\\]"),
        ("u_t = u_xx", LINE, "not periodic along 'x'"),
        ("u_t = u_xx", WINDOW, "'x'"),
        ("u_t = u_xx", UNEVEN, "not uniform"),
        ("u_t = x*u", {"u": 1.0}, "depends on 'x'"),
        ("u_t = u_xx", RING.assign(u=RING.u.where(RING.x > 1)), "missing or infinite"),
        ("u_t = u_xx", RING.expand_dims(t=[0.0, 1.0]), "holds 2 times"),
        ("u_t = u_xx", RING.assign_coords(t=3.0), "of t=3 but the first output time is 0"),
    ],
)
def test_the_message_names_the_cause(law: str, initial: object, message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        simulate(law, initial, [0.0, 1.0])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("t", "message"),
    [
        ([], "one row"),
        ([[0.0, 1.0]], "one row"),
        ([0.0, 0.0], "must increase"),
        ([1.0, 0.0], "must increase"),
        ([0.0, np.nan], "finite"),
        (["a"], "numbers"),
    ],
)
def test_output_times_are_checked(t: object, message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        simulate("u_t = -u", {"u": 1.0}, t)  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"rtol": 0.0}, {"rtol": 1e-14}, {"method": "Euler"}, {"method": "ETDRK4"}])
def test_options_are_checked(options: dict[str, object]) -> None:
    with pytest.raises(SimulationError):
        simulate("u_t = -u", {"u": 1.0}, [0.0, 1.0], **options)  # type: ignore[arg-type]
    with pytest.raises(SimulationError, match="ETDRK4"):
        simulate("u_t = u_xx", RING, [0.0, 1.0], method="Radau")
