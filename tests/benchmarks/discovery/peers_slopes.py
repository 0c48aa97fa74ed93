"""Peers where the law has squares of slopes among its terms, which their own libraries leave out.

The products of the field and its slope's square are added to the candidates of those that
tabulate derivatives: to them an exact table would hold the law. The weak library cannot hold them.
"""

import time
import warnings
from collections.abc import Sequence

import numpy as np
import xarray as xr
from benchmarks.discovery import peers, peers_pynumdiff, truth

PEERS = tuple(peer for peer in peers.PEERS if peer != "WeakPDELibrary")

#: What is added, as we write it.
ADDED = ("u_x**2", "u*u_x**2")


def scored(name: str, level: float, seed: int) -> dict:
    """Say for each of pysindy's libraries whether the law is right, as `peers.scored`."""
    ds, (law,) = truth.data(name, level, seed), truth.laws(name)
    found: dict = {"WeakPDELibrary": {"error": "the weak library has no products of derivatives"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for peer in PEERS:
            start = time.process_time()
            names, table, rate, _ = peers.evaluated(peer, ds, law.target)
            terms, one = widened([peers.term(each) for each in names], np.asarray(table), rate)
            default = _support(terms, peers.fitted(one, 0.1, False)[0]) == set(law.terms)
            cpu = time.process_time() - start
            found[peer] = {"default": default, "grid": _grid(terms, one, set(law.terms)), "cpu": cpu}
    return found


def scored_pynumdiff(name: str, level: float, seed: int) -> dict:
    """Say whether the law is right with PyNumDiff's derivatives, as `peers_pynumdiff.scored`."""
    ds, (law,) = truth.data(name, level, seed), truth.laws(name)
    start = time.process_time()
    terms, one = _tabulated(ds, law.target, *peers_pynumdiff.DEFAULT)
    default = _support(terms, peers.fitted(one, 0.1, False)[0]) == set(law.terms)
    cpu = time.process_time() - start
    grid: list[bool] = []
    for smoothing in peers_pynumdiff.SMOOTHINGS:
        grid += _grid(*_tabulated(ds, law.target, *smoothing), set(law.terms))
    return {peers_pynumdiff.PEER: {"default": default, "grid": grid, "cpu": cpu}}


def widened(terms: Sequence[str], table: np.ndarray, rate: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return the terms with those added, and the triangle of all candidates and the target."""
    columns = dict(zip(terms, table.T, strict=True))
    squares = columns["u_x"] ** 2
    more = np.column_stack([table, squares, columns["u"] * squares, np.ravel(rate)])
    return [*terms, *ADDED], np.linalg.qr(more, mode="r")


def _tabulated(ds: xr.Dataset, target: str, method: str, options: dict) -> tuple[list[str], np.ndarray]:
    names, table, rate = peers_pynumdiff.tabulated(ds, target, method, options)
    return widened([peers.term(name) for name in names], table, rate)


def _grid(terms: Sequence[str], one: np.ndarray, law: set[str]) -> list[bool]:
    return [_support(terms, peers.fitted(one, *each)[0]) == law for each in peers.THRESHOLDS]


def _support(terms: Sequence[str], coefficients: np.ndarray) -> set[str]:
    return {term for term, value in zip(terms, coefficients, strict=True) if value != 0.0}
