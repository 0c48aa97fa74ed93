"""SOAP: Adam in the eigenbasis of Shampoo's preconditioner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor

from physforge.pinn.batch import Batch
from physforge.pinn.optimisers.method import Optimiser, evaluate
from physforge.pinn.optimisers.state import LeastSquares, State

#: Sides of a weight matrix longer than this are not rotated.
_LONGEST = 1024


class SOAP(Optimiser):
    """Adam, with the gradient of each layer turned so that its parameters are nearly independent.

    For a warm-up of wide networks, where a matrix of all parameters is out of reach: it keeps
    matrices of the width of each layer only. It needs the shapes of the layers from the
    objective (`shapes`); parameters without a matrix are treated as Adam does.

    Parameters
    ----------
    rate : float, default 3e-3
        Length of a step in each parameter.
    mean, square, preconditioner : float
        How much the running means of the gradient, of its square, and of its products keep.
    every : int, default 10
        Steps between two looks for the eigenbasis.

    References
    ----------
    Vyas et al. (2024), SOAP: improving and stabilizing Shampoo using Adam, algorithm 3; for
    networks on laws: Wang et al. (2025), Gradient alignment in physics-informed neural networks.
    """

    kind: Literal["soap"] = "soap"
    citations: ClassVar[tuple[str, ...]] = ("vyas2024",)

    rate: PositiveFloat = 3e-3
    mean: float = 0.95
    square: float = 0.95
    preconditioner: float = 0.95
    every: PositiveInt = 10

    def step(self, objective: LeastSquares, batch: Batch, state: State) -> State:
        count = state.numbers["count"] = state.numbers.get("count", 0.0) + 1.0
        moves, start = [], 0
        for index, shape in enumerate(_shapes(objective, len(state.theta))):
            size = int(torch.Size(shape).numel())
            piece = state.gradient[start : start + size].reshape(shape)
            moves.append(self._move(piece, _Layer(state.tensors, index), int(count)).reshape(-1))
            start += size
        if count == 1.0:  # the first gradient only says in which basis to look
            return state
        move = torch.cat(moves)
        state.step_length = float(move.norm())
        return evaluate(objective, batch, state.theta + move, state)

    def _move(self, gradient: Tensor, layer: _Layer, count: int) -> Tensor:
        if gradient.ndim == 2:
            layer.gather(gradient, self.preconditioner)
            if count == 1 or count % self.every == 0:
                layer.turn(fresh=count == 1)
        if count == 1:
            return torch.zeros_like(gradient)
        mean = layer.get("mean", gradient).lerp_(gradient, 1.0 - self.mean)
        turned = layer.project(gradient)
        square = layer.get("square", gradient).lerp_(turned**2, 1.0 - self.square)
        level = (square / (1.0 - self.square ** (count - 1))).sqrt_()
        level = level + 1e-8 * (float(level.mean()) or 1.0)
        return layer.back(layer.project(mean) / level) * (-self.rate / (1.0 - self.mean ** (count - 1)))


class _Layer:
    """What is remembered of one layer, in the tensors of the state."""

    def __init__(self, tensors: dict[str, Tensor], index: int) -> None:
        self._tensors, self._prefix = tensors, f"{index}."

    def get(self, name: str, like: Tensor) -> Tensor:
        return self._tensors.setdefault(self._prefix + name, torch.zeros_like(like))

    def gather(self, gradient: Tensor, keep: float) -> None:
        """Add to the means of G G^T and G^T G."""
        for side, matrix in (("left", gradient), ("right", gradient.T)):
            if len(matrix) <= _LONGEST:
                product = matrix @ matrix.T
                self.get(side, product).lerp_(product, 1.0 - keep)

    def turn(self, *, fresh: bool) -> None:
        """Improve the eigenbases by one step of the power iteration; Adam's square stays as it is."""
        for side in ("left", "right"):
            product = self._tensors.get(self._prefix + side)
            if product is None:
                continue
            name = f"{self._prefix}{side} basis"
            basis = torch.linalg.eigh(product)[1].flip(1) if fresh else self._tensors[name]
            self._tensors[name] = basis if fresh else torch.linalg.qr(product @ basis)[0]

    def project(self, gradient: Tensor) -> Tensor:
        left, right = self._bases()
        gradient = gradient if left is None else left.T @ gradient
        return gradient if right is None else gradient @ right

    def back(self, turned: Tensor) -> Tensor:
        left, right = self._bases()
        turned = turned if left is None else left @ turned
        return turned if right is None else turned @ right.T

    def _bases(self) -> tuple[Tensor | None, Tensor | None]:
        return tuple(self._tensors.get(f"{self._prefix}{side} basis") for side in ("left", "right"))  # type: ignore[return-value]


def _shapes(objective: LeastSquares, size: int) -> Sequence[tuple[int, ...]]:
    """Return the shapes of the pieces of theta; a rest that has none is a vector."""
    shapes = tuple(getattr(objective, "shapes", ()))
    rest = size - sum(int(torch.Size(shape).numel()) for shape in shapes)
    return (*shapes, (rest,)) if rest else shapes
