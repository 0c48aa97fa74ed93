"""The normal distribution around the parameters of a network that was fitted to data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

import torch
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.block import Float
from physforge.pinn.engine import Objective
from physforge.pinn.jets import Jets, Order
from physforge.pinn.uncertainty.readings import reading_jacobians
from physforge.pinn.uncertainty.spread import Spread

#: Most parameters whose covariance is formed: the matrix of 5,000 takes 200 MB.
LARGEST = 5000

#: Rounds of the fixed point for the precision of the prior.
_ROUNDS = 20


@dataclass(frozen=True, eq=False)
class Laplace(Spread):
    """Laplace's approximation: parameters are normal around the best ones.

    The covariance is the inverse of the Gauss-Newton matrix of a sum of squares in units of the
    noise's variance, and of a normal prior on the network's parameters. It needs residuals
    that have a noise, as measurements do; for a network that was trained on a law alone there is
    none, and an `Ensemble` tells more.

    Parameters
    ----------
    factor : torch.Tensor
        Of shape (size, size); the covariance is ``factor @ factor.T``.

    References
    ----------
    D. J. C. MacKay, Bayesian interpolation, Neural Computation 4 (1992) 415-447, eqs. 4.8-4.9.
    """

    factor: Tensor

    KEY: ClassVar[str] = "laplace.factor"

    @classmethod
    def from_normal_matrix(cls, matrix: Tensor, theta: Tensor, network_size: int) -> Self:
        """Build the distribution from the Gauss-Newton matrix, with the prior of most evidence.

        Parameters
        ----------
        matrix : torch.Tensor
            J^T J of the residuals in units of their sd, of shape (size, size).
        theta : torch.Tensor
            The best parameters, of shape (size,).
        network_size : int
            How many of them are the network's; the prior is on these.

        Returns
        -------
        Laplace
            With a flat prior on the law's parameters.

        Raises
        ------
        PinnError
            If there are too many parameters, or the matrix is not finite.
        """
        size = len(theta)
        if size > LARGEST:
            raise PinnError(
                f"The covariance of {size} parameters is too large to form (at most {LARGEST}); "
                "choose a smaller network, or an ensemble."
            )
        if not bool(torch.isfinite(matrix).all()):
            raise PinnError("The network's Jacobian is not finite; train again from another seed.")
        ridge = torch.full_like(theta, _prior(matrix[:network_size, :network_size], theta[:network_size]))
        # A flat prior, up to what keeps the matrix positive in float64.
        ridge[network_size:] = 1e-14 * matrix.diagonal()[network_size:].clamp(min=1e-300)
        values, vectors = torch.linalg.eigh(matrix + torch.diag(ridge))
        return cls((vectors / values.clamp(min=1e-16 * float(values[-1])).sqrt()).contiguous())

    def widened(self, by: float) -> Laplace:
        """Return the same distribution with another scale.

        Parameters
        ----------
        by : float
            Factor on all standard deviations.

        Returns
        -------
        Laplace
            A new one.
        """
        return Laplace(by * self.factor)

    def sd(self, objective: Objective, theta: Tensor, x: Float, orders: Iterable[Order]) -> Jets:
        """Return standard deviations, by linear propagation (see `Spread.sd`)."""
        wanted = tuple(orders)
        parts = [
            torch.linalg.norm(jacobian @ self.factor.to(jacobian.device), dim=3)
            for _, jacobian in reading_jacobians(objective, theta, x, wanted)
        ]
        return dict(zip(wanted, torch.cat(parts, dim=2), strict=True))

    def tensors(self) -> dict[str, Tensor]:
        """Return the factor."""
        return {self.KEY: self.factor}


def _prior(matrix: Tensor, theta: Tensor) -> float:
    """Return the precision of most evidence, by MacKay's fixed point."""
    values = torch.linalg.eigvalsh(matrix).clamp(min=0.0)
    square = float(theta @ theta) or 1.0
    precision = len(theta) / square
    for _ in range(_ROUNDS):
        precision = float((values / (values + precision)).sum()) / square
    return precision
