"""Losses and gradients by generated code on a CPU."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor

from physforge.pinn.batch import Batch
from physforge.pinn.engine.kernels.compiler import CompileError
from physforge.pinn.engine.kernels.trunk import Pass, Trunk
from physforge.pinn.engine.kernels.workers import Workers
from physforge.pinn.engine.residuals import Group, ResidualModel
from physforge.pinn.engine.tier import LossTier, TierUnavailable, losses_of
from physforge.pinn.networks.stack import fold_slopes

#: Sets of points whose features are kept: those of training, those held out, and one more.
KEPT_POINTS = 3


class KernelTier(LossTier):
    """The network in generated C, forward and backward; what is made of its outputs in torch.

    The residuals are Python and may do anything that torch differentiates; they see one number
    for each output, derivative and point, which is little beside the network's inner layers.

    Parameters
    ----------
    model : ResidualModel
        The residuals; the network is a stack of layers.

    Raises
    ------
    TierUnavailable
        If the network is of another kind, or the code cannot be compiled here.
    """

    def __init__(self, model: ResidualModel) -> None:
        super().__init__(model)
        fields = model.fields
        shape = fields.network.stack(fields.inputs, fields.outputs)
        if shape is None:
            raise TierUnavailable(f"a network of the kind {fields.network.kind!r} is not compiled")
        self._shape = shape
        workers = Workers()
        try:
            self._trunks = [Trunk(shape, group.orders, workers) for group in model.groups]
        except CompileError as error:
            raise TierUnavailable(str(error)) from error
        self._features: OrderedDict[tuple[object, ...], tuple[list[Tensor], Tensor]] = OrderedDict()

    def residuals(self, theta: Tensor, batch: Batch) -> list[Tensor]:
        with torch.no_grad():
            plain = self._plain(theta)
            tiles = [one for one, _ in self._forward(plain, batch)]
            return self.model.weighted(theta, batch, self._points(tiles, batch))

    def loss_and_gradient(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        leaf = theta.detach().requires_grad_()
        with torch.enable_grad():
            plain = self._plain(leaf)
            passes = self._forward(plain.detach(), batch)
            tiles = [one.requires_grad_() for one, _ in passes]
            losses = losses_of(self.model.weighted(leaf, batch, self._points(tiles, batch)))
            loss = losses.sum()
            *adjoints, gradient = torch.autograd.grad(loss, [*tiles, leaf], allow_unused=True, materialize_grads=True)
            network = plain.new_zeros(len(plain))
            for trunk, adjoint, (_, done) in zip(self._trunks, adjoints, passes, strict=True):
                network += trunk.back(adjoint.contiguous(), done)
            (through,) = torch.autograd.grad(plain, leaf, network)
        return loss.detach(), gradient + through, losses.detach()

    def _plain(self, theta: Tensor) -> Tensor:
        return fold_slopes(self._shape, theta[: self.model.network_size]).to(torch.float64).contiguous()

    def _forward(self, plain: Tensor, batch: Batch) -> list[tuple[Tensor, Pass]]:
        return [
            trunk.forward(plain, self._tiles(number, group, batch))
            for number, (trunk, group) in enumerate(zip(self._trunks, self.model.groups, strict=True))
        ]

    def _points(self, tiles: list[Tensor], batch: Batch) -> list[Tensor]:
        return [
            trunk.points_of(one, sum(len(place) for place in group.places(batch)))
            for trunk, one, group in zip(self._trunks, tiles, self.model.groups, strict=True)
        ]

    def _tiles(self, number: int, group: Group, batch: Batch) -> Tensor:
        """Return a group's features, tile by tile: kept as long as its points are the same tensors."""
        places = group.places(batch)
        key = (number, *((id(one), one._version) for one in places))
        if key in self._features:
            self._features.move_to_end(key)
            return self._features[key][1]
        features = self.model.fields.features(torch.cat(places), group.orders)
        tiles = self._trunks[number].tiles_of(features)
        # The places are held too: the number that tells a tensor apart is given again when it is gone.
        self._features[key] = (places, tiles)
        while len(self._features) > KEPT_POINTS * len(self._trunks):
            self._features.popitem(last=False)
        return tiles
