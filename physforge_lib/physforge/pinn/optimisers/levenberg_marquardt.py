"""Levenberg-Marquardt: Gauss-Newton steps, damped as far as needed."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from pydantic import PositiveFloat, PositiveInt
from torch import Tensor

from physforge.pinn.batch import Batch
from physforge.pinn.optimisers.linear import conjugate_gradients, solve_positive
from physforge.pinn.optimisers.method import Optimiser, evaluate
from physforge.pinn.optimisers.state import LeastSquares, State

#: Dampings tried in one step.
_TRIES = 12


class LevenbergMarquardt(Optimiser):
    """Minimise a sum of squares by the model that its residuals are linear.

    Few and costly steps: each forms and factorises a matrix of the parameters (or of the
    residuals, where these are fewer). Best for smooth solutions and networks up to about a
    thousand parameters; above `dense`, steps are solved by conjugate gradients.

    Parameters
    ----------
    damping : float, default 1e-3
        At the start, relative to the largest entry of the diagonal of J^T J.
    dense : int, default 3000
        Up to how many parameters the matrix is formed.
    products : int, default 100
        Products with J and J^T in a step by conjugate gradients, at most.

    References
    ----------
    Madsen, Nielsen, Tingleff (2004), Methods for non-linear least squares problems, algorithm
    3.16. It is the natural gradient of the residuals' energy: Mueller, Zeinhofer (2023),
    Achieving high accuracy with PINNs via energy natural gradient descent, ICML, equation 8.
    """

    kind: Literal["levenberg-marquardt"] = "levenberg-marquardt"
    citations: ClassVar[tuple[str, ...]] = ("madsen2004", "mueller2023")

    damping: PositiveFloat = 1e-3
    dense: PositiveInt = 3000
    products: PositiveInt = 100

    def step(self, objective: LeastSquares, batch: Batch, state: State) -> State:
        solver = self._linearise(objective, batch, state)
        damping = state.numbers.get("damping", self.damping * solver.scale)
        grow = 2.0
        for _ in range(_TRIES):
            move = solver.step(damping)
            if move is not None and bool(move.isfinite().all()):
                trial = evaluate(objective, batch, state.theta + move, state)
                state.evaluations = trial.evaluations
                promised = float(move @ (damping * move - 0.5 * state.gradient))
                gain = (state.loss - trial.loss) / promised if promised > 0.0 else -1.0
                if trial.outcome == "going" and gain > 0.0:
                    trial.numbers = {"damping": damping * max(1.0 / 3.0, 1.0 - (2.0 * gain - 1.0) ** 3)}
                    trial.step_length = float(move.norm())
                    return trial
            damping, grow = damping * grow, 2.0 * grow
        state.numbers = {"damping": damping}
        state.outcome = "stalled"
        state.step_length = 0.0
        return state

    def _linearise(self, objective: LeastSquares, batch: Batch, state: State) -> _Tall | _Wide | _MatrixFree:
        if len(state.theta) <= self.dense:
            few = sum(entry.weights.numel() for entry in batch) < len(state.theta)
            return _Wide(objective, batch, state) if few and batch else _Tall(objective, batch, state)
        return _MatrixFree(objective, batch, state, self.products)


class _Tall:
    """The equations of a step, formed once and solved for several dampings."""

    def __init__(self, objective: LeastSquares, batch: Batch, state: State) -> None:
        self._matrix, vector, _ = objective.normal_equations(state.theta, batch)
        self._right = -vector
        self.scale = float(self._matrix.diagonal().max()) or 1.0

    def step(self, damping: float) -> Tensor | None:
        """Solve (J^T J + damping) step = -J^T r."""
        return solve_positive(self._matrix, damping, self._right)


class _Wide:
    """The same step with fewer residuals than parameters: by J J^T, which is the smaller (Woodbury)."""

    def __init__(self, objective: LeastSquares, batch: Batch, state: State) -> None:
        self._residuals, self._jacobian = objective.jacobian(state.theta, batch)
        self._matrix = self._jacobian @ self._jacobian.T
        self.scale = float(self._jacobian.square().sum(0).max()) or 1.0

    def step(self, damping: float) -> Tensor | None:
        """Solve J^T (J J^T + damping)^-1 r = -step."""
        solution = solve_positive(self._matrix, damping, -self._residuals)
        return None if solution is None else self._jacobian.T @ solution


class _MatrixFree:
    """The same equations from products with J and its transpose."""

    def __init__(self, objective: LeastSquares, batch: Batch, state: State, most: int) -> None:
        self._objective, self._batch, self._theta, self._most = objective, batch, state.theta, most
        self._right = -0.5 * state.gradient
        image = objective.jacobian_vector(state.theta, batch, self._right)
        self.scale = float(image @ image) / max(float(self._right @ self._right), math.ulp(0.0)) or 1.0

    def step(self, damping: float) -> Tensor:
        """Solve by conjugate gradients, more exactly the smaller the damping."""

        def multiply(vector: Tensor) -> Tensor:
            image = self._objective.jacobian_vector(self._theta, self._batch, vector)
            return self._objective.vector_jacobian(self._theta, self._batch, image) + damping * vector

        return conjugate_gradients(multiply, self._right, most=self._most, tolerance=1e-6)
