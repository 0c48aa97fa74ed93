"""Data sets with the laws that they obey."""

from functools import lru_cache

import numpy as np
import xarray as xr
from benchmarks.cells import NotAvailable

import physforge as pf
from physforge.equations import Equation, System
from physforge.errors import PhysForgeError
from physforge.problems import get_problem

#: Published files of the catalog. A seed draws only their noise.
PUBLISHED = (
    "burgers-published",
    "kdv-published",
    "kuramoto-sivashinsky-published",
    "kdv-raissi",
    "burgers-shock",
    "wave-published",
    "chafee-infante-published",
    "allen-cahn-published",
    "nonlinear-schroedinger-published",
)


@lru_cache(maxsize=4)
def clean(name: str, seed: int) -> xr.Dataset:
    """Return a published file, or a problem from a fresh initial state."""
    if name not in PUBLISHED:
        return get_problem(name, seed).generate()
    try:
        return pf.open_dataset(name)
    except (PhysForgeError, OSError) as error:
        raise NotAvailable(f"published fields need PHYSFORGE_DATA_CACHE: {error}") from error


def laws(name: str) -> tuple[Equation, ...]:
    """Return what the data obey, an equation for each target."""
    if name in PUBLISHED:
        return tuple(System.parse(clean(name, 0).attrs["equation"]))
    law = get_problem(name).equation
    return (law,) if isinstance(law, Equation) else tuple(law)


def noisy(ds: xr.Dataset, level: float, seed: int) -> xr.Dataset:
    """Add white Gaussian noise, `level` times the root mean square of each field; drop all attributes of the set."""
    rng = np.random.default_rng([seed, round(1000 * level), 4])
    fields = {}
    for name, field in ds.data_vars.items():
        values = field.to_numpy().astype(float)
        sigma = level * float(np.sqrt(np.mean(values**2)))
        fields[name] = (field.dims, values + sigma * rng.standard_normal(values.shape))
    return xr.Dataset(fields, ds.coords)


def data(name: str, level: float, seed: int) -> xr.Dataset:
    """Return what is measured."""
    return noisy(clean(name, seed), level, seed)
