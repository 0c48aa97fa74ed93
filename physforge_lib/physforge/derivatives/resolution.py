"""Does the sampling resolve a derivative? Compare with a slightly poorer scheme."""

from __future__ import annotations

import numpy as np
import xarray as xr

from physforge.derivatives.differentiate import differentiate, samples_of
from physforge.derivatives.finite_difference import FiniteDifference
from physforge.derivatives.method import Method
from physforge.derivatives.spectral import Spectral
from physforge.equations import split_derivative


def unresolved_share(ds: xr.Dataset, name: str) -> float:
    """Estimate how much of a derivative is truncation error.

    The derivative is taken again by a slightly poorer interpolating scheme: without the
    upper third of the wavenumbers along periodic axes, with differences of order 4
    instead of 6 along others. On a resolved field this changes next to nothing; on a
    sharp front, a kink, or a field that is not really periodic it changes much.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    name : str
        A derivative, for example ``"u_xx"``.

    Returns
    -------
    float
        Root mean square of the change beyond what noise explains, as a share of that of
        the derivative. About what the derivative may be wrong by.

    Raises
    ------
    DerivativeError
        If the derivative cannot be computed.
    """
    field, axes = split_derivative(name, [str(name) for name in ds.data_vars])
    samples = samples_of(ds, field)
    periodic = all(axis.uniform_over_period for axis in samples.axes if axis.name in axes)
    schemes: tuple[Method, Method] = (
        (Spectral(), Spectral(cutoff=2 / 3)) if periodic else (FiniteDifference(order=6), FiniteDifference(order=4))
    )
    better, poorer = (differentiate(ds, name, method=scheme, field=field) for scheme in schemes)
    # One-sided stencils at an end are poorer than the rest; their sd shows them.
    sd = better[f"{name}_sd"].to_numpy()
    inside = sd <= 2.0 * np.median(sd)
    derivative = better[name].to_numpy()[inside]
    change = float(np.mean((derivative - poorer[name].to_numpy()[inside]) ** 2))
    size = float(np.mean(derivative**2))
    noise = float(np.mean(sd[inside] ** 2))
    return float(np.sqrt(max(change - noise, 0.0) / size)) if size else 0.0
