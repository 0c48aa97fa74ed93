"""Layers taken one after the other from a flat vector of parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt
from typing import Literal

import torch
from torch import Tensor

from physforge.pinn.networks.channels import shift


@dataclass(frozen=True)
class LayerShape:
    """What a layer has of parameters.

    Parameters
    ----------
    kind : {"linear", "slope"}
        Weights and a bias; or a single factor.
    inputs, outputs : int, default 1
        Widths.
    """

    kind: Literal["linear", "slope"]
    inputs: int = 1
    outputs: int = 1

    @property
    def size(self) -> int:
        """How many parameters."""
        return 1 if self.kind == "slope" else (self.inputs + 1) * self.outputs


@dataclass(frozen=True, eq=False)
class LayerUse:
    """A layer as it was applied: what a gradient for each point is made of.

    Parameters
    ----------
    shape : LayerShape
        The layer.
    offset : int
        Where its parameters begin.
    given, made : torch.Tensor
        Input and output, of shape (width, channels, points).
    """

    shape: LayerShape
    offset: int
    given: Tensor
    made: Tensor

    def gradients(self, adjoint: Tensor) -> Tensor:
        """Return the gradient with respect to the layer's parameters, for each point.

        Parameters
        ----------
        adjoint : torch.Tensor
            Gradient with respect to `made`, point by point: of the shape of `made`.

        Returns
        -------
        torch.Tensor
            Of shape (points, parameters).
        """
        if self.shape.kind == "slope":
            return (adjoint * self.given).sum(dim=(0, 1))[:, None]
        weights = torch.einsum("ocp,icp->poi", adjoint, self.given)
        return torch.cat([weights.flatten(1), adjoint[:, 0].T], dim=1)


@dataclass
class Layers:
    """Applies layers in the order in which their parameters lie in a vector.

    Parameters
    ----------
    theta : torch.Tensor
        All parameters: for each layer its weights, row by row, and then its bias.
    record : bool, default False
        Whether to keep in `uses` how each layer was applied.
    """

    theta: Tensor
    record: bool = False
    uses: list[LayerUse] = field(default_factory=list)
    _offset: int = 0

    def linear(self, a: Tensor, outputs: int) -> Tensor:
        """Apply weights and a bias to an array of shape (width, channels, points)."""
        inputs = len(a)
        shape = LayerShape("linear", inputs, outputs)
        weight, bias = torch.split(self._take(shape), [inputs * outputs, outputs])
        z = weight.view(outputs, inputs) @ a.reshape(inputs, -1)
        return self._note(shape, a, shift(z.view(outputs, *a.shape[1:]), bias))

    def slope(self, z: Tensor) -> Tensor:
        """Multiply by a single factor."""
        shape = LayerShape("slope")
        return self._note(shape, z, self._take(shape) * z)

    def _take(self, shape: LayerShape) -> Tensor:
        return self.theta.narrow(0, self._offset, shape.size)

    def _note(self, shape: LayerShape, given: Tensor, made: Tensor) -> Tensor:
        if self.record:
            self.uses.append(LayerUse(shape, self._offset, given, made))
        self._offset += shape.size
        return made


def size_of(shapes: Iterable[LayerShape]) -> int:
    """Return how many parameters layers have."""
    return sum(shape.size for shape in shapes)


def draw(shapes: Iterable[LayerShape], generator: torch.Generator) -> Tensor:
    """Draw parameters to start from.

    Weights are normal with variance 2 / (inputs + outputs) (Glorot & Bengio, AISTATS 2010),
    biases zero and slopes one.

    Parameters
    ----------
    shapes : iterable of LayerShape
        The layers, in their order.
    generator : torch.Generator
        On the CPU.

    Returns
    -------
    torch.Tensor
        Of float64, on the CPU.
    """
    return torch.cat([_draw(shape, generator) for shape in shapes])


def _draw(shape: LayerShape, generator: torch.Generator) -> Tensor:
    if shape.kind == "slope":
        return torch.ones(1, dtype=torch.float64)
    weights = torch.randn(shape.inputs * shape.outputs, generator=generator, dtype=torch.float64)
    scale = sqrt(2 / (shape.inputs + shape.outputs))
    return torch.cat([weights * scale, torch.zeros(shape.outputs, dtype=torch.float64)])
