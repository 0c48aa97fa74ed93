"""Levenberg-Marquardt: Gauss-Newton steps, damped as far as needed."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from pydantic import PositiveFloat, PositiveInt
from torch import Tensor

from physforge.pinn.batch import Batch
from physforge.pinn.optimisers.damped_step import DampingRule, Equations, NormalEquations, damped_step
from physforge.pinn.optimisers.linear import conjugate_gradients, solve_positive
from physforge.pinn.optimisers.method import Optimiser, evaluate
from physforge.pinn.optimisers.state import LeastSquares, State


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
        equations = self._linearise(objective, batch, state)
        damping = state.numbers.get("damping", self.damping * equations.largest)
        tried = state

        def loss(theta: Tensor) -> float:
            nonlocal tried
            tried = evaluate(objective, batch, theta, tried)
            return tried.loss if tried.outcome == "going" else math.inf

        made = damped_step(state.theta, state.loss, equations, loss, damping, _Nielsen())
        if made.loss < made.before:
            state = tried
        else:
            state.evaluations, state.outcome = tried.evaluations, "stalled"
        state.numbers, state.step_length = {"damping": made.damping}, made.length
        return state

    def _linearise(self, objective: LeastSquares, batch: Batch, state: State) -> _Tall | _Wide | _MatrixFree:
        if len(state.theta) <= self.dense:
            few = sum(entry.weights.numel() for entry in batch) < len(state.theta)
            return _Wide(objective, batch, state) if few and batch else _Tall(objective, batch, state)
        return _MatrixFree(objective, batch, state, self.products)


class _Nielsen(DampingRule):
    """Between a third and twice, smoothly; where steps fail, by factors that grow (Madsen, algorithm 3.16)."""

    trials = 12

    def after(self, damping: float, gain: float) -> float:
        return damping * max(1.0 / 3.0, 1.0 - (2.0 * min(gain, 1.0) - 1.0) ** 3)

    def raised(self, damping: float, failures: int) -> float:
        return damping * 2.0**failures


class _Tall(NormalEquations):
    """The equations of a step, formed once and solved for several dampings."""

    def __init__(self, objective: LeastSquares, batch: Batch, state: State) -> None:
        matrix, slope, _ = objective.normal_equations(state.theta, batch)
        super().__init__(matrix, slope)
        self.largest = float(matrix.diagonal().max()) or 1.0


class _Wide(Equations):
    """The same step with fewer residuals than parameters: by J J^T, which is the smaller (Woodbury)."""

    def __init__(self, objective: LeastSquares, batch: Batch, state: State) -> None:
        self._residuals, self._jacobian = objective.jacobian(state.theta, batch)
        self._matrix = self._jacobian @ self._jacobian.T
        self.right = -0.5 * state.gradient
        self.largest = float(self._jacobian.square().sum(0).max()) or 1.0

    def solve(self, damping: float) -> Tensor | None:
        """Solve J^T (J J^T + damping)^-1 r = -move."""
        solution = solve_positive(self._matrix, damping, -self._residuals)
        return None if solution is None else self._jacobian.T @ solution


class _MatrixFree(Equations):
    """The same equations from products with J and its transpose."""

    def __init__(self, objective: LeastSquares, batch: Batch, state: State, most: int) -> None:
        self._objective, self._batch, self._theta, self._most = objective, batch, state.theta, most
        self.right = -0.5 * state.gradient
        image = objective.jacobian_vector(state.theta, batch, self.right)
        self.largest = float(image @ image) / max(float(self.right @ self.right), math.ulp(0.0)) or 1.0

    def solve(self, damping: float) -> Tensor:
        """Solve by conjugate gradients, more exactly the smaller the damping."""

        def multiply(vector: Tensor) -> Tensor:
            image = self._objective.jacobian_vector(self._theta, self._batch, vector)
            return self._objective.vector_jacobian(self._theta, self._batch, image) + damping * vector

        return conjugate_gradients(multiply, self.right, most=self._most, tolerance=1e-6)
