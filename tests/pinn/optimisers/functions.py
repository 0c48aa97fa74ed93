"""Sums of squares with known minima, as optimisers see them."""

# ruff: noqa: ARG002 - their points are in the functions

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.func import jacrev, vjp

from physforge.pinn.batch import Batch


@dataclass
class Function:
    """The sum of squares of a function of the parameters."""

    residual: Callable[[Tensor], Tensor]
    minimum: Tensor
    start: Tensor
    shapes: tuple[tuple[int, ...], ...] = field(default=())
    evaluations: int = 0

    def loss_and_gradient(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        self.evaluations += 1
        value, back = vjp(self.residual, theta)
        return value @ value, back(2.0 * value)[0], (value @ value)[None]

    def residuals(self, theta: Tensor, batch: Batch) -> Tensor:
        return self.residual(theta)

    def jacobian(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        return self.residual(theta), jacrev(self.residual)(theta)

    def normal_equations(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        residuals, jacobian = self.jacobian(theta, batch)
        return jacobian.T @ jacobian, jacobian.T @ residuals, residuals @ residuals

    def jacobian_vector(self, theta: Tensor, batch: Batch, vector: Tensor) -> Tensor:
        return jacrev(self.residual)(theta) @ vector

    def vector_jacobian(self, theta: Tensor, batch: Batch, vector: Tensor) -> Tensor:
        return vjp(self.residual, theta)[1](vector)[0]


def rosenbrock(size: int = 10) -> Function:
    """The chained valley; its minimum is at ones."""

    def residual(theta: Tensor) -> Tensor:
        return torch.cat((10.0 * (theta[1:] - theta[:-1] ** 2), 1.0 - theta[:-1]))

    start = torch.tensor([-1.2, 1.0], dtype=torch.float64).repeat(size // 2)
    return Function(residual, torch.ones(size, dtype=torch.float64), start)


def quadratic(size: int = 40, condition: float = 1e6) -> Function:
    """A form with eigenvalues spread evenly on a logarithmic scale, turned at random."""
    generator = torch.Generator().manual_seed(3)
    turn = torch.linalg.qr(torch.randn(size, size, generator=generator, dtype=torch.float64))[0]
    roots = torch.logspace(0.0, 0.5 * torch.log10(torch.tensor(condition)).item(), size, dtype=torch.float64)
    minimum = torch.randn(size, generator=generator, dtype=torch.float64)
    return Function(lambda theta: roots * (turn @ (theta - minimum)), minimum, torch.zeros_like(minimum))


def quartic(size: int = 20, condition: float = 1e8) -> Function:
    """Badly scaled, and not quadratic away from the minimum, which is at ones."""
    roots = torch.logspace(0.0, 0.5 * torch.log10(torch.tensor(condition)).item(), size, dtype=torch.float64)

    def residual(theta: Tensor) -> Tensor:
        off = theta - 1.0
        return torch.cat((roots.flip(0) * off, off**2))

    return Function(residual, torch.ones(size, dtype=torch.float64), torch.zeros(size, dtype=torch.float64))
