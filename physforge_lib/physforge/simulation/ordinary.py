"""Ordinary differential equations, stiff or not, with steps chosen for the tolerance."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from physforge.equations import derivative_name
from physforge.equations.evaluation import compile_expression
from physforge.progress import track
from physforge.simulation.evolution import Evolution
from physforge.simulation.trajectory import OK, FloatArray, Trajectory, diverged, stopped

if TYPE_CHECKING:
    from scipy.integrate import OdeSolver

RightSide = Callable[[float, FloatArray], FloatArray]
OdeMethod = Literal["DOP853", "Radau"]

#: Steps after which an integration is given up.
MAX_STEPS = 200_000
#: How often stiffness is looked for, in steps.
_STIFFNESS_INTERVAL = 200
#: Largest state for which a dense Jacobian is worth its evaluations.
_LARGEST_JACOBIAN = 100
#: Radius of DOP853's stability region on the negative real axis, with some margin.
_STABILITY_RADIUS = 4.0


def integrate_ordinary(
    evolution: Evolution,
    state: dict[str, FloatArray],
    times: FloatArray,
    *,
    rtol: float,
    method: OdeMethod | None = None,
    coordinates: dict[str, FloatArray] | None = None,
) -> Trajectory:
    """Integrate laws without spatial derivatives.

    Parameters
    ----------
    evolution : Evolution
        The laws.
    state : dict of str to numpy.ndarray
        Initial values of one shape, by `Evolution.state_names`. An array holds many
        independent runs, integrated with common steps.
    times : numpy.ndarray, shape (n,)
        Output times, the first being the initial one.
    rtol : float
        Relative tolerance of the result. Steps are held to a tenth of it, and to
        ``1e-4*rtol`` of the largest initial value where a component is near zero.
    method : {"DOP853", "Radau"}, optional
        Explicit order 8 or implicit order 5. By default explicit, changing to
        implicit where the Jacobian says that stability limits the step.
    coordinates : dict of str to numpy.ndarray, optional
        Spatial coordinates that the laws mention, broadcastable to the state.

    Returns
    -------
    Trajectory
        Fields and first derivatives of second-order laws.

    Notes
    -----
    The methods are those of Hairer and Wanner [hairer1993]_, [hairer1996]_ as kept in SciPy.
    """
    shape = next(iter(state.values())).shape
    initial = np.concatenate([state[name].ravel() for name in evolution.state_names])
    right_side = _right_side(evolution, shape, coordinates or {})
    with np.errstate(all="ignore"):
        rows, status = _advance(right_side, initial, times, 0.1 * rtol, method)
    parts = rows.reshape(times.size, len(evolution.state_names), *shape)
    return Trajectory({name: parts[:, index] for index, name in enumerate(evolution.state_names)}, status)


def _right_side(evolution: Evolution, shape: tuple[int, ...], coordinates: dict[str, FloatArray]) -> RightSide:
    names = list(evolution.state_names)
    given = [*names, "t", *coordinates]
    fixed = list(coordinates.values())
    rates: list[Callable[[list[Any]], Any]] = []
    for equation, (field, order) in zip(evolution.laws, evolution.orders.items(), strict=True):
        if order == 2:
            velocity = names.index(derivative_name(field, "t"))
            rates.append(itemgetter(velocity))
        rates.append(compile_expression(equation.right, given, dict(equation.functions)))

    def right_side(t: float, y: FloatArray) -> FloatArray:
        # [()] turns arrays without dims into scalars, on which arithmetic is several times faster.
        values = [part[()] for part in y.reshape(len(names), *shape)] + [np.float64(t), *fixed]
        return np.concatenate([np.broadcast_to(rate(values), shape).ravel() for rate in rates])

    return right_side


def _advance(
    right_side: RightSide, initial: FloatArray, times: FloatArray, rtol: float, method: OdeMethod | None
) -> tuple[FloatArray, str]:
    rows = np.full((times.size, initial.size), np.nan)
    rows[0] = initial
    if times.size == 1:
        return rows, OK
    solver = _solver(method or "DOP853", right_side, times[0], initial, times[-1], rtol)
    steps, interpolant = 0, None
    for index in track(range(1, times.size), "Simulating", total=times.size - 1):
        while solver.t < times[index]:
            solver.step()
            interpolant, steps = None, steps + 1
            if solver.status == "failed" or not np.isfinite(solver.y).all():
                return rows, diverged(solver.t if np.isfinite(solver.y).all() else float(solver.t_old))
            if steps == MAX_STEPS:
                return rows, stopped(solver.t)
            if method is None and steps % _STIFFNESS_INTERVAL == 0 and _is_stiff(solver, right_side):
                rest = _restart("Radau", solver, right_side, times[index:], rtol)
                return _spliced(rows, index, rest)
        interpolant = interpolant or solver.dense_output()
        rows[index] = solver.y if solver.t == times[index] else interpolant(times[index])
    return rows, OK


def _restart(
    method: OdeMethod, solver: OdeSolver, right_side: RightSide, remaining: FloatArray, rtol: float
) -> tuple[FloatArray, str, FloatArray]:
    """Go on with another method from the last step, which may lie beyond some output times."""
    early = remaining[remaining <= solver.t]
    inside = np.array([solver.dense_output()(t) for t in early]).reshape(early.size, solver.n)
    later = np.concatenate([[solver.t], remaining[early.size :]])
    rows, status = _advance(right_side, solver.y.copy(), later, rtol, method)
    return rows[1:], status, inside


def _spliced(rows: FloatArray, index: int, rest: tuple[FloatArray, str, FloatArray]) -> tuple[FloatArray, str]:
    later, status, inside = rest
    rows[index : index + len(inside)] = inside
    rows[index + len(inside) :] = later
    return rows, status


def _solver(
    method: OdeMethod, right_side: RightSide, start: float, initial: FloatArray, end: float, rtol: float
) -> OdeSolver:
    from scipy.integrate import DOP853, Radau

    largest = float(np.abs(initial).max(initial=0.0)) or 1.0
    kind = {"DOP853": DOP853, "Radau": Radau}[method]
    return kind(right_side, start, initial, end, rtol=rtol, atol=1e-3 * rtol * largest)


def _is_stiff(solver: OdeSolver, right_side: RightSide) -> bool:
    """Whether stability rather than accuracy limits the step: it reaches the edge of the stable region."""
    size = solver.n
    if size > _LARGEST_JACOBIAN:
        return False
    base = right_side(solver.t, solver.y)
    bump = 1e-7 * np.maximum(np.abs(solver.y), 1e-3 * np.abs(solver.y).max(initial=1e-300))
    columns = [(right_side(solver.t, solver.y + bump[i] * np.eye(size)[i]) - base) / bump[i] for i in range(size)]
    jacobian = np.array(columns).T
    if not np.isfinite(jacobian).all():
        return False
    fastest = float(-np.linalg.eigvals(jacobian).real.min())
    return bool(fastest * solver.step_size > _STABILITY_RADIUS)
