"""A reference problem of ordinary differential equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from physforge.equations import System
from physforge.problems.problem import FloatArray, Problem
from physforge.simulation.evolution import as_evolution
from physforge.simulation.ordinary import integrate_ordinary

#: Close to the least that double precision allows.
RTOL = 2e-12


@dataclass(frozen=True, kw_only=True)
class OrdinaryProblem(Problem):
    """Data of a system of first-order ordinary differential equations.

    Parameters
    ----------
    equation : System
        Laws of first order.
    initial : mapping of str to float
        Each variable at the first time.

    See Also
    --------
    Problem : The other parameters, and `generate`.

    Examples
    --------
    >>> from physforge.problems import get_problem
    >>> ds = get_problem("lorenz").generate()
    >>> list(ds.data_vars), dict(ds.sizes)
    (['x', 'y', 'z'], {'t': 1001})
    """

    equation: System
    initial: Mapping[str, float]

    def variables(self) -> xr.Dataset:
        """Integrate the system.

        Returns
        -------
        xarray.Dataset
            Each variable with the dim t.
        """
        return integrate(self.equation, self.initial, self.t.samples())


def drawn(ranges: Mapping[str, tuple[float, float]], seed: int) -> dict[str, float]:
    """Draw an initial state.

    Parameters
    ----------
    ranges : mapping of str to (float, float)
        Lowest and highest value of each variable.
    seed : int
        Of the generator.

    Returns
    -------
    dict of str to float
        Uniform in the box.
    """
    rng = np.random.default_rng(seed)
    return {name: float(rng.uniform(low, high)) for name, (low, high) in ranges.items()}


def integrate(system: System, initial: Mapping[str, float], t: FloatArray, *, rtol: float = RTOL) -> xr.Dataset:
    """Integrate a system as tightly as double precision allows.

    Parameters
    ----------
    system : System
        Laws of first order.
    initial : mapping of str to float
        Each variable at the first time.
    t : numpy.ndarray, shape (m,)
        Increasing times.
    rtol : float, default 2e-12
        Relative tolerance; steps are held to a tenth of it.

    Returns
    -------
    xarray.Dataset
        Each variable with the dim t.

    Notes
    -----
    The explicit method of order 8 by Dormand and Prince, DOP853 [hairer1993]_.
    """
    state = {name: np.asarray(value, dtype=np.float64) for name, value in initial.items()}
    states = integrate_ordinary(as_evolution(system), state, t, rtol=rtol, method="DOP853").states
    return xr.Dataset({name: ("t", states[name]) for name in initial}, {"t": ("t", t)})
