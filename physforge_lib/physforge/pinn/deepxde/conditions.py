"""DeepXDE's conditions as blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.block import Block, Float, Points, Region
from physforge.pinn.conditions.measured import measured_block
from physforge.pinn.deepxde.function import Frame, TracedFunction, trace
from physforge.pinn.deepxde.geometry import Chosen, Domain
from physforge.pinn.deepxde.surroundings import double_precision, geometry_code
from physforge.pinn.jets import Jets, Order
from physforge.pinn.regions import GivenPoints

#: Points at which a function is tried before training.
TRIAL = 8


def condition_block(condition: Any, name: str, domain: Domain, frame: Frame) -> Block:
    """Turn one of DeepXDE's conditions into a block.

    Parameters
    ----------
    condition : deepxde.icbc.BC or IC or PointSetBC or PointSetOperatorBC
        The condition.
    name : str
        For the block and for messages.
    domain : Domain
        Of the problem.
    frame : Frame
        Of the problem.

    Returns
    -------
    Block
        With the residual that DeepXDE calls the condition's error.

    Raises
    ------
    PinnError
        If it is of a kind that is not supported, holds nowhere, or a function of it raises.
    """
    import deepxde

    makers: list[tuple[type, Callable[[Any, str, Domain, Frame], Block]]] = [
        (deepxde.icbc.DirichletBC, _value_block),
        (deepxde.icbc.IC, _value_block),
        (deepxde.icbc.NeumannBC, _neumann_block),
        (deepxde.icbc.RobinBC, _robin_block),
        (deepxde.icbc.PeriodicBC, _periodic_block),
        (deepxde.icbc.OperatorBC, _operator_block),
        (deepxde.icbc.PointSetBC, _point_set_block),
        (deepxde.icbc.PointSetOperatorBC, _point_operator_block),
    ]
    for kind, make in makers:
        if isinstance(condition, kind):
            return make(condition, name, domain, frame)
    supported = ", ".join(kind.__name__ for kind, _ in makers)
    raise PinnError(f"{name} is a {type(condition).__name__}, which is not supported; supported are {supported}.")


def components(condition: Any) -> list[int]:
    """List the outputs that a condition names.

    Parameters
    ----------
    condition : deepxde.icbc.BC or IC or PointSetBC or PointSetOperatorBC
        The condition.

    Returns
    -------
    list of int
        Empty where it names none.
    """
    component = getattr(condition, "component", None)
    if component is None:
        return []
    return list(component) if isinstance(component, list | tuple) else [int(component)]


def _value_block(condition: Any, name: str, domain: Domain, _frame: Frame) -> Block:
    index, function = condition.component, _original(condition.func)
    zero: Order = (0,) * len(domain.box)

    def values(places: Float) -> Float:
        return _column(function, places, name)[None]

    def residual(
        jets: Sequence[Jets], _places: Sequence[Tensor], _parameters: Mapping[str, Tensor], values: Tensor
    ) -> Tensor:
        return jets[0][zero][index : index + 1] - values

    return Block(name, "condition", _tried(_chosen(condition, name, domain, values)), ((zero,),), residual)


def _neumann_block(condition: Any, name: str, domain: Domain, _frame: Frame) -> Block:
    function = _original(condition.func)

    def values(places: Float) -> Float:
        return np.concatenate([_column(function, places, name)[None], _normals(condition, places)])

    orders, slope = _normal_derivative(condition.component, domain)

    def residual(
        jets: Sequence[Jets], _places: Sequence[Tensor], _parameters: Mapping[str, Tensor], values: Tensor
    ) -> Tensor:
        return (slope(jets[0], values[1:]) - values[0])[None]

    return Block(name, "condition", _tried(_chosen(condition, name, domain, values)), (orders,), residual)


def _robin_block(condition: Any, name: str, domain: Domain, frame: Frame) -> Block:
    def values(places: Float) -> Float:
        return np.concatenate([_normals(condition, places), places.T])

    def right(_x: Tensor, y: Tensor, given: Tensor) -> Any:
        result = condition.func(given, y)
        return result if isinstance(result, Tensor) and result.ndim else y[:, :1] * 0 + torch.as_tensor(result)

    region = _tried(_chosen(condition, name, domain, values))
    orders, slope = _normal_derivative(condition.component, domain)
    dimensions = len(domain.box)
    traced = _traced_with_places(right, name, region, frame, first=dimensions)

    def residual(
        jets: Sequence[Jets], places: Sequence[Tensor], parameters: Mapping[str, Tensor], values: Tensor
    ) -> Tensor:
        return slope(jets[0], values[:dimensions]) - traced.residual(jets, places, parameters, values[dimensions:])

    needed = dict.fromkeys((*orders, *(frame.order(order) for order in traced.orders)))
    return Block(name, "condition", region, (tuple(needed),), residual)


def _periodic_block(condition: Any, name: str, domain: Domain, frame: Frame) -> Block:
    index = condition.component
    theirs = [0] * len(domain.box)
    theirs[condition.component_x] = condition.derivative_order
    order = frame.order(tuple(theirs))

    def partner(places: Float) -> Float:
        with geometry_code():
            return np.asarray(condition.geom.periodic_point(places, condition.component_x), dtype=np.float64)

    def residual(
        jets: Sequence[Jets], _places: Sequence[Tensor], _parameters: Mapping[str, Tensor], _values: Tensor
    ) -> Tensor:
        return jets[0][order][index : index + 1] - jets[1][order][index : index + 1]

    region = Chosen(domain, condition.filter, False, name, partner=partner)
    return Block(name, "condition", _tried(region), ((order,), (order,)), residual)


def _operator_block(condition: Any, name: str, domain: Domain, frame: Frame) -> Block:
    def call(x: Tensor, y: Tensor, given: Tensor) -> Any:
        return condition.func(x, y, given)

    region = _tried(_chosen(condition, name, domain, lambda places: places.T))
    traced = _traced_with_places(call, name, region, frame)
    orders = tuple(frame.order(order) for order in traced.orders)
    return Block(name, "condition", region, (orders,), traced.residual, traced.rows)


def _point_set_block(condition: Any, name: str, domain: Domain, _frame: Frame) -> Block:
    places = _points(condition, domain)
    chosen = components(condition)
    values = condition.values.detach().cpu().numpy().astype(np.float64)
    rows = np.broadcast_to(values, (len(places), len(chosen))).T
    _refuse_nan(rows, name)
    zero: Order = (0,) * len(domain.box)
    region = GivenPoints(Points((domain.ours(places),), np.concatenate([rows, np.ones_like(rows)])))
    return measured_block(name, "data", region, [(index, zero) for index in chosen])


def _point_operator_block(condition: Any, name: str, domain: Domain, frame: Frame) -> Block:
    places = _points(condition, domain)
    values = condition.values.detach().cpu().numpy().astype(np.float64)
    measured = np.broadcast_to(values, (len(places), 1)).T
    _refuse_nan(measured, name)
    region = GivenPoints(Points((domain.ours(places),), np.concatenate([measured, places.T])))

    def call(x: Tensor, y: Tensor, given: Tensor) -> Any:
        return condition.func(x, y, given)

    traced = _traced_with_places(call, name, region, frame, first=1)

    def residual(
        jets: Sequence[Jets], places: Sequence[Tensor], parameters: Mapping[str, Tensor], values: Tensor
    ) -> Tensor:
        return traced.residual(jets, places, parameters, values[1:]) - values[:1]

    orders = tuple(frame.order(order) for order in traced.orders)
    return Block(name, "data", region, (orders,), residual, traced.rows)


def _chosen(condition: Any, name: str, domain: Domain, values: Callable[[Float], Float]) -> Chosen:
    import deepxde

    return Chosen(domain, condition.filter, isinstance(condition, deepxde.icbc.IC), name, values)


def _tried(region: Chosen) -> Chosen:
    """Refuse a region without points, and values that are not numbers."""
    region = region.checked()
    values = region.sample(TRIAL, np.random.default_rng(0)).values
    _refuse_nan(values, region.label)
    return region


def _traced_with_places(
    call: Callable[..., Any], name: str, region: Region, frame: Frame, first: int = 0
) -> TracedFunction:
    """Trace a function that also wants the places as an array, which are among the values.

    DeepXDE gives it NumPy's array; a tensor in its place makes the function one of torch alone.
    """

    def with_array(x: Tensor, y: Tensor, given: Tensor) -> Any:
        return call(x, y, given.detach().cpu().numpy())

    points = region.sample(TRIAL, np.random.default_rng(0))
    # A function is tried at several points, also where a condition has one or two.
    repeated = np.resize(np.arange(len(points)), TRIAL)
    x = torch.tensor(points.places[0][repeated][:, list(frame.permutation)])
    given = torch.tensor(points.values[first:, repeated].T.copy())
    exact = trace(with_array, x, given, frame, name, capture=False)
    try:
        other = trace(call, x, given, frame, name)
    except PinnError:
        return exact
    return other if other.captured and other.equals(exact, x, given) else exact


def _normal_derivative(index: int, domain: Domain) -> tuple[tuple[Order, ...], Callable[[Jets, Tensor], Tensor]]:
    """Return the orders, and the function, of the derivative along normals (in DeepXDE's order of coordinates)."""
    count = len(domain.box)
    firsts = [tuple(int(one == domain.permutation[axis]) for one in range(count)) for axis in range(count)]

    def slope(jets: Jets, normals: Tensor) -> Tensor:
        total = jets[firsts[0]][index] * normals[0]
        for axis in range(1, count):
            total = total + jets[firsts[axis]][index] * normals[axis]
        return total

    return tuple(firsts), slope


def _normals(condition: Any, places: Float) -> Float:
    with geometry_code():
        return np.asarray(condition.geom.boundary_normal(places), dtype=np.float64).T


def _column(function: Callable[[Float], Any], places: Float, name: str) -> Float:
    """Call a function of points that returns (points, 1), or a number."""
    with double_precision():
        try:
            result = function(places)
        except Exception as error:
            raise PinnError(f"The function of {name} raises {type(error).__name__}: {error}.") from error
    array = np.asarray(result.detach().cpu() if isinstance(result, Tensor) else result, dtype=np.float64)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape not in ((), (len(places),)):
        raise PinnError(
            f"The function of {name} returns the shape {array.shape} for {len(places)} points; it should return "
            f"({len(places)}, 1)."
        )
    return np.broadcast_to(array, len(places)).copy()


def _points(condition: Any, domain: Domain) -> Float:
    places = np.asarray(condition.points, dtype=np.float64)
    if places.ndim != 2 or places.shape[1] != len(domain.box):
        raise PinnError(f"A set of points has the shape {places.shape}; it should have {len(domain.box)} columns.")
    return places


def _original(function: Any) -> Callable[[Float], Any]:
    """Return the caller's function, which DeepXDE has wrapped twice: to cache it, and to make tensors."""
    found: Callable[[Float], Any] = function.__wrapped__.__wrapped__
    return found


def _refuse_nan(values: Float, name: str) -> None:
    bad = ~np.isfinite(values)
    if bad.any():
        raise PinnError(f"{int(bad.sum())} of the {values.size} values of {name} are NaN or infinite; correct them.")
