"""DeepXDE's conditions that are functions of the outputs: Robin's, and operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.block import Block, Float, Points, Region
from physforge.pinn.deepxde.function import Frame, TracedFunction, trace
from physforge.pinn.deepxde.geometry import Domain
from physforge.pinn.deepxde.given import TRIAL, chosen, normal_derivative, normals, points_of, refuse_nan
from physforge.pinn.jets import Jets
from physforge.pinn.regions import GivenPoints


def robin_block(condition: Any, name: str, domain: Domain, frame: Frame) -> Block:
    """Turn a RobinBC into a block (see `conditions.condition_block`)."""

    def values(places: Float) -> Float:
        return np.concatenate([normals(condition, places), places.T])

    def right(_x: Tensor, y: Tensor, given: Tensor) -> Any:
        result = condition.func(given, y)
        return result if isinstance(result, Tensor) and result.ndim else y[:, :1] * 0 + torch.as_tensor(result)

    region = chosen(condition, name, domain, values)
    orders, slope = normal_derivative(condition.component, domain)
    dimensions = len(domain.box)
    traced = _traced_with_places(right, name, region, frame, first=dimensions)

    def residual(
        jets: Sequence[Jets], places: Sequence[Tensor], parameters: Mapping[str, Tensor], values: Tensor
    ) -> Tensor:
        return slope(jets[0], values[:dimensions]) - traced.residual(jets, places, parameters, values[dimensions:])

    needed = dict.fromkeys((*orders, *(frame.order(order) for order in traced.orders)))
    return Block(name, "condition", region, (tuple(needed),), residual)


def operator_block(condition: Any, name: str, domain: Domain, frame: Frame) -> Block:
    """Turn an OperatorBC into a block (see `conditions.condition_block`)."""

    def call(x: Tensor, y: Tensor, given: Tensor) -> Any:
        return condition.func(x, y, given)

    region = chosen(condition, name, domain, lambda places: places.T)
    traced = _traced_with_places(call, name, region, frame)
    orders = tuple(frame.order(order) for order in traced.orders)
    return Block(name, "condition", region, (orders,), traced.residual, traced.rows)


def point_operator_block(condition: Any, name: str, domain: Domain, frame: Frame) -> Block:
    """Turn a PointSetOperatorBC into a block (see `conditions.condition_block`)."""
    places = points_of(condition, domain)
    values = condition.values.detach().cpu().numpy().astype(np.float64)
    measured = np.broadcast_to(values, (len(places), 1)).T
    refuse_nan(measured, name)
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
