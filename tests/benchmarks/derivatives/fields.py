"""Fields u(t, x), periodic in x, with exact derivatives and noise."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr
from benchmarks.cells import NotAvailable
from scipy.interpolate import make_interp_spline

import physforge as pf
from physforge.errors import PhysForgeError
from physforge.problems import get_problem

EQUATIONS = ("burgers", "kdv", "kuramoto-sivashinsky")
NAMES = ("u_x", "u_xx", "u_t")


@dataclass(frozen=True, eq=False)
class Field:
    """A field without noise, its derivatives, and its period in x.

    `truth` has ``u`` too. Derivatives in x are those of the trigonometric interpolant, in t those
    of the interpolating spline of degree 7. Where the equation is known to hold, u_t from it differs
    from the latter by 7e-5 (Burgers, but 3e-3 in the first four times; Kuramoto-Sivashinsky) of
    its standard deviation or less.
    """

    t: np.ndarray
    x: np.ndarray
    period: float
    truth: dict[str, np.ndarray]

    def noisy(self, level: float, seed: int) -> xr.Dataset:
        u = self.truth["u"]
        noise = np.random.default_rng([seed, round(1000 * level)]).standard_normal(u.shape)
        return self.dataset(u + level * np.std(u) * noise)

    def dataset(self, values: np.ndarray) -> xr.Dataset:
        return xr.Dataset({"u": (("t", "x"), values)}, {"t": self.t, "x": ("x", self.x, {"period": self.period})})


@lru_cache(maxsize=2)
def field(equation: str, published: bool) -> Field:
    """Return a published field, or the one that `physforge.problems` computes."""
    if published:
        try:
            ds = pf.open_dataset(f"{equation}-published")
        except (PhysForgeError, OSError) as error:
            raise NotAvailable(f"published fields need PHYSFORGE_DATA_CACHE: {error}") from error
    else:
        ds = get_problem(equation).generate()
    u, t, x = ds["u"].transpose("t", "x").to_numpy(), ds["t"].to_numpy(), ds["x"].to_numpy()
    period = float(ds["x"].attrs["period"])
    rate = 2 * np.pi * np.fft.rfftfreq(len(x), period / len(x))
    rate[-1] = rate[-1] if len(x) % 2 else 0.0
    spectrum = np.fft.rfft(u, axis=1)
    truth = {
        "u": u,
        "u_x": np.fft.irfft(1j * rate * spectrum, len(x), axis=1),
        "u_xx": np.fft.irfft(-(rate**2) * spectrum, len(x), axis=1),
        "u_t": make_interp_spline(t, u, k=7, axis=0)(t, 1),
    }
    return Field(t, x, period, truth)
