"""A reference problem on a doubly periodic plane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import xarray as xr

from physforge.equations import Equation, System
from physforge.problems.problem import Axis, FloatArray, Problem
from physforge.simulation import simulate

Initial = Callable[[FloatArray, FloatArray], Mapping[str, FloatArray]]


@dataclass(frozen=True, kw_only=True)
class PlaneProblem(Problem):
    """Data of partial differential equations on a doubly periodic plane, integrated numerically.

    Parameters
    ----------
    x, y : Axis
        One period each.
    initial : callable
        Takes x of shape (n, 1) and y of shape (m), and returns fields of shape (n, m) by name.
    rtol : float
        Tolerance of the integration (see `physforge.simulation.simulate`).
    constraints : tuple of Equation, default ()
        Further equations that hold, and that determine fields without a law of evolution.

    See Also
    --------
    Problem : The other parameters, and `generate`.

    Examples
    --------
    >>> from physforge.problems import get_problem
    >>> get_problem("navier-stokes").t.samples().shape
    (101,)
    """

    x: Axis
    y: Axis
    initial: Initial
    rtol: float
    constraints: tuple[Equation, ...] = ()

    def variables(self) -> xr.Dataset:
        """Integrate the equations.

        Returns
        -------
        xarray.Dataset
            Each field with dims (t, x, y); x and y have the attribute ``period``.
        """
        return self.integrated()

    def integrated(self, *, refinement: int = 1, rtol: float | None = None) -> xr.Dataset:
        """Integrate the equations, if asked more finely than for the data.

        Parameters
        ----------
        refinement : int, default 1
            Points along x and y for each one of the data's.
        rtol : float, optional
            Tolerance, by default the problem's.

        Returns
        -------
        xarray.Dataset
            Each field with dims (t, x, y), on the finer grid.
        """
        x, y = (Axis(one.start, one.stop, refinement * one.count, periodic=True).samples() for one in (self.x, self.y))
        fields = {name: (("x", "y"), field) for name, field in self.initial(x[:, None], y).items()}
        coords = {"x": ("x", x, {"period": self.x.period}), "y": ("y", y, {"period": self.y.period})}
        ds = simulate(
            self.model, xr.Dataset(fields, coords), self.t.samples(), rtol=self.rtol if rtol is None else rtol
        )
        return ds.drop_attrs(deep=False)

    @property
    def model(self) -> System:
        """All equations that hold."""
        laws = (self.equation,) if isinstance(self.equation, Equation) else tuple(self.equation)
        return System((*laws, *self.constraints))
