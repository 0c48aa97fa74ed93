"""A stack of layers on all points: the outputs' derivatives, and the gradient with respect to the parameters."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any

import torch
from torch import Tensor

from physforge.pinn.engine.kernels.channel_plan import ChannelPlan
from physforge.pinn.engine.kernels.compiler import load_library
from physforge.pinn.engine.kernels.trunk_code import trunk_code
from physforge.pinn.engine.kernels.workers import Workers
from physforge.pinn.networks.stack import StackShape

#: Numbers of one function of one tile, over all channels: a tile's layers then stay in the cache.
TILE = 128
#: Parts that are computed at the same time, and whose gradients are added in their order:
#: the same on every machine, so that the bits do not depend on the number of threads.
LANES = 4


@dataclass(frozen=True, eq=False)
class Pass:
    """A way forward, kept for the way back.

    Parameters
    ----------
    theta, features, kept : torch.Tensor
        Parameters; tiles that entered; inputs of all activations.
    """

    theta: Tensor
    features: Tensor
    kept: Tensor


class Trunk:
    """Generated code for a stack and a set of derivatives.

    Parameters
    ----------
    shape : StackShape
        The stack.
    plan : ChannelPlan
        The channels.
    weights : sequence of float
        Of its mixtures.
    workers : Workers
        Run the code.

    Raises
    ------
    CompileError
        If the code cannot be compiled.
    """

    def __init__(self, shape: StackShape, plan: ChannelPlan, weights: Sequence[float], workers: Workers) -> None:
        self.shape = shape
        self.channels = plan.count
        self.tile = max(8, TILE // plan.count // 8 * 8)
        self._mix = torch.tensor([*weights, 0.0], dtype=torch.float64)
        library = load_library(trunk_code(shape.activation, plan))
        self._forward, self._back, self._rows = library.trunk_forward, library.trunk_back, library.trunk_rows
        numbers: list[type[ctypes._SimpleCData[Any]]] = [ctypes.c_void_p, *[ctypes.c_long] * 7]
        self._forward.argtypes = [*numbers, *[ctypes.c_void_p] * 6]
        self._back.argtypes = [*numbers, *[ctypes.c_void_p] * 7]
        self._rows.argtypes = [*numbers, *[ctypes.c_void_p] * 7, ctypes.c_long]
        self._forward.restype = self._back.restype = self._rows.restype = None
        self._workers = workers
        self._kept_memory: dict[str, Tensor] = {}

    def tiles_of(self, values: Tensor) -> Tensor:
        """Return an array of shape (rows, channels, points) tile by tile; zeros fill up the last.

        Parameters
        ----------
        values : torch.Tensor
            Of shape (rows, channels, points).

        Returns
        -------
        torch.Tensor
            Of shape (tiles, rows, channels, tile).
        """
        rows, channels, points = values.shape
        tiles = ceil(points / self.tile)
        padded = values.new_zeros(rows, channels, tiles * self.tile, dtype=torch.float64)
        padded[:, :, :points] = values
        return padded.view(rows, channels, tiles, self.tile).permute(2, 0, 1, 3).contiguous()

    def points_of(self, tiles: Tensor, points: int) -> Tensor:
        """Return what `tiles_of` was given."""
        return tiles.permute(1, 2, 0, 3).flatten(2)[:, :, :points]

    def forward(self, theta: Tensor, features: Tensor) -> tuple[Tensor, Pass]:
        """Apply the layers.

        Parameters
        ----------
        theta : torch.Tensor
            Weights by rows and bias of each layer, contiguous.
        features : torch.Tensor
            What enters, tile by tile.

        Returns
        -------
        outputs : torch.Tensor
            Tile by tile.
        kept : Pass
            For `back`, until the next `forward`.
        """
        shape, numbers = self.shape, self.channels * self.tile
        tiles = len(features)
        outputs = features.new_empty(tiles, shape.outputs, self.channels, self.tile)
        kept = self._memory("kept", tiles * shape.depth * shape.width * numbers)
        lanes = _lanes(tiles)
        work = self._memory("work", LANES * (3 * numbers + 1) * shape.width).view(LANES, -1)

        def run(lane: int) -> None:
            addresses = (one.data_ptr() for one in (theta, self._mix, features, outputs, kept, work[lane]))
            self._forward(*self._numbers(lanes[lane]), *addresses)

        self._workers.each(run, len(lanes))
        return outputs, Pass(theta, features, kept)

    def back(self, adjoint: Tensor, done: Pass) -> Tensor:
        """Return the gradient with respect to the parameters.

        Parameters
        ----------
        adjoint : torch.Tensor
            That of the outputs, tile by tile, contiguous.
        done : Pass
            Of `forward`.

        Returns
        -------
        torch.Tensor
            Of the shape of `theta`.
        """
        shape, numbers = self.shape, self.channels * self.tile
        lanes = _lanes(len(adjoint))
        work = self._memory("work", LANES * (3 * numbers + 1) * shape.width).view(LANES, -1)
        gradients = adjoint.new_zeros(len(lanes), len(done.theta))

        def run(lane: int) -> None:
            arrays = (done.theta, self._mix, done.features, adjoint, done.kept, gradients[lane], work[lane])
            self._back(*self._numbers(lanes[lane]), *(one.data_ptr() for one in arrays))

        self._workers.each(run, len(lanes))
        return gradients.sum(0)

    def rows(self, adjoint: Tensor, done: Pass) -> Tensor:
        """Return the gradient with respect to the parameters, point by point.

        Parameters
        ----------
        adjoint : torch.Tensor
            That of the outputs, tile by tile, contiguous.
        done : Pass
            Of `forward`.

        Returns
        -------
        torch.Tensor
            Of shape (parameters, tiles * tile).
        """
        lanes = _lanes(len(adjoint))
        work = self._memory("work", LANES * (3 * self.channels * self.tile + 1) * self.shape.width).view(LANES, -1)
        found = adjoint.new_empty(len(done.theta), len(adjoint) * self.tile)

        def run(lane: int) -> None:
            arrays = (done.theta, self._mix, done.features, adjoint, done.kept, found, work[lane])
            self._rows(*self._numbers(lanes[lane]), *(one.data_ptr() for one in arrays), found.shape[1])

        self._workers.each(run, len(lanes))
        return found

    def _memory(self, name: str, size: int) -> Tensor:
        """Return memory that stays: asking the system for it anew each time takes as long as filling it."""
        found = self._kept_memory.get(name)
        if found is None or len(found) < size:
            found = self._kept_memory[name] = torch.empty(size, dtype=torch.float64)
        return found[:size]

    def _numbers(self, lane: tuple[int, int]) -> tuple[int, ...]:
        shape = self.shape
        return (self._workers.product, shape.features, shape.width, shape.depth, shape.outputs, self.tile, *lane)


def _lanes(tiles: int) -> list[tuple[int, int]]:
    lanes = min(LANES, tiles)
    bounds = [tiles * lane // lanes for lane in range(lanes + 1)] if lanes else [0]
    return list(pairwise(bounds))
