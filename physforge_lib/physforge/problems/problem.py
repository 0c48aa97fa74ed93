"""A reference problem: a law, and data that obey it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.noise import add_gaussian
from physforge.equations import Equation, System
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


@dataclass(frozen=True, kw_only=True)
class Problem(ABC):
    """Data of a known law: a `PeriodicProblem`, a `PlaneProblem` or an `OrdinaryProblem`.

    Parameters
    ----------
    name : str
        Short name, as in the catalog.
    title : str
        One line on what it is.
    equation : Equation or System
        The answer.
    t : Axis
        Times of the samples.
    accuracy : float
        Largest error of a sample, relative to the largest sample.
    source : str
        Where the solution comes from.
    citation : str
        Key of `physforge.citations.BIBTEX`.
    seed : int, optional
        What drew the initial state, if it is not the reference one.

    Examples
    --------
    >>> from physforge.problems import get_problem
    >>> problem = get_problem("heat")
    >>> problem.generate().u.dims
    ('t', 'x')
    """

    name: str
    title: str
    equation: Equation | System
    t: Axis
    accuracy: float
    source: str
    citation: str
    seed: int | None = None

    @abstractmethod
    def variables(self) -> xr.Dataset:
        """Compute the fields without noise.

        Returns
        -------
        xarray.Dataset
            Fields and coordinates, float64.
        """

    def generate(self, *, noise: float = 0.0, rng: np.random.Generator | None = None) -> xr.Dataset:
        """Compute the data.

        Parameters
        ----------
        noise : float, default 0.0
            Standard deviation of added white Gaussian noise, as a fraction of the
            standard deviation of each field (see `physforge.datasets.noise` for
            other kinds).
        rng : numpy.random.Generator, optional
            Draws the noise; needed if there is any.

        Returns
        -------
        xarray.Dataset
            Each field with dims (t, x), (t, x, y), or (t) for ODEs, float64, with the
            attributes title, equation, licence, source, and seed if there is one; a
            periodic coordinate has the attribute ``period``.

        Raises
        ------
        DatasetError
            If `noise` is negative, or positive without `rng`.
        """
        if noise < 0 or (noise > 0 and rng is None):
            raise DatasetError("noise must not be negative, and needs a generator, as in rng=np.random.default_rng(0).")
        laws = (self.equation,) if isinstance(self.equation, Equation) else self.equation
        ds = self.variables().assign_attrs(
            title=self.title, equation="; ".join(map(str, laws)), licence=LICENCE, source=self.source
        )
        if self.seed is not None:
            ds.attrs["seed"] = self.seed
        return add_gaussian(ds, noise, rng) if rng is not None and noise > 0 else ds
