"""A perceptron on random waves."""

from __future__ import annotations

from math import pi, sqrt
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from physforge.pinn.jets import Order
from physforge.pinn.networks.activations import Activation
from physforge.pinn.networks.channels import wave_channels
from physforge.pinn.networks.layers import Layers, LayerShape
from physforge.pinn.networks.network import Network
from physforge.pinn.networks.stack import StackShape, run_stack, stack_layers


class FourierFeatures(Network):
    """Hidden layers behind sines and cosines of random directions.

    For solutions with many oscillations, which a plain `MLP` learns late. `scale` should be
    about the highest frequency: too high a one lets the solution oscillate between the points.
    (Tancik et al., NeurIPS 2020, section 2; for PINNs: Wang, Wang & Perdikaris, CMAME 384, 2021.)

    Parameters
    ----------
    width, depth : int, default 20 and 2
        Of the hidden layers.
    waves : int, default 20
        Directions; each gives a sine and a cosine.
    scale : float, default 1.0
        Standard deviation of the frequencies, in periods per half of the domain's length.
    seed : int, default 0
        Draws the frequencies, which are not trained.
    activation : {"tanh", "sine", "adaptive"}, default "tanh"
        Of the hidden layers.
    periodic : tuple of int, default ()
        Coordinates along which the function repeats itself: frequencies along them are whole
        numbers of periods in the domain.
    """

    kind: Literal["fourier-features"] = "fourier-features"
    width: int = Field(default=20, ge=1)
    depth: int = Field(default=2, ge=1)
    waves: int = Field(default=20, ge=1)
    scale: float = Field(default=1.0, gt=0)
    seed: int = Field(default=0, ge=0)
    activation: Activation = "tanh"

    def layers(self, inputs: int, outputs: int) -> tuple[LayerShape, ...]:
        return stack_layers(self.stack(inputs, outputs))

    def stack(self, inputs: int, outputs: int) -> StackShape:
        return StackShape(self.feature_count(inputs), self.width, self.depth, outputs, self.activation)

    def feature_count(self, inputs: int) -> int:  # noqa: ARG002 - the same for any number of coordinates
        return 2 * self.waves

    def features(self, x: Tensor, orders: tuple[Order, ...]) -> Tensor:
        return wave_channels(x, self._frequencies(x.shape[1]).to(x), orders) / sqrt(self.waves)

    def forward(self, layers: Layers, features: Tensor, outputs: int, orders: tuple[Order, ...]) -> Tensor:
        shape = StackShape(len(features), self.width, self.depth, outputs, self.activation)
        return run_stack(shape, layers, features, orders)

    def _frequencies(self, inputs: int) -> Tensor:
        generator = torch.Generator().manual_seed(self.seed)
        drawn = self.scale * 2 * pi * torch.randn(self.waves, inputs, generator=generator, dtype=torch.float64)
        for axis in self.periodic:
            drawn[:, axis] = torch.round(drawn[:, axis] / pi) * pi
        return drawn
