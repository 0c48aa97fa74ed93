"""Self-scaled Broyden: the quasi-Newton method that takes networks to small errors."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import torch
from torch import Tensor

from physforge.pinn.batch import Batch
from physforge.pinn.optimisers.along import search
from physforge.pinn.optimisers.line_search import StrongWolfe, Trial
from physforge.pinn.optimisers.method import Optimiser
from physforge.pinn.optimisers.state import LeastSquares, State

#: By how much a step is tried to be longer than the one before, at most.
_GROWTH = 10.0


class SSBroyden(Optimiser):
    """Quasi-Newton steps with an inverse Hessian that is scaled at each update.

    The losses of networks on laws are so badly conditioned that BFGS spends its steps on
    correcting eigenvalues that are too large; scaling does that at once, and the member of
    Broyden's family is chosen at each step. It keeps a matrix of the size of the parameters
    squared: 8 MB for 1,000 parameters, 800 MB for 10,000.

    Parameters
    ----------
    form : {"broyden", "bfgs"}, default "broyden"
        Which member of Broyden's family: chosen at each step, or always that of BFGS.

    References
    ----------
    Urban, Stefanou, Pons (2025), Unveiling the optimization process of physics-informed neural
    networks: how accurate and competitive can PINNs be?, J. Comput. Phys. 523, equations 13 to
    23; Al-Baali, Spedicato, Maggioni (2014), Broyden's quasi-Newton methods for a nonlinear
    system of equations and unconstrained optimization, Optim. Methods Softw. 29.
    """

    kind: Literal["ssbroyden"] = "ssbroyden"
    citations: ClassVar[tuple[str, ...]] = ("urban2025", "albaali2014")

    form: Literal["broyden", "bfgs"] = "broyden"

    def step(self, objective: LeastSquares, batch: Batch, state: State) -> State:
        self._remember(state)
        direction = -state.tensors["natural"]
        slope = float(state.gradient @ direction)
        if not slope < 0.0:
            return _again(state)
        first = _first_length(state, direction, slope)
        trial, count = search(StrongWolfe(), objective, batch, state, direction, first)
        state.evaluations += count
        if trial is None:
            return _again(state)
        return self._update(state, direction, slope, trial)

    def moved(self, objective: LeastSquares, batch: Batch, state: State) -> State:
        state = super().moved(objective, batch, state)
        if "inverse" in state.tensors:
            state.tensors["natural"] = state.tensors["inverse"] @ state.gradient
            state.numbers.pop("gain", None)
        return state

    def _remember(self, state: State) -> None:
        """Begin with the unit matrix."""
        if "inverse" not in state.tensors:
            size = len(state.theta)
            state.tensors["inverse"] = torch.eye(size, dtype=state.theta.dtype, device=state.theta.device)
            state.tensors["natural"] = state.gradient.clone()
            state.numbers["updates"] = 0.0

    def _scale(self, b: float, h: float, size: int, *, fresh: bool) -> tuple[float, float]:
        """Return tau and phi: by what the matrix is divided, and the member of Broyden's family.

        Parameters
        ----------
        b, h : float
            s.B s / y.s and y.H y / y.s.
        size : int
            Number of parameters.
        fresh : bool
            Whether the matrix is the unit matrix still, which knows no scale.

        Returns
        -------
        tuple of float
            Urban et al. (2025), equations 11 and 13 to 23.
        """
        if self.form == "bfgs":
            return (h if fresh else min(1.0, 1.0 / b)), 1.0
        a, theta = _member(b, h)
        sigma = 1.0 + a * theta
        phi = (1.0 - theta) / sigma
        if fresh:
            return h / sigma, phi
        high = min(1.0, 1.0 / b)
        root = sigma ** (1.0 / (1.0 - size)) if size > 1 else 1.0
        return min(high * root, sigma) if theta <= 0.0 else high * min(root, 1.0 / theta), phi

    def _update(self, state: State, direction: Tensor, slope: float, trial: Trial) -> State:
        """Take the step, and let the inverse Hessian (in place) learn from it."""
        inverse, before = state.tensors["inverse"], state.tensors["natural"]
        step = trial.length * direction
        bend = trial.length * (trial.slope - slope)  # y.s
        after = inverse @ trial.gradient
        if bend > 1e-16 * abs(trial.length * slope):
            turned = after - before  # H y, at the cost of one product a step
            reach = float(turned @ trial.gradient) - float(turned @ state.gradient)  # y.H y
            share = -(trial.length**2) * slope / bend  # s.B s / y.s, since B s = -length * gradient
            if reach > 0.0:
                fresh = state.numbers["updates"] == 0.0
                tau, phi = self._scale(share, reach / bend, len(step), fresh=fresh)
                other = step / bend - turned / reach
                left = torch.stack((turned / (-reach * tau), other * (phi * reach / tau), step / bend))
                right = torch.stack((turned, other, step))
                inverse.addmm_(left.T, right, beta=1.0 / tau)
                after = after / tau + left.T @ (right @ trial.gradient)
                state.numbers["updates"] += 1.0
        state.tensors["natural"] = after
        state.numbers["gain"] = state.loss - trial.loss
        return State(
            trial.theta,
            trial.loss,
            trial.gradient,
            trial.parts,
            step_length=float(step.norm()),
            evaluations=state.evaluations,
            tensors=state.tensors,
            numbers=state.numbers,
        )


def _member(b: float, h: float) -> tuple[float, float]:
    """Return a and theta of Urban et al. (2025), equations 18 to 21."""
    a = max(b * h - 1.0, 1e-16)  # not negative, by Cauchy and Schwarz
    low = min(1.0, h / (1.0 + a) / (1.0 + math.sqrt(a / (1.0 + a))))  # h*(1 - c), without cancellation
    return a, max((low - 1.0) / a, min(1.0 / low, (1.0 - b) / b))


def _first_length(state: State, direction: Tensor, slope: float) -> float:
    """Return the length to try first along a direction.

    The matrix is too large more often than too small, since it is only ever scaled up: the gain
    of the last step tells by how much (Nocedal, Wright, 2006, equation 3.60). New points can
    make the gradient thousands of times larger than what the matrix was made for; no step is
    tried first that is ten times the last one.
    """
    reach = float(direction.norm())
    if state.numbers["updates"] == 0.0:
        return min(1.0, 1.0 / reach)
    gain = state.numbers.get("gain", 0.0)
    length = min(1.0, -2.02 * gain / slope) if gain > 0.0 else 1.0
    return min(length, _GROWTH * state.step_length / reach) if state.step_length > 0.0 else length


def _again(state: State) -> State:
    """Forget the curvature, or say that nothing helps where it was forgotten already."""
    fresh = state.numbers.get("updates", 0.0) == 0.0
    state.tensors = {}
    state.numbers = {}
    state.outcome = "stalled" if fresh else "going"
    state.step_length = 0.0
    return state
