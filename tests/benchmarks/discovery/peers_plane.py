"""pysindy's libraries and PyNumDiff on two fields of the plane: as they come, and with a grid of settings.

Their candidates are monomials of the fields to the third degree and single derivatives to the second
order, without products of the two: fewer than ours, which can only help them.
"""

import re
import time
import warnings
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pysindy as ps
import xarray as xr
from benchmarks.discovery import peers, peers_pynumdiff, truth
from benchmarks.discovery.peers_filters import smoothed
from pysindy.differentiation import FiniteDifference, SmoothedFiniteDifference

#: Rows of the table of candidates, about, that PyNumDiff's and the difference libraries' settings are tuned with.
_MOST = 100_000

#: The threshold nearest to STLSQ's own, 0.1, of candidates as they are.
_DEFAULT = min(
    (index for index, (_, normalised) in enumerate(peers.THRESHOLDS) if not normalised),
    key=lambda index: abs(peers.THRESHOLDS[index][0] - 0.1),
)

_DERIVATIVE = re.compile(r"(\w+)_([12]+)")
_AXES = {"1": "x", "2": "y"}


def scored(name: str, level: float, seed: int) -> dict:
    """Say for each of pysindy's libraries whether both laws are right, as `peers.scored` does for one."""
    ds, wanted = truth.data(name, level, seed), [set(law.terms) for law in truth.laws(name)]
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for peer in peers.PEERS:
            start = time.process_time()
            names, table, rates, coefficients = evaluated(peer, ds)
            default = supports(names, coefficients) == wanted
            cpu = time.process_time() - start
            regressions = [(table, rates)]
            if peer == "WeakPDELibrary":
                regressions = [evaluated(peer, ds, peers.MORE_ROWS, width)[1:3] for width in peers.WIDTHS]
            triangles = [triangle(*one) for one in regressions]
            ridges = peers.RIDGES if peer == "WeakPDELibrary" else peers.RIDGES[:1]
            grid = [supports(names, fit) == wanted for fit in fits(triangles, len(wanted), ridges)]
            found[peer] = {"default": default, "grid": grid, "cpu": cpu}
    return found


def scored_pynumdiff(name: str, level: float, seed: int) -> dict:
    """Say whether both laws are right with PyNumDiff's derivatives, as `peers_pynumdiff.scored` does for one.

    Its splines take minutes for a plane; the first filter and the threshold nearest to the default stand for them.
    """
    ds, wanted = truth.data(name, level, seed), [set(law.terms) for law in truth.laws(name)]
    start = time.process_time()
    found = [differentiated(ds, *smoothing) for smoothing in peers_pynumdiff.SMOOTHINGS]
    cpu = (time.process_time() - start) / len(found)
    grid = [
        supports(found[0][0], fit) == wanted for fit in fits([one for _, one in found], len(wanted), peers.RIDGES[:1])
    ]
    return {peers_pynumdiff.PEER: {"default": grid[_DEFAULT], "grid": grid, "cpu": cpu}}


def evaluated(
    peer: str, ds: xr.Dataset, rows: int = peers.ROWS, width: float | None = None
) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Fit a peer by default; return its candidates' names and values, the targets, and the coefficients."""
    fields = list(ds.data_vars)
    values = np.stack([ds[field].transpose("x", "y", "t").to_numpy() for field in fields], -1)
    x, y, t = (ds[dim].to_numpy() for dim in ("x", "y", "t"))
    options = {
        "function_library": ps.PolynomialLibrary(degree=3, include_bias=False),
        "derivative_order": 2,
        "include_bias": True,
        "include_interaction": False,
    }
    optimizer = peers.Seen()
    if peer == "WeakPDELibrary":
        places = np.stack(np.meshgrid(x, y, t, indexing="ij"), -1)
        reach = None if width is None else [width * float(np.ptp(axis)) for axis in (x, y, t)]
        library = ps.WeakPDELibrary(spatiotemporal_grid=places, K=rows, H_xt=reach, **options)
        np.random.seed(0)  # noqa: NPY002, TID251 - pysindy places its test functions by it
        model = ps.SINDy(feature_library=library, optimizer=optimizer)
    else:
        kind = FiniteDifference if peer.endswith(", FiniteDifference") else SmoothedFiniteDifference
        plane = np.stack(np.meshgrid(x, y, indexing="ij"), -1)
        library = ps.PDELibrary(spatial_grid=plane, differentiation_method=kind, **options)
        model = ps.SINDy(feature_library=library, optimizer=optimizer, differentiation_method=kind(axis=2))
    model.fit(values, t=t, feature_names=fields)
    return model.get_feature_names(), *optimizer.regression, np.asarray(optimizer.coef_)


def differentiated(ds: xr.Dataset, method: str, options: dict) -> tuple[list[str], np.ndarray]:
    """Return the candidates' names, as pysindy writes them, and the triangle of the candidates and the targets."""
    fields = list(ds.data_vars)
    steps = [float(np.ptp(ds[dim].to_numpy())) / (ds.sizes[dim] - 1) for dim in ("x", "y", "t")]

    def along(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
        return smoothed(values, steps[axis], method, options, axis)

    smooth, columns, rates = [], {}, []
    for field in fields:
        steady, rate = along(ds[field].transpose("x", "y", "t").to_numpy(), 2)
        rates.append(rate)
        (across, slope), (_, other) = along(steady, 0), along(steady, 1)
        smooth.append(along(across, 1)[0])
        second, mixed, last = along(slope, 0)[1], along(slope, 1)[1], along(other, 1)[1]
        ends = {"1": slope, "2": other, "11": second, "12": mixed, "22": last}
        columns |= {f"{field}_{order}": values for order, values in ends.items()}
    inner = tuple(slice(round(0.1 * size), size - round(0.1 * size)) for size in rates[0].shape)
    powers = ps.PolynomialLibrary(degree=3, include_bias=True)
    monomials = np.asarray(powers.fit_transform(np.stack([one[inner].ravel() for one in smooth], -1)))
    table = np.column_stack([monomials, *(one[inner].ravel() for one in columns.values())])
    names = [*powers.get_feature_names(fields), *columns]
    return names, triangle(table, np.column_stack([one[inner].ravel() for one in rates]))


def triangle(table: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Return what has the same normal equations as the candidates and targets, from evenly spread rows of them."""
    every = max(1, len(table) // _MOST)
    # As many rows as samples are meant: a ridge counts beside their sums of squares.
    return np.sqrt(every) * np.linalg.qr(np.column_stack([table, rates])[::every], mode="r")


def fits(triangles: Sequence[np.ndarray], targets: int, ridges: Sequence[float]) -> Iterator[np.ndarray]:
    """Yield the coefficients, a row for each target, of each table, ridge and threshold."""
    for one, ridge, setting in product(triangles, ridges, peers.THRESHOLDS):
        yield peers.fitted(one, *setting, ridge=ridge, targets=targets)


def supports(names: Sequence[str], coefficients: np.ndarray) -> list[set[str]]:
    """Return the terms of each target that are not zero, as we write them."""
    terms = [term(name) for name in names]
    return [{one for one, value in zip(terms, row, strict=True) if value != 0.0} for row in coefficients]


def term(name: str) -> str:
    """Write one of pysindy's names, such as ``u v^2`` or ``u_12``, as ours: ``u*v**2``, ``u_xy``."""
    match = _DERIVATIVE.fullmatch(name)
    if match:
        return f"{match[1]}_{''.join(_AXES[digit] for digit in match[2])}"
    return "*".join(name.replace("^", "**").split())
