"""The Jacobian of the residuals, a row for each residual and point."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.engine.residuals import ResidualModel, evaluate
from physforge.pinn.jets import Jets
from physforge.pinn.networks.layers import LayerUse


class NetworkRows(abc.ABC):
    """Gives the fields at one block's points, and what each point's residual owes to the network's parameters."""

    @abc.abstractmethod
    def jets(self, number: int, one: BlockBatch) -> list[Jets]:
        """Return the fields' derivatives for each place of a block, with a graph."""

    @abc.abstractmethod
    def gradients(self, residual: Tensor, retain: bool) -> Tensor:
        """Return the gradients of one row of that block's residual, of shape (points, parameters).

        Parameters
        ----------
        residual : torch.Tensor
            Made of the jets, of shape (points,); each is a function of its own point alone.
        retain : bool
            Whether another row follows.
        """


class EagerRows(NetworkRows):
    """By torch's automatic differentiation.

    One reverse pass gives the gradients with respect to what each layer made; that with
    respect to a layer's weights is the outer product with what the layer was given, summed
    over the derivatives that are propagated.

    Parameters
    ----------
    model : ResidualModel
        The residuals.
    theta : torch.Tensor
        Of shape (size,).
    """

    def __init__(self, model: ResidualModel, theta: Tensor) -> None:
        self._model = model
        self._theta = theta
        self._uses: list[LayerUse] = []

    def jets(self, number: int, one: BlockBatch) -> list[Jets]:
        leaf = self._theta.detach().clone().requires_grad_()
        jets, self._uses = [], []
        for x, orders in zip(one.places, self._model.blocks[number].orders, strict=True):
            layers = self._model.layers(leaf, record=True)
            closed = self._model.fields.needed(orders)
            made = self._model.fields.outputs_at(layers, x, closed)
            jets.append(self._model.fields.jets_of(made, x, closed, orders))
            self._uses.extend(layers.uses)
        return jets

    def gradients(self, residual: Tensor, retain: bool) -> Tensor:
        found = residual.new_zeros(len(residual), self._model.network_size)
        made = [use.made for use in self._uses]
        adjoints = torch.autograd.grad(residual.sum(), made, retain_graph=retain, allow_unused=True)
        with torch.no_grad():
            for use, adjoint in zip(self._uses, adjoints, strict=True):
                if adjoint is not None:
                    found[:, use.offset : use.offset + use.shape.size] += use.gradients(adjoint)
        return found


def jacobian_block(
    model: ResidualModel, theta: Tensor, number: int, one: BlockBatch, source: NetworkRows
) -> tuple[Tensor, Tensor]:
    """Return the weighted residuals of a block and their Jacobian.

    Parameters
    ----------
    model : ResidualModel
        The residuals.
    theta : torch.Tensor
        Of shape (size,).
    number : int
        Which block.
    one : BlockBatch
        Its points.
    source : NetworkRows
        Differentiates the network.

    Returns
    -------
    (torch.Tensor, torch.Tensor)
        Of shapes (rows * points,) and (rows * points, size).
    """
    points = one.weights.shape[1]
    if points == 0:
        return theta.new_zeros(0), theta.new_zeros(0, len(theta))
    with torch.enable_grad():
        jets = source.jets(number, one)
        parameters = model.parameters(theta.detach())
        root = torch.sqrt(one.weights)
        residual = root * evaluate(model.blocks[number], jets, one.places, parameters, one.values)
        network = _network_part(residual, source, model.network_size)
    fixed: list[Jets] = [{order: value.detach() for order, value in jet.items()} for jet in jets]
    columns = [network]
    for name, scale in zip(model.names, model.scales, strict=True):
        slope = _slope(model, number, one, fixed, parameters, name)
        columns.append((root * slope * scale).flatten()[:, None])
    return residual.detach().flatten(), torch.cat(columns, dim=1) if model.names else network


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


def gram(rows: Tensor) -> Tensor:
    """Return ``rows.T @ rows``.

    Parameters
    ----------
    rows : torch.Tensor
        A matrix.

    Returns
    -------
    torch.Tensor
        Symmetric. On a CPU numpy computes only half of it, in half of the time.
    """
    if rows.device.type != "cpu":
        return rows.T @ rows
    array = rows.detach().numpy()
    return torch.from_numpy(array.T @ array)


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


def _network_part(residual: Tensor, source: NetworkRows, size: int) -> Tensor:
    rows, points = residual.shape
    if not residual.requires_grad:
        return residual.new_zeros(rows * points, size)
    found = [source.gradients(residual[row], row < rows - 1) for row in range(rows)]
    return found[0] if rows == 1 else torch.cat(found)


def _slope(
    model: ResidualModel, number: int, one: BlockBatch, jets: list[Jets], parameters: dict[str, Tensor], name: str
) -> Tensor:
    """Return the residual's derivative with respect to an unknown parameter, of shape (rows, points)."""

    def of_parameter(value: Tensor) -> Tensor:
        return evaluate(model.blocks[number], jets, one.places, {**parameters, name: value}, one.values)

    value = parameters[name].detach()
    return forward_product(of_parameter, value, torch.ones_like(value))
