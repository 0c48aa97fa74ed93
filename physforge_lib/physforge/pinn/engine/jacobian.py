"""The Jacobian of the residuals, a row for each residual and point."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.engine.residuals import ResidualModel, evaluate
from physforge.pinn.jets import Jets
from physforge.pinn.networks.layers import LayerUse


def jacobian_blocks(model: ResidualModel, theta: Tensor, batch: Batch) -> Iterator[tuple[Tensor, Tensor]]:
    """Return the weighted residuals and their Jacobian, a block after the other.

    One reverse pass for each row of a residual gives the gradients with respect to what
    each layer made; the gradient of a point's residual with respect to a layer's weights is
    the outer product with what the layer was given, summed over the derivatives that are
    propagated. This holds because a point's residual depends on that point alone.

    Parameters
    ----------
    model : ResidualModel
        The residuals.
    theta : torch.Tensor
        Of shape (size,).
    batch : Batch
        Of the model's blocks.

    Yields
    ------
    (torch.Tensor, torch.Tensor)
        Of shapes (rows * points,) and (rows * points, size).
    """
    for number, one in enumerate(batch):
        yield _block(model, theta.detach(), number, one)


def forward_product(function: Callable[[Tensor], Tensor], at: Tensor, vector: Tensor) -> Tensor:
    """Return a function's Jacobian times a vector, by two reverse passes.

    The product of J^T with u is linear in u, and its derivative in the direction of the
    vector is J times the vector. No operation needs a rule for forward differentiation.

    Parameters
    ----------
    function : callable
        Differentiable, of one tensor.
    at : torch.Tensor
        Where.
    vector : torch.Tensor
        Of the shape of `at`.

    Returns
    -------
    torch.Tensor
        Of the shape of the function's value.
    """
    leaf = at.detach().requires_grad_()
    with torch.enable_grad():
        value = function(leaf)
        if not value.requires_grad:
            return torch.zeros_like(value)
        weights = torch.zeros_like(value, requires_grad=True)
        (back,) = torch.autograd.grad(value, leaf, weights, create_graph=True, materialize_grads=True)
        if not back.requires_grad:
            return torch.zeros_like(value)
        return torch.autograd.grad(back, weights, vector, materialize_grads=True)[0]


def split_batch(batch: Batch, points: int) -> Iterator[Batch]:
    """Divide a batch into parts of at most so many points in each block.

    Parameters
    ----------
    batch : Batch
        Any.
    points : int
        At least one.

    Yields
    ------
    Batch
        Every block is in each; blocks with fewer points are empty in the later ones.
    """
    longest = max((one.weights.shape[1] for one in batch), default=0)
    for first in range(0, longest, points):
        part = slice(first, first + points)
        yield tuple(
            BlockBatch(tuple(x[part] for x in one.places), one.values[:, part], one.weights[:, part]) for one in batch
        )


def _block(model: ResidualModel, theta: Tensor, number: int, one: BlockBatch) -> tuple[Tensor, Tensor]:
    block = model.blocks[number]
    rows, points = one.weights.shape
    if points == 0:
        return theta.new_zeros(0), theta.new_zeros(0, len(theta))
    with torch.enable_grad():
        jets, uses = _recorded(model, theta.clone().requires_grad_(), number, one)
        parameters = model.parameters(theta)
        root = torch.sqrt(one.weights)
        residual = root * evaluate(block, jets, one.places, parameters, one.values)
        network = [_row(residual[row], uses, points, model.network_size, row < rows - 1) for row in range(rows)]
    columns = [torch.stack(network)] if rows > 1 else [network[0][None]]
    fixed: list[Jets] = [{order: value.detach() for order, value in jet.items()} for jet in jets]
    for name, scale in zip(model.names, model.scales, strict=True):
        slope = _slope(model, number, one, fixed, parameters, name)
        columns.append((root * slope * scale)[:, :, None])
    return residual.detach().flatten(), torch.cat(columns, dim=2).flatten(0, 1)


def _recorded(model: ResidualModel, theta: Tensor, number: int, one: BlockBatch) -> tuple[list[Jets], list[LayerUse]]:
    jets, uses = [], []
    for x, orders in zip(one.places, model.blocks[number].orders, strict=True):
        layers = model.layers(theta, record=True)
        closed = model.fields.needed(orders)
        made = model.fields.outputs_at(layers, x, closed)
        jets.append(model.fields.jets_of(made, x, closed, orders))
        uses.extend(layers.uses)
    return jets, uses


def _row(residual: Tensor, uses: list[LayerUse], points: int, size: int, retain: bool) -> Tensor:
    found = residual.new_zeros(points, size)
    if not residual.requires_grad:
        return found
    adjoints = torch.autograd.grad(residual.sum(), [use.made for use in uses], retain_graph=retain, allow_unused=True)
    with torch.no_grad():
        for use, adjoint in zip(uses, adjoints, strict=True):
            if adjoint is not None:
                found[:, use.offset : use.offset + use.shape.size] += use.gradients(adjoint)
    return found


def _slope(
    model: ResidualModel, number: int, one: BlockBatch, jets: list[Jets], parameters: dict[str, Tensor], name: str
) -> Tensor:
    """Return the residual's derivative with respect to an unknown parameter, of shape (rows, points)."""

    def of_parameter(value: Tensor) -> Tensor:
        return evaluate(model.blocks[number], jets, one.places, {**parameters, name: value}, one.values)

    value = parameters[name].detach()
    return forward_product(of_parameter, value, torch.ones_like(value))
