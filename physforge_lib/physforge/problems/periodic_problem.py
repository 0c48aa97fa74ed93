"""A reference problem on a periodic interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import xarray as xr

from physforge.equations import Equation
from physforge.problems.problem import Axis, FloatArray, Problem
from physforge.simulation import simulate

Solution = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True, kw_only=True)
class PeriodicProblem(Problem):
    """Data of a partial differential equation on a periodic interval.

    Parameters
    ----------
    x : Axis
        One period.
    solution : callable
        Takes x of shape (n,) and t of shape (m,) and returns the field of shape
        (m, n), or k fields of shape (k, m, n).
    fields : tuple of str, default ("u",)
        Names of the fields, in the order of the solution.

    See Also
    --------
    Problem : The other parameters, and `generate`.

    Examples
    --------
    >>> from physforge.problems import get_problem
    >>> problem = get_problem("heat")
    >>> problem.solution(problem.x.samples(), problem.t.samples()).shape
    (101, 128)
    """

    x: Axis
    solution: Solution
    fields: tuple[str, ...] = ("u",)

    def variables(self) -> xr.Dataset:
        """Evaluate the solution on the grid.

        Returns
        -------
        xarray.Dataset
            Each field with dims (t, x); x has the attribute ``period``.
        """
        x, t = self.x.samples(), self.t.samples()
        values = self.solution(x, t).reshape(len(self.fields), t.size, x.size)
        variables = {name: (("t", "x"), field) for name, field in zip(self.fields, values, strict=True)}
        return xr.Dataset(variables, {"t": ("t", t), "x": ("x", x, {"period": self.x.period})})


def integrated(equation: Equation, initial: Callable[[FloatArray], FloatArray], x: Axis, rtol: float) -> Solution:
    """Return a solution that integrates the equation numerically.

    Parameters
    ----------
    equation : Equation
        A law for ``u_t``.
    initial : callable
        Takes x of shape (n,) and returns u at the first time.
    x : Axis
        Says the period.
    rtol : float
        Tolerance (see `physforge.simulation.simulate`).

    Returns
    -------
    callable
        Takes x, uniform over one period, and t, from the first time, and returns u.
    """

    def solve(points: FloatArray, t: FloatArray) -> FloatArray:
        start = xr.Dataset({"u": ("x", initial(points))}, {"x": ("x", points, {"period": x.period})})
        values: FloatArray = simulate(equation, start, t, rtol=rtol).u.to_numpy()
        return values

    return solve
