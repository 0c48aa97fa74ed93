"""Derivatives of noisy fields: networks beside the Gaussian process, on a field for each."""

import time
from collections.abc import Sequence
from functools import partial
from statistics import median

import numpy as np
from benchmarks.derivatives.rows import markdown
from benchmarks.pinn.case import PINN, Case, Line, Part, Results
from benchmarks.pinn.statement import Float

NAMES = ("u", "u_t", "u_x")
METHODS = ("pinn", "gp")
NOISE = 0.05
FIELDS = {"front": "a front that travels", "waves": "waves that look alike everywhere"}

OWN = ("tests/benchmarks/pinn/smoothing.py", "physforge_lib/physforge/derivatives/**/*.py")


def exact(field: str, t: Float, x: Float) -> dict[str, Float]:
    """Return u and its derivatives."""
    if field == "front":
        u = np.tanh(10 * (x - 0.6 * t + 0.3))
        return {"u": u, "u_t": -6 * (1 - u**2), "u_x": 10 * (1 - u**2)}
    decay, phase = np.exp(-t), 2 * np.pi * x - 3 * t
    return {
        "u": decay * np.sin(np.pi * x) + 0.3 * np.cos(phase),
        "u_t": -decay * np.sin(np.pi * x) + 0.9 * np.sin(phase),
        "u_x": np.pi * decay * np.cos(np.pi * x) - 0.6 * np.pi * np.sin(phase),
    }


def measure(method: str, seed: int, quick: bool) -> dict:
    """Differentiate both fields on a grid of 25 x 64; the noise is a share of the field's sd."""
    import warnings

    import xarray as xr

    from physforge.derivatives import differentiate
    from physforge.errors import DerivativeWarning

    t, x = np.linspace(0.0, 1.0, 25), np.linspace(-1.0, 1.0, 32 if quick else 64)
    found = {}
    for field in FIELDS:
        true = exact(field, *np.meshgrid(t, x, indexing="ij"))
        noise = NOISE * true["u"].std() * np.random.default_rng(seed).standard_normal(true["u"].shape)
        ds = xr.Dataset({"u": (("t", "x"), true["u"] + noise)}, {"t": t, "x": x})
        cpu = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DerivativeWarning)
            d = differentiate(ds, ["u_t", "u_x"], method=method)
        found[field] = {
            "cpu": time.process_time() - cpu,
            "errors": {name: float(np.sqrt(np.mean((d[name] - true[name]) ** 2)) / true[name].std()) for name in NAMES},
            "covered": {name: float(np.mean(np.abs(d[name] - true[name]) < 1.645 * d[f"{name}_sd"])) for name in NAMES},
        }
    return found


def lines(results: Results) -> list[Line]:
    """Return the error in u_x, and how often the 90 % bands hold it."""
    return [
        Line(
            f"{called}, {NOISE:.0%} noise: relative error in u_x, coverage of 90 % bands: {method}",
            "reported",
            f"{_median(results[method], field, 'errors'):.3f}, {_median(results[method], field, 'covered'):.0%}",
            None,
        )
        for field, called in FIELDS.items()
        for method in METHODS
    ]


def details(results: Results) -> str:
    """Return every seed."""
    rows = [
        (field, method, seed, *(f"{one[field]['errors'][name]:.3f}" for name in NAMES), f"{one[field]['cpu']:.1f}")
        for field in FIELDS
        for method in METHODS
        for seed, one in enumerate(results[method])
    ]
    return markdown(("field", "method", "seed", *(f"error in {name}" for name in NAMES), "CPU (s)"), rows)


def _median(results: Sequence[dict], field: str, figure: str) -> float:
    return median(one[field][figure]["u_x"] for one in results)


CASES = (
    Case(
        "smoothing",
        tuple(Part(method, partial(measure, method), (*PINN, *OWN), ("torch", "numpy", "scipy")) for method in METHODS),
        lines,
        details,
    ),
)
