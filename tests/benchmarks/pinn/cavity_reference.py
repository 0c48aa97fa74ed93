"""The cavity by finite differences: what Ghia's tables are checked against."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from benchmarks.pinn.statement import Float
from scipy import sparse
from scipy.interpolate import CubicSpline
from scipy.sparse.linalg import splu


def lines(along_y: Float, along_x: Float, reynolds: float, cells: int = 64) -> tuple[Float, Float]:
    """Return u on the vertical and v on the horizontal line through the centre.

    Extrapolated from two grids of second order (Richardson), which is right to 1e-4.
    """
    coarse, fine = (_lines(along_y, along_x, reynolds, one) for one in (cells, 2 * cells))
    u, v = ((4 * good - rough) / 3 for rough, good in zip(coarse, fine, strict=True))
    return u, v


def _lines(along_y: Float, along_x: Float, reynolds: float, cells: int) -> tuple[Float, Float]:
    axis, u, v = Cavity(cells, reynolds).solve()
    return CubicSpline(axis, u[:, cells // 2])(along_y), CubicSpline(axis, v[cells // 2])(along_x)


@dataclass(frozen=True)
class Cavity:
    """Streamfunction and vorticity on a uniform grid, to second order, with walls by Thom's formula.

    Parameters
    ----------
    cells : int
        Along each side; an even number.
    reynolds : float
        Of the lid's speed and the side.
    """

    cells: int
    reynolds: float

    def solve(self) -> tuple[Float, Float, Float]:
        """Return the axis, and u and v at [y, x], by Newton's method on the steady equations."""
        n = self.cells + 1
        size = n * n
        psi, omega = np.zeros(size), np.zeros(size)
        along_x, along_y, laplace, inside = self._differences()
        on_wall, near_wall, given = self._walls()
        for _ in range(30):
            u, v = along_y @ psi, -(along_x @ psi)
            omega_x, omega_y = along_x @ omega, along_y @ omega
            transport = laplace @ omega / self.reynolds - u * omega_x - v * omega_y
            residual = np.concatenate(
                [laplace @ psi + inside @ omega + on_wall @ psi, transport + on_wall @ omega + near_wall @ psi - given]
            )
            by_psi = near_wall - sparse.diags(omega_x) @ along_y + sparse.diags(omega_y) @ along_x
            by_omega = laplace / self.reynolds - sparse.diags(u) @ along_x - sparse.diags(v) @ along_y + on_wall
            matrix = sparse.bmat([[laplace + on_wall, inside], [by_psi, by_omega]])
            step = splu(matrix.tocsc()).solve(residual)
            psi, omega = psi - step[:size], omega - step[size:]
            if np.max(np.abs(step[:size])) < 1e-12:
                break
        u, v = (along_y @ psi).reshape(n, n), -(along_x @ psi).reshape(n, n)
        u[-1] = 1.0
        return np.linspace(0.0, 1.0, n), u, v

    def _differences(self) -> tuple[Any, Any, Any, Any]:
        n, h = self.cells + 1, 1.0 / self.cells
        index = np.arange(n * n).reshape(n, n)
        rows = index[1:-1, 1:-1].ravel()

        def shifted(offset: int, value: float) -> Any:
            return sparse.csr_matrix((np.full(len(rows), value), (rows, rows + offset)), (n * n, n * n))

        along_x = shifted(1, 0.5 / h) + shifted(-1, -0.5 / h)
        along_y = shifted(n, 0.5 / h) + shifted(-n, -0.5 / h)
        neighbours = sum((shifted(offset, h**-2) for offset in (1, -1, n, -n)), shifted(0, -4 * h**-2))
        return along_x, along_y, neighbours, shifted(0, 1.0)

    def _walls(self) -> tuple[Any, Any, Float]:
        n, h = self.cells + 1, 1.0 / self.cells
        index = np.arange(n * n).reshape(n, n)
        edges = (
            (index[0], index[1], 0.0),
            (index[-1], index[-2], 1.0),
            (index[1:-1, 0], index[1:-1, 1], 0.0),
            (index[1:-1, -1], index[1:-1, -2], 0.0),
        )
        wall, near = (np.concatenate([edge[part] for edge in edges]) for part in (0, 1))
        given = np.zeros(n * n)
        given[wall] = -2 / h * np.concatenate([np.full(len(edge), lid) for edge, _, lid in edges])
        on_wall = sparse.csr_matrix((np.ones(len(wall)), (wall, wall)), (n * n, n * n))
        near_wall = sparse.csr_matrix((np.full(len(wall), 2 / h**2), (wall, near)), (n * n, n * n))
        return on_wall, near_wall, given
