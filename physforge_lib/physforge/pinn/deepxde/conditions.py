"""DeepXDE's conditions as blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.block import Block, Float, Points
from physforge.pinn.conditions.measured import measured_block
from physforge.pinn.deepxde.function import Frame
from physforge.pinn.deepxde.geometry import Domain
from physforge.pinn.deepxde.given import (
    chosen,
    column,
    normal_derivative,
    normals,
    original,
    points_of,
    refuse_nan,
    tried,
)
from physforge.pinn.deepxde.operators import operator_block, point_operator_block, robin_block
from physforge.pinn.deepxde.regions import Chosen
from physforge.pinn.deepxde.surroundings import geometry_code
from physforge.pinn.jets import Jets, Order
from physforge.pinn.regions import GivenPoints


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
        (deepxde.icbc.RobinBC, robin_block),
        (deepxde.icbc.PeriodicBC, _periodic_block),
        (deepxde.icbc.OperatorBC, operator_block),
        (deepxde.icbc.PointSetBC, _point_set_block),
        (deepxde.icbc.PointSetOperatorBC, point_operator_block),
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
    index, function = condition.component, original(condition.func)
    zero: Order = (0,) * len(domain.box)

    def values(places: Float) -> Float:
        return column(function, places, name)[None]

    def residual(
        jets: Sequence[Jets], _places: Sequence[Tensor], _parameters: Mapping[str, Tensor], values: Tensor
    ) -> Tensor:
        return jets[0][zero][index : index + 1] - values

    return Block(name, "condition", chosen(condition, name, domain, values), ((zero,),), residual)


def _neumann_block(condition: Any, name: str, domain: Domain, _frame: Frame) -> Block:
    function = original(condition.func)

    def values(places: Float) -> Float:
        return np.concatenate([column(function, places, name)[None], normals(condition, places)])

    orders, slope = normal_derivative(condition.component, domain)

    def residual(
        jets: Sequence[Jets], _places: Sequence[Tensor], _parameters: Mapping[str, Tensor], values: Tensor
    ) -> Tensor:
        return (slope(jets[0], values[1:]) - values[0])[None]

    return Block(name, "condition", chosen(condition, name, domain, values), (orders,), residual)


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
    return Block(name, "condition", tried(region), ((order,), (order,)), residual)


def _point_set_block(condition: Any, name: str, domain: Domain, _frame: Frame) -> Block:
    places = points_of(condition, domain)
    indices = components(condition)
    values = condition.values.detach().cpu().numpy().astype(np.float64)
    rows = np.broadcast_to(values, (len(places), len(indices))).T
    refuse_nan(rows, name)
    zero: Order = (0,) * len(domain.box)
    region = GivenPoints(Points((domain.ours(places),), np.concatenate([rows, np.ones_like(rows)])))
    return measured_block(name, "data", region, [(index, zero) for index in indices])
