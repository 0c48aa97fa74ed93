"""Call the library the way a user would."""

import warnings
from collections.abc import Sequence

import numpy as np
import xarray as xr
from benchmarks.cells import NotAvailable

import physforge as pf
from physforge.errors import DerivativeWarning, PhysForgeError

#: Half-width of a 95 % band.
BAND = 1.959963985

#: What a result of ours depends on.
SOURCES = ("physforge_lib/physforge/derivatives/**/*.py", "tests/benchmarks/derivatives/ours.py")
PACKAGES = ("numpy", "scipy")


def series(t: np.ndarray, values: np.ndarray) -> xr.Dataset:
    return xr.Dataset({"u": ("t", values)}, {"t": t})


def differentiate(ds: xr.Dataset, names: Sequence[str], method: object = "gp", **options: object) -> xr.Dataset:
    """`pf.differentiate`, whose warnings are for the reader of its results."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DerivativeWarning)
        return pf.differentiate(ds, list(names), method=method, **options)


def attempt(ds: xr.Dataset, names: Sequence[str], method: object = "gp", **options: object) -> xr.Dataset:
    """`differentiate` where the library may not be able to yet."""
    try:
        return differentiate(ds, names, method, **options)
    except (PhysForgeError, TypeError) as error:
        raise NotAvailable(str(error).splitlines()[0]) from error


def rms(d: xr.Dataset, name: str, exact: np.ndarray) -> float:
    """Return the RMS error over every sample, edges included."""
    return float(np.sqrt(np.mean((d[name].to_numpy() - exact) ** 2)))


def covered(d: xr.Dataset, name: str, exact: np.ndarray) -> float:
    """Return the share of samples whose 95 % band holds the truth."""
    return float(np.mean(np.abs(d[name].to_numpy() - exact) <= BAND * d[f"{name}_sd"].to_numpy()))
