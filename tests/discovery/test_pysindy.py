"""PySINDy's optimizers as methods, and its libraries as candidates."""

from __future__ import annotations

import numpy as np
import pysindy as ps
import pytest
import xarray as xr
from pydantic import ValidationError

from physforge.discovery import PySINDy, discover
from physforge.discovery.pysindy_adapter import from_pysindy, optimizer_names, supports
from physforge.errors import DiscoveryError, LibraryError

LAW = "hare_t = hare - 0.1*hare*lynx; lynx_t = -1.5*lynx + 0.075*hare*lynx"


def scaled(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((400, 6))
    target = columns @ [0.0, 0.8, 0.0, 0.0, -0.5, 0.0] + 0.02 * rng.standard_normal(400)
    return columns / 20.0, target / 20.0


def test_every_optimizer_that_is_listed_proposes_the_true_terms():
    assert {"FROLS", "SR3", "SSR", "STLSQ"} <= set(optimizer_names())
    assert not {"EnsembleOptimizer", "BaseOptimizer"} & set(optimizer_names())
    matrix, target = scaled()
    triangle = np.linalg.qr(np.column_stack([matrix, target]), mode="r")
    for name in ("FROLS", "SR3", "SSR", "STLSQ"):
        assert (1, 4) in PySINDy(optimizer=name).propose(triangle), name


def test_the_support_is_that_of_the_optimizer_itself():
    matrix, target = scaled(3)
    options = {"threshold": 0.6, "alpha": 0.01}
    fitted = ps.STLSQ(**options).fit(matrix, target)
    assert supports("STLSQ", options, matrix, target) == [tuple(np.flatnonzero(fitted.coef_[0]))] == [(1,)]


@pytest.mark.parametrize("optimizer", ["SR3", "FROLS"])
def test_a_law_is_found_by_other_optimizers(lotka_volterra, optimizer):
    result = discover(lotka_volterra.isel(t=slice(0, None, 2)), method=PySINDy(optimizer=optimizer))
    assert result.status == "settled"
    assert result.system.matches(LAW, rtol=1e-4)
    assert result.provenance["method"] == {"kind": "pysindy", "optimizer": optimizer, "options": {}, "refine": True}
    assert "kaptanoglu2022" in result.citations


def test_unrefined_the_equation_is_one_of_the_optimizers_own(lotka_volterra):
    ds = lotka_volterra.isel(t=slice(0, None, 2))
    options = {"threshold": 0.95}
    raw = discover(ds, method=PySINDy(options=options, refine=False))
    refined = discover(ds, method=PySINDy(options=options))
    # Such a threshold leaves one term at most; the search adds what is missing.
    assert all(len(finding.terms) <= 1 for finding in raw.findings)
    assert refined.system.matches(LAW, rtol=1e-4)
    assert raw.status != "settled"


def test_by_name_and_stored():
    method = PySINDy(optimizer="SR3", options={"reg_weight_lam": 0.01})
    assert PySINDy.model_validate_json(method.model_dump_json()) == method
    with pytest.raises(ValidationError):
        PySINDy(options={"opt": ps.STLSQ()})


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (PySINDy(optimizer="SR4"), "no optimizer 'SR4' here; there are FROLS, SR3"),
        (PySINDy(optimizer="SR3", options={"threshold": 0.1}), "SR3 has no option 'threshold'; it has max_iter"),
        (PySINDy(optimizer="SR3", options={"regularizer": "L7"}), "SR3 refuses"),
        (PySINDy(options={"threshold": -1.0}), "STLSQ refuses"),
    ],
)
def test_what_an_optimizer_cannot_do_is_refused(lotka_volterra, method, message):
    with pytest.raises(DiscoveryError, match=message):
        discover(lotka_volterra.isel(t=slice(0, 80)), method=method)


def test_libraries_of_pysindy_become_candidates():
    polynomials = from_pysindy(ps.PolynomialLibrary(degree=2), ["hare", "x"])
    assert polynomials.term_names(["hare", "x"], ["t"]) == ["1", "hare", "x", "hare**2", "hare*x", "x**2"]
    waves = from_pysindy(ps.FourierLibrary(n_frequencies=2), ["x"])
    assert waves.term_names(["x"], ["t"]) == ["sin(x)", "cos(x)", "sin(2*x)", "cos(2*x)"]
    both = from_pysindy(ps.PolynomialLibrary(degree=1) + ps.FourierLibrary(n_frequencies=1), ["x", "v"])
    assert both.term_names(["x", "v"], ["t"]) == ["1", "x", "v", "sin(x)", "cos(x)", "sin(v)", "cos(v)"]
    named = ps.CustomLibrary([lambda u: np.exp(-u)], [lambda name: f"exp(-{name})"])
    assert from_pysindy(named, ["q"]).term_names(["q"], ["t"]) == ["exp(-q)"]


def test_candidates_of_pysindy_have_its_values():
    library = ps.PolynomialLibrary(degree=3) + ps.FourierLibrary(n_frequencies=2)
    values = np.random.default_rng(0).uniform(-1.0, 1.0, (40, 2))
    theirs = library.fit(values).transform(values)
    ds = xr.Dataset({"a": ("t", values[:, 0]), "b": ("t", values[:, 1])}, {"t": np.arange(40.0)})
    ours = from_pysindy(library, ["a", "b"]).evaluate(ds)
    np.testing.assert_allclose(ours.values, np.asarray(theirs), rtol=1e-12)


def test_libraries_with_derivatives_are_refused():
    with pytest.raises(LibraryError, match="PDELibrary is none of PySINDy's libraries for ODEs"):
        from_pysindy(ps.PDELibrary(ps.PolynomialLibrary(1), 1, np.arange(5.0)), ["u"])
