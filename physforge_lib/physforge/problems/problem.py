"""A reference problem: an equation, a domain, and data that obey it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.equations import Equation
from physforge.errors import DatasetError

FloatArray = npt.NDArray[np.float64]

LICENCE = "BSD-3-Clause"


@dataclass(frozen=True)
class Axis:
    """Samples of one coordinate.

    Parameters
    ----------
    start, stop : float
        The ends.
    count : int
        Number of samples.
    periodic : bool, default False
        Whether `stop` is one period after `start`; then it is not sampled.
    """

    start: float
    stop: float
    count: int
    periodic: bool = False

    def samples(self) -> FloatArray:
        """Return the coordinate.

        Returns
        -------
        numpy.ndarray, shape (count,)
            Equally spaced.
        """
        return np.linspace(self.start, self.stop, self.count, endpoint=not self.periodic)

    @property
    def period(self) -> float | None:
        """Length of the domain if it is periodic, else None."""
        return self.stop - self.start if self.periodic else None


@dataclass(frozen=True)
class Problem:
    """Data of a known equation.

    Parameters
    ----------
    name : str
        Short name, as in the catalog.
    title : str
        One line on what it is.
    equation : Equation
        The answer.
    x, t : Axis
        The domain and its samples.
    solution : callable
        Takes x of shape (n,) and t of shape (m,) and returns u of shape (m, n).
    accuracy : float
        Largest error of a sample, relative to the largest sample.
    source : str
        Where the solution comes from.
    citation : str
        Key of `physforge.citations.BIBTEX`.

    Examples
    --------
    >>> from physforge.problems import get_problem
    >>> problem = get_problem("heat")
    >>> problem.generate().u.dims
    ('t', 'x')
    """

    name: str
    title: str
    equation: Equation
    x: Axis
    t: Axis
    solution: Callable[[FloatArray, FloatArray], FloatArray]
    accuracy: float
    source: str
    citation: str

    def generate(self, *, noise: float = 0.0, rng: np.random.Generator | None = None) -> xr.Dataset:
        """Compute the data.

        Parameters
        ----------
        noise : float, default 0.0
            Standard deviation of added white Gaussian noise, as a fraction of the
            standard deviation of the field.
        rng : numpy.random.Generator, optional
            Draws the noise; needed if there is any.

        Returns
        -------
        xarray.Dataset
            ``u(t, x)``, float64, with the attributes title, equation, licence and
            source; a periodic coordinate has the attribute ``period``.

        Raises
        ------
        DatasetError
            If `noise` is negative, or positive without `rng`.
        """
        if noise < 0 or (noise > 0 and rng is None):
            raise DatasetError("noise must not be negative, and needs a generator, as in rng=np.random.default_rng(0).")
        x, t = self.x.samples(), self.t.samples()
        u = self.solution(x, t)
        if rng is not None and noise > 0:
            u = u + noise * u.std() * rng.standard_normal(u.shape)
        attrs = {"title": self.title, "equation": str(self.equation), "licence": LICENCE, "source": self.source}
        x_attrs = {"period": self.x.period} if self.x.periodic else {}
        return xr.Dataset({"u": (("t", "x"), u)}, {"t": ("t", t), "x": ("x", x, x_attrs)}, attrs)
