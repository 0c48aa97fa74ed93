"""Linear equations with a positive definite matrix."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def solve_positive(matrix: Tensor, damping: float | Tensor, right: Tensor) -> Tensor | None:
    """Solve ``(matrix + diag(damping)) x = right`` by Cholesky.

    Parameters
    ----------
    matrix : torch.Tensor
        Symmetric; left as it is.
    damping : float or torch.Tensor
        Added to its diagonal; one number for all, or of shape (size,).
    right : torch.Tensor
        The right side.

    Returns
    -------
    torch.Tensor or None
        None where the sum is not positive definite to rounding.
    """
    shifted = matrix.clone()
    shifted.diagonal().add_(damping)
    factor, failed = torch.linalg.cholesky_ex(shifted)
    if int(failed):
        return None
    return torch.cholesky_solve(right[:, None], factor)[:, 0]


def conjugate_gradients(multiply: Callable[[Tensor], Tensor], right: Tensor, *, most: int, tolerance: float) -> Tensor:
    """Solve ``A x = right`` from products with a positive definite matrix.

    Parameters
    ----------
    multiply : callable
        x -> A x.
    right : torch.Tensor
        The right side.
    most : int
        Products at most.
    tolerance : float
        Of the residual, relative to the right side.

    Returns
    -------
    torch.Tensor
        The iterate reached.
    """
    solution = torch.zeros_like(right)
    residual, direction = right.clone(), right.clone()
    square = start = float(residual @ residual)
    for _ in range(most):
        if square <= tolerance**2 * start or square == 0.0:
            break
        product = multiply(direction)
        bend = float(direction @ product)
        if not bend > 0.0:
            break
        solution = solution + (square / bend) * direction
        residual = residual - (square / bend) * product
        square, before = float(residual @ residual), square
        direction = residual + (square / before) * direction
    return solution
