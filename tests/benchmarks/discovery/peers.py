"""pysindy's libraries for fields: as they come, and with a grid of settings.

Each library is evaluated once for its settings other than the optimiser's; the triangle of its
candidates and target, which has the same normal equations, then serves every threshold.
"""

import re
import time
import warnings
from collections.abc import Iterator
from itertools import product

import numpy as np
import pysindy as ps
from benchmarks.cells import NotAvailable
from benchmarks.discovery import truth
from pysindy.differentiation import FiniteDifference, SmoothedFiniteDifference

PEERS = ("PDELibrary, FiniteDifference", "PDELibrary, SmoothedFiniteDifference", "WeakPDELibrary")

#: Thresholds of STLSQ, for candidates as they are and for normalised ones.
THRESHOLDS = tuple(
    [(float(one), False) for one in np.geomspace(5e-5, 2.0, 15)]
    + [(float(one), True) for one in np.geomspace(1e-2, 1e3, 16)]
)

#: Ridges of STLSQ for the weak library, whose few and small rows its own, the first, weighs on; beside all samples
#: of a field it is nothing.
RIDGES = (0.05, 1e-3, 1e-6)

#: Test functions of the weak form, as they come and tuned, and the latter's half-widths as shares of the axes.
ROWS, MORE_ROWS = 100, 400
WIDTHS = (1 / 20, 1 / 10)

_NAME = re.compile(r"(?:u(?:\^(\d))?)?(?:u_(1+))?")


class Seen(ps.STLSQ):
    """The default optimiser, which keeps what it is given."""

    def fit(self, x_: np.ndarray, y: np.ndarray, **options: object) -> "Seen":
        self.regression = np.asarray(x_), np.asarray(y)
        return super().fit(x_, y, **options)


def scored(name: str, level: float, seed: int) -> dict:
    """Say for each peer whether it is right by default, and with each setting of its grid.

    Returns
    -------
    dict
        By peer: ``default``, ``grid`` (a list) and ``cpu`` (seconds of the default); or ``error``.
    """
    ds, (law,) = truth.data(name, level, seed), truth.laws(name)
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for peer in PEERS:
            start = time.process_time()
            try:
                names, x, y, coefficients = evaluated(peer, ds, law.target)
                default = support(names, coefficients)
                cpu = time.process_time() - start
                grid = [support(*one) == set(law.terms) for one in _settings(peer, ds, law.target, names, x, y)]
            except NotAvailable as reason:
                found[peer] = {"error": str(reason)}
                continue
            found[peer] = {"default": default == set(law.terms), "grid": grid, "cpu": cpu}
    return found


def evaluated(
    peer: str, ds: object, target: str, rows: int = ROWS, width: float | None = None
) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Fit a peer by default; return its candidates' names and values, the target, and the coefficients."""
    (field,) = ds.data_vars
    u = ds[field].transpose("x", "t").to_numpy()[..., None]
    x, t = ds["x"].to_numpy(), ds["t"].to_numpy()
    options = {
        "function_library": ps.PolynomialLibrary(degree=3, include_bias=False),
        "derivative_order": 4,
        "include_bias": True,
    }
    optimizer, second = Seen(), target.endswith("_tt")
    if peer == "WeakPDELibrary":
        if second:
            raise NotAvailable("the weak library has no second derivative in time")
        places = np.stack(np.meshgrid(x, t, indexing="ij"), -1)
        reach = None if width is None else [width * float(np.ptp(axis)) for axis in (x, t)]
        library = ps.WeakPDELibrary(spatiotemporal_grid=places, K=rows, H_xt=reach, **options)
        np.random.seed(0)  # noqa: NPY002, TID251 - pysindy places its test functions by it
        model = ps.SINDy(feature_library=library, optimizer=optimizer)
        model.fit(u, t=t, feature_names=["u"])
    else:
        kind = FiniteDifference if peer.endswith(", FiniteDifference") else SmoothedFiniteDifference
        library = ps.PDELibrary(spatial_grid=x, differentiation_method=kind, **options)
        model = ps.SINDy(feature_library=library, optimizer=optimizer, differentiation_method=kind(axis=1))
        rate = kind(axis=1, d=2)._differentiate(u, t) if second else None
        model.fit(u, t=t, x_dot=rate, feature_names=["u"])
    return model.get_feature_names(), *optimizer.regression, np.asarray(optimizer.coef_)[0]


def _settings(
    peer: str, ds: object, target: str, names: list[str], x: np.ndarray, y: np.ndarray
) -> Iterator[tuple[list[str], np.ndarray]]:
    regressions, ridges = [(x, y)], RIDGES[:1]
    if peer == "WeakPDELibrary":
        regressions = [evaluated(peer, ds, target, MORE_ROWS, width)[1:3] for width in WIDTHS]
        ridges = RIDGES
    triangles = [np.linalg.qr(np.column_stack(one), mode="r") for one in regressions]
    for triangle, ridge, setting in product(triangles, ridges, THRESHOLDS):
        yield names, fitted(triangle, *setting, ridge=ridge)[0]


def fitted(
    triangle: np.ndarray, threshold: float, normalised: bool, ridge: float = RIDGES[0], targets: int = 1
) -> np.ndarray:
    """Return the coefficients, a row for each target, from the triangle of the candidates and the targets."""
    optimizer = ps.STLSQ(threshold=threshold, normalize_columns=normalised, alpha=ridge)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = optimizer.fit(triangle[:, :-targets], triangle[:, -targets:])
    return np.asarray(fit.coef_)


def settings_in_words(peer: str, index: int) -> str:
    """Name a setting of the grid."""
    width, ridge, (threshold, normalised) = list(product(WIDTHS, RIDGES, THRESHOLDS))[index]
    words = f"threshold {threshold:.2g}{' of normalised candidates' if normalised else ''}"
    return f"{words}, ridge {ridge:g}, half-width {width:g} of the axis" if peer == "WeakPDELibrary" else words


def support(names: list[str], coefficients: np.ndarray) -> set[str]:
    """Return the terms that are not zero, as we write them."""
    return {term(name) for name, value in zip(names, coefficients, strict=True) if value != 0.0}


def term(name: str) -> str:
    """Write one of pysindy's names, such as ``u^2u_11``, as ours, ``u**2*u_xx``."""
    if name == "1":
        return name
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"pysindy's term {name!r} is not understood.")
    power, ones = match.groups()
    factor = f"u**{power}" if power else "u" if name.startswith("u") and not name.startswith("u_") else ""
    return "*".join(part for part in (factor, "u_" + "x" * len(ones) if ones else "") if part)


def weak_seconds(ds: object, rows: int) -> float:
    """Return the CPU time of the weak library and its fit, with so many test functions."""
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evaluated("WeakPDELibrary", ds, "u_t", rows)
    return time.process_time() - start
