"""Train a network on samples alone, as smooth as the evidence says."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from physforge.pinn.block import Float
from physforge.pinn.engine import Objective
from physforge.pinn.jets import Order
from physforge.pinn.networks import Network
from physforge.pinn.optimisers.marquardt import FIRST_DAMPING, marquardt_step
from physforge.pinn.smoothing.sampled_field import SampledField

#: Relative decrease of the loss in a step, below which a fit is over, and how often in a row.
_SETTLED, _TIMES = 1e-5, 3

#: Steps with noise and prior of the start: small ones, since a network that is too smooth stays so.
_RIGID, _FIRST_NOISE, _FIRST_PRIOR = 20, 0.1, 0.1

#: Least sd of the noise, of values of the order of one.
_LEAST_NOISE = 1e-7

#: Points whose derivatives' Jacobian is held at once.
_CHUNK = 1024


@dataclass(frozen=True, eq=False)
class SmoothFit:
    """A network with the distribution of its parameters.

    Parameters
    ----------
    field : SampledField
        What it was fitted to.
    network : Network
        Of one output.
    theta : torch.Tensor
        The most likely parameters.
    factor : torch.Tensor
        Of their covariance: ``factor @ factor.T``.
    noise : float
        Standard deviation of the noise, in units of the samples' sd.
    evidence : float
        Logarithm of the marginal likelihood, up to a constant.
    effective : float
        How many parameters the samples determine.
    """

    field: SampledField
    network: Network
    theta: Tensor
    factor: Tensor
    noise: float
    evidence: float
    effective: float

    def derivatives(self, places: Float, orders: tuple[Order, ...]) -> tuple[Float, Float]:
        """Return derivatives, and their variances.

        Parameters
        ----------
        places : numpy.ndarray of shape (n, coordinates)
            Where.
        orders : tuple of Order
            Which.

        Returns
        -------
        mean, variance : numpy.ndarray
            Of shape (orders, n).
        """
        parts = [self._part(places[first : first + _CHUNK], orders) for first in range(0, len(places), _CHUNK)]
        mean, variance = (np.concatenate(one, axis=1) for one in zip(*parts, strict=True))
        return mean, variance

    def _part(self, places: Float, orders: tuple[Order, ...]) -> tuple[Float, Float]:
        count = len(places)
        there = SampledField(self.field.coordinates, self.field.box, places, np.zeros(count), np.ones(count), orders)
        objective = Objective(there, self.network, tier="eager")
        (one,) = there.batch(objective.device)
        weighted = type(one)(one.places, one.values, one.weights.expand(len(orders), count))
        mean, jacobian = objective.jacobian(self.theta, (weighted,))
        variance = ((jacobian @ self.factor) ** 2).sum(dim=1)
        return mean.reshape(len(orders), count).numpy(), variance.reshape(len(orders), count).numpy()


def fit_smoothly(field: SampledField, network: Network, *, known: bool, seed: int, steps: int) -> SmoothFit:
    """Train a network on samples, with noise and smoothness of most evidence.

    Parameters
    ----------
    field : SampledField
        The samples.
    network : Network
        Of one output.
    known : bool
        Whether the sd of the samples is their noise's, and not only in proportion to it.
    seed : int
        Of the network's first parameters.
    steps : int
        Most steps.

    Returns
    -------
    SmoothFit
        At the most likely parameters.

    References
    ----------
    F. D. Foresee and M. T. Hagan, Gauss-Newton approximation to Bayesian learning, ICNN 1997, 1930-1935.
    D. J. C. MacKay, A practical Bayesian framework for backpropagation networks, Neural Computation 4 (1992) 448.
    """
    objective = Objective(field, network, tier="eager")
    batch = field.batch(objective.device)
    theta, damping = objective.start(seed), FIRST_DAMPING
    count, size = len(field.values), objective.size
    noise, prior, calm = (1.0 if known else _FIRST_NOISE), _FIRST_PRIOR, 0
    for number in range(steps):
        matrix, slope, misfit = objective.normal_equations(theta, batch)
        eye = torch.eye(size, dtype=theta.dtype)
        scale = noise**-2

        def loss(trial: Tensor, scale: float = scale, prior: float = prior) -> Tensor:
            return scale * objective.loss(trial, batch) + prior * (trial @ trial)

        normal = (scale * matrix + prior * eye, scale * slope + prior * theta, scale * misfit + prior * (theta @ theta))
        made = marquardt_step(theta, normal, damping, loss)
        theta, damping = made.theta, made.damping
        if number < _RIGID:
            continue
        misfit = objective.loss(theta, batch)
        effective = _effective(scale * matrix, prior)
        square = float(theta @ theta)
        if not known:
            noise = max(math.sqrt(float(misfit) / max(count - effective, 0.1 * count)), _LEAST_NOISE)
        prior = max(effective, 1.0) / square
        calm = calm + 1 if made.decrease < _SETTLED else 0
        if calm == _TIMES:
            break
    return _finished(objective, field, theta, noise, prior)


def _effective(matrix: Tensor, prior: float) -> float:
    """Return how many parameters the samples determine (MacKay's gamma)."""
    factor, failed = torch.linalg.cholesky_ex(matrix + prior * torch.eye(len(matrix), dtype=matrix.dtype))
    if int(failed):
        # Samples without noise: the prior is below the rounding of the matrix.
        values = torch.linalg.eigvalsh(matrix).clamp(min=0.0)
        return float((values / (values + prior)).sum())
    return float(len(matrix) - prior * torch.cholesky_inverse(factor).diagonal().sum())


def _finished(objective: Objective, field: SampledField, theta: Tensor, noise: float, prior: float) -> SmoothFit:
    matrix, _, misfit = objective.normal_equations(theta, field.batch(objective.device))
    values, vectors = torch.linalg.eigh(matrix / noise**2 + prior * torch.eye(len(theta), dtype=theta.dtype))
    values = values.clamp(min=prior)
    count, size = len(field.values), len(theta)
    loss = float(misfit) / noise**2 + prior * float(theta @ theta)
    evidence = -0.5 * (loss + float(values.log().sum())) - count * math.log(noise) + 0.5 * size * math.log(prior)
    effective = float(size - prior * (1 / values).sum())
    return SmoothFit(field, objective.network, theta, vectors / values.sqrt(), noise, evidence, effective)
