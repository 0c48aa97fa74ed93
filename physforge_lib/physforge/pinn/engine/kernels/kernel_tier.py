"""Losses and gradients by generated code on a CPU."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor

from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.engine.jacobian import jacobian_block
from physforge.pinn.engine.kernels.channel_plan import ChannelPlan
from physforge.pinn.engine.kernels.compiler import CompileError
from physforge.pinn.engine.kernels.kernel_rows import KernelRows, MixtureError
from physforge.pinn.engine.kernels.mixtures import plan_channels
from physforge.pinn.engine.kernels.recorded import RecordedResiduals
from physforge.pinn.engine.kernels.trunk import Pass, Trunk
from physforge.pinn.engine.kernels.workers import Workers
from physforge.pinn.engine.residuals import Group, ResidualModel
from physforge.pinn.engine.tier import LossTier, TierUnavailable
from physforge.pinn.networks.stack import fold_slopes, unfold_slopes

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
        self.shape = shape
        self._workers = Workers()
        self._points_seen = 0
        self._recorded = RecordedResiduals(model)
        try:
            self._plans = plan_channels(model)
            self._trunks = [Trunk(shape, plan, weights, self._workers) for plan, weights in self._plans]
        except CompileError as error:
            raise TierUnavailable(str(error)) from error
        self._features: OrderedDict[tuple[object, ...], tuple[list[Tensor], Tensor]] = OrderedDict()

    def residuals(self, theta: Tensor, batch: Batch) -> list[Tensor]:
        with torch.no_grad():
            plain = self._plain(theta)
            tiles = [one for one, _ in self._forward(plain, batch)]
            return self.model.weighted(theta, batch, self._points(tiles, batch))

    def loss_and_gradient(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        network, unknown = theta.detach()[: self.model.network_size], theta.detach()[self.model.network_size :]
        new_points = self._points_seen
        passes = self._forward(self._plain(network), batch)
        made = self._points([tiles for tiles, _ in passes], batch)
        losses, *adjoints, gradient = self._recorded(made, unknown, batch)
        if self._points_seen != new_points and self.separate(range(len(adjoints)), adjoints):
            return self.loss_and_gradient(theta, batch)
        through = unfold_slopes(self.shape, network, self._back(adjoints, passes)[:, None])[:, 0]
        return losses.sum(), torch.cat([through, gradient]), losses

    def _back(self, adjoints: Sequence[Tensor], passes: Sequence[tuple[Tensor, Pass]]) -> Tensor:
        gradients = [
            trunk.back(trunk.tiles_of(plan.collect(adjoint)), done)
            for (plan, _), trunk, adjoint, (_, done) in zip(self._plans, self._trunks, adjoints, passes, strict=True)
        ]
        return torch.stack(gradients).sum(0)

    def jacobian_block(self, theta: Tensor, number: int, one: BlockBatch) -> tuple[Tensor, Tensor]:
        try:
            return jacobian_block(self.model, theta, number, one, KernelRows(self, theta))
        except MixtureError:
            return self.jacobian_block(theta, number, one)

    def made_at(self, theta: Tensor, group: int, places: Sequence[Tensor]) -> tuple[Tensor, Pass]:
        """Return the network's derivatives at some points, of shape (outputs, orders, points).

        Parameters
        ----------
        theta : torch.Tensor
            The network's parameters.
        group : int
            Which derivatives.
        places : sequence of torch.Tensor
            Coordinates, of shape (points, coordinates) each.

        Returns
        -------
        made : torch.Tensor
            Without a graph.
        done : Pass
            For `rows`, until the next of the group.
        """
        plan, trunk = self._plans[group][0], self._trunks[group]
        tiles, done = trunk.forward(self._plain(theta), self._tiles_at(group, places))
        return plan.spread(trunk.points_of(tiles, sum(len(place) for place in places))), done

    def rows(self, group: int, adjoint: Tensor, done: Pass) -> Tensor:
        """Return the gradient of each point, of shape (folded parameters, points and more).

        Parameters
        ----------
        group : int
            Which derivatives.
        adjoint : torch.Tensor
            Of what `made_at` returned.
        done : Pass
            Of `made_at`.

        Returns
        -------
        torch.Tensor
            The first columns are the points.
        """
        plan, trunk = self._plans[group][0], self._trunks[group]
        return trunk.rows(trunk.tiles_of(plan.collect(adjoint)), done)

    def separate(self, groups: Sequence[int], adjoints: Sequence[Tensor]) -> bool:
        """Give each derivative its own channel where a mixture turns out to be none.

        Parameters
        ----------
        groups : sequence of int
            Which derivatives.
        adjoints : sequence of torch.Tensor
            Of the network's derivatives, of shape (outputs, orders, points).

        Returns
        -------
        bool
            Whether one was taken apart, so that all is to be computed again.
        """
        changed = False
        for number, adjoint in zip(groups, adjoints, strict=True):
            plan, weights = self._plans[number]
            if not plan.holds(adjoint, weights):
                self._plans[number] = (ChannelPlan(plan.orders), ())
                self._trunks[number] = Trunk(self.shape, *self._plans[number], self._workers)
                changed = True
        if changed:
            self._features.clear()
        return changed

    def _plain(self, theta: Tensor) -> Tensor:
        return fold_slopes(self.shape, theta[: self.model.network_size]).to(torch.float64).contiguous()

    def _forward(self, plain: Tensor, batch: Batch) -> list[tuple[Tensor, Pass]]:
        return [
            trunk.forward(plain, self._tiles(number, group, batch))
            for number, (trunk, group) in enumerate(zip(self._trunks, self.model.groups, strict=True))
        ]

    def _points(self, tiles: list[Tensor], batch: Batch) -> list[Tensor]:
        return [
            plan.spread(trunk.points_of(one, sum(len(place) for place in group.places(batch))))
            for (plan, _), trunk, one, group in zip(self._plans, self._trunks, tiles, self.model.groups, strict=True)
        ]

    def _tiles(self, number: int, group: Group, batch: Batch) -> Tensor:
        """Return a group's features, tile by tile: kept as long as its points are the same tensors."""
        places = group.places(batch)
        key = (number, *((id(one), one._version) for one in places))
        if key in self._features:
            self._features.move_to_end(key)
            return self._features[key][1]
        tiles = self._tiles_at(number, places)
        self._points_seen += 1
        # The places are held too: the number that tells a tensor apart is given again when it is gone.
        self._features[key] = (places, tiles)
        while len(self._features) > KEPT_POINTS * len(self._trunks):
            self._features.popitem(last=False)
        return tiles

    def _tiles_at(self, number: int, places: Sequence[Tensor]) -> Tensor:
        plan, weights = self._plans[number]
        features = self.model.fields.features(torch.cat(list(places)), plan.orders)
        return self._trunks[number].tiles_of(plan.mix(features, weights))
