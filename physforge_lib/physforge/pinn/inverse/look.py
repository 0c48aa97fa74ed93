"""What a stage of a fit says of the law's parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from physforge.pinn.block import Float
from physforge.pinn.inverse.fit import InverseFit, State


@dataclass(frozen=True, eq=False)
class Look:
    """The law's parameters at the end of a stage, judged at points that it was not fitted to.

    Parameters
    ----------
    state : State
        With these points.
    names : tuple of str
        Of the parameters.
    values : numpy.ndarray of shape (parameters,)
        In their own units.
    covariance : numpy.ndarray of shape (parameters, parameters)
        By the Gauss-Newton matrix: what the noise leaves open, for all fields that the network
        can make and that the law, as stiff as it is, allows.
    newton : numpy.ndarray of shape (parameters,)
        How far they would move by a full step.
    violation : float
        By how much the law does not hold: the change of the fields that would make it hold, in
        sd of their noise, as a root mean square.
    """

    state: State
    names: tuple[str, ...]
    values: Float
    covariance: Float
    newton: Float
    violation: float

    @property
    def sd(self) -> Float:
        """Standard deviation due to the noise."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def badness(self) -> float:
        """How little is known of the parameters: the log of the product of their mean squared errors."""
        with np.errstate(invalid="ignore", over="ignore"):
            total = float(np.log(self.sd**2 + self.newton**2).sum())
        return total if np.isfinite(total) else np.inf

    def without_points(self) -> Look:
        """Return the same look with a state that no stage can begin with: without parameters, points and misfits."""
        bare = replace(self.state, theta=self.state.theta.new_zeros(0), misfits={}, collocation=())
        return replace(self, state=bare)


def look_at(fit: InverseFit, state: State) -> Look:
    """Judge a state whose points were drawn afresh.

    Parameters
    ----------
    fit : InverseFit
        Whose.
    state : State
        Renewed, and not yet trained on.

    Returns
    -------
    Look
        With a covariance that is infinite where the matrix cannot be inverted.
    """
    objective = fit.objective
    matrix, slope, loss = objective.normal_equations(state.theta, fit.batch(state))
    violation = math.sqrt(max(float(loss) - chi_squared(fit, state), 0.0) / (state.weight * fit.count))
    size, network = objective.size, objective.network_size
    scales = np.array([abs(value) or 1.0 for value in objective.problem.unknown.values()])
    found = objective.parameters(state.theta)
    names, values = tuple(found), np.array(list(found.values()))
    # Weights of the network are of the order of those that it has: without that, what no
    # residual depends on would make the matrix singular.
    square = float(state.theta[:network] @ state.theta[:network]) or 1.0
    matrix.diagonal()[:network] += network / square
    wanted = torch.cat([torch.eye(size, dtype=slope.dtype, device=slope.device)[:, network:], -slope[:, None]], dim=1)
    factor, failed = torch.linalg.cholesky_ex(matrix)
    if int(failed):
        return Look(state, names, values, np.full((len(values),) * 2, np.inf), np.full(len(values), np.inf), violation)
    solved = torch.cholesky_solve(wanted, factor)[network:].cpu().numpy()
    information = min(noise.information for noise in state.noises.values())
    return Look(
        state, names, values, np.outer(scales, scales) * solved[:, :-1] / information, scales * solved[:, -1], violation
    )


def chi_squared(fit: InverseFit, state: State) -> float:
    """Return the sum of squared misfits in units of the noise, what is far off weighing less.

    Parameters
    ----------
    fit : InverseFit
        Whose.
    state : State
        Renewed.

    Returns
    -------
    float
        About the number of samples where the noise is right.
    """
    pairs = [(state.noises[one.field], state.misfits[block]) for block, one in fit.samples.items()]
    return float(sum(noise.weights(misfit) @ (misfit / noise.scale) ** 2 for noise, misfit in pairs))


def degrees_spent(fit: InverseFit, state: State, factor: Tensor) -> float:
    """Return how many degrees of freedom of the samples a fit has used up.

    Parameters
    ----------
    fit : InverseFit
        Whose.
    state : State
        Of the fit.
    factor : torch.Tensor
        Of the covariance of all parameters, ``factor @ factor.T``.

    Returns
    -------
    float
        The trace of the matrix that makes predictions of samples.
    """
    matrix, _, _ = fit.objective.normal_equations(state.theta, fit.batch(state, law=0.0))
    return float(((matrix @ factor) * factor).sum())
