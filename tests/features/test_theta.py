"""Evaluated terms: values, order of samples, gaps, standard deviations, Dask, peers."""

from __future__ import annotations

import dask
import numpy as np
import pytest
import xarray as xr

from physforge.derivatives import differentiate
from physforge.equations import Equation, evaluate_term
from physforge.errors import LibraryError
from physforge.features import BSpline, CandidateLibrary, Chebyshev, Fourier, Powers

RICH = CandidateLibrary(
    polynomial=2,
    derivatives=2,
    derivative_degree=2,
    conservative=True,
    fourier=1,
    functions=("exp", "tanh", "u/(1 + u**2)"),
    terms=("x*u_x", "sqrt(1 + u_x**2)", "abs(v)*u", "u**-2", "log(2 + t)*u"),
    varying={"x": Fourier(order=1, period=2.0, terms=("u_xx", "(u**2)_xx"))},
)


def noise_fields(library, fields, dims, shape, seed=0):
    rng = np.random.default_rng(seed)
    wanted = [*fields, *library.derivative_names(fields, dims)]
    coords = {dim: np.linspace(0.1, 1.0, size) for dim, size in zip(dims, shape, strict=True)}
    data = {name: (tuple(dims), rng.uniform(0.5, 2.0, shape)) for name in wanted}
    spread = {f"{name}_sd": (tuple(dims), rng.uniform(1e-4, 2e-3, shape)) for name in wanted}
    return xr.Dataset(data | spread, coords)


def test_every_term_has_the_values_that_its_name_says():
    d = noise_fields(RICH, ["u", "v"], ["t", "x"], (5, 7))
    theta = RICH.evaluate(d)
    arrays = {str(name): d[name].broadcast_like(d["u"]).transpose("t", "x").to_numpy() for name in d.variables}
    assert len(theta.names) > 60
    for index, name in enumerate(theta.names):
        expected = np.ones((5, 7)) if name == "1" else evaluate_term(name, arrays, fields=["u", "v"])
        np.testing.assert_allclose(theta.values[:, index], expected.reshape(-1), rtol=1e-12, err_msg=name)


def test_samples_run_along_the_last_axis_first_whatever_the_order_in_the_file():
    d = noise_fields(CandidateLibrary(derivatives=1), ["u"], ["t", "x", "y"], (2, 3, 4))
    turned = d.transpose("y", "t", "x")
    straight, other = CandidateLibrary(derivatives=1).evaluate(d), CandidateLibrary(derivatives=1).evaluate(turned)
    np.testing.assert_array_equal(straight.values, other.values)
    assert other.dims == ("t", "x", "y")
    xr.testing.assert_equal(
        other.to_xarray().sel(term="u").drop_vars("term"), d["u"].drop_vars(["t", "x", "y"]).rename("theta")
    )


def test_an_exact_solution_is_in_the_span_of_the_library():
    # Two fronts of Burgers' equation with viscosity 1/2 that meet, by the Cole-Hopf transform.
    t, x = np.linspace(0.0, 1.0, 81), np.linspace(-3.0, 3.0, 241)
    waves = [np.exp(-k * x[None, :] + 0.5 * k**2 * t[:, None]) for k in (1.0, -2.0)]
    u = (waves[0] - 2.0 * waves[1]) / (1.0 + waves[0] + waves[1])
    ds = xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": x})
    library = CandidateLibrary(polynomial=1, derivatives=2)
    d = differentiate(ds, ["u_t", *library.derivative_names(["u"], ["t", "x"])], method="finite-difference")
    inner = d.isel(t=slice(5, -5), x=slice(5, -5))
    theta = library.evaluate(inner)
    fitted = np.linalg.lstsq(theta.values, inner["u_t"].to_numpy().reshape(-1), rcond=None)[0]
    assert Equation.from_terms("u_t", dict(zip(theta.names, fitted, strict=True))).terms == pytest.approx(
        {"1": 0, "u": 0, "u_x": 0, "u_xx": 0.5, "u*u_x": -1.0, "u*u_xx": 0}, abs=1e-3
    )


def test_missing_samples_spoil_their_own_terms_only():
    library = CandidateLibrary(polynomial=1, derivatives=1)
    d = noise_fields(library, ["u"], ["t", "x"], (3, 4))
    d["u_x"][1, 2] = np.nan
    theta = library.evaluate(d, sd=True)
    assert theta.finite.sum() == 11
    assert not theta.finite[1 * 4 + 2]
    assert np.isfinite(theta.column("u")).all()
    assert np.isfinite(theta.column_sd).all()
    np.testing.assert_allclose(theta.column_sd, np.sqrt(np.mean(theta.sd[theta.finite] ** 2, axis=0)), rtol=1e-12)


def test_a_term_without_a_value_is_not_finite():
    d = xr.Dataset({"u": ("t", [-1.0, 0.0, 1.0])}, {"t": [0.0, 1.0, 2.0]})
    theta = CandidateLibrary(polynomial=1, terms=("1/u", "sqrt(u)", "log(u)")).evaluate(d)
    np.testing.assert_array_equal(theta.finite, [False, False, True])
    assert theta.column_sd is None
    assert theta.sd is None


def test_scattered_samples_and_fields_of_time_alone():
    points = xr.Dataset(
        {"u": ("point", [1.0, 2.0, 3.0])}, {"t": ("point", [0.0, 0.5, 1.0]), "x": ("point", [1.0, 2.0, 3.0])}
    )
    theta = CandidateLibrary(polynomial=1, derivatives=0, terms=("x*u",)).evaluate(points)
    np.testing.assert_allclose(theta.column("u*x"), [1.0, 4.0, 9.0])
    d = noise_fields(CandidateLibrary(derivatives=1), ["u"], ["t", "x"], (3, 4))
    d["f"] = ("t", [1.0, 2.0, 3.0])
    theta = CandidateLibrary(polynomial=1, derivatives=1, forcing=("f",)).evaluate(d)
    np.testing.assert_allclose(theta.column("f*u_x"), (d["f"] * d["u_x"]).transpose("t", "x").to_numpy().reshape(-1))


def test_what_is_missing_is_named_with_its_cure():
    ds = xr.Dataset({"u": (("t", "x"), np.ones((3, 4)))}, {"t": np.arange(3.0), "x": np.arange(4.0)})
    with pytest.raises(LibraryError, match=r"needs 'u_x', 'u_xx'.*differentiate\(ds, \['u_x', 'u_xx'\]\)"):
        CandidateLibrary(derivatives=2).evaluate(ds)
    with pytest.raises(LibraryError, match="contains 'k', which is neither a field nor a coordinate"):
        CandidateLibrary(derivatives=0, terms=("k*u",)).evaluate(ds)
    theta = CandidateLibrary(derivatives=0).evaluate(ds)
    with pytest.raises(LibraryError, match="no term 'v'"):
        theta.column("v")
    with pytest.raises(LibraryError, match="'w_t' is no derivative of a field"):
        theta.coefficient_units("w_t")
    with pytest.raises(LibraryError, match="no field 'w'; its variables are u"):
        CandidateLibrary(derivatives=0).evaluate(ds, fields=["w"])
    with pytest.raises(LibraryError, match="no field; its variables are none"):
        CandidateLibrary().evaluate(ds.drop_vars("u"))
    huge = xr.Dataset({"u": ("t", np.broadcast_to(np.float64(1.0), 10**9))})
    with pytest.raises(LibraryError, match=r"3 terms at 1000000000 samples take 24 GB"):
        CandidateLibrary().evaluate(huge)


def test_the_sd_is_the_scatter_of_the_terms_under_noise():
    functions = {"drag": lambda u, v: u * np.abs(v), "cube": lambda w: w**3}
    library = RICH.model_copy(update={"functions": functions, "varying": {"x": Chebyshev(degree=2, terms=("u_x",))}})
    d = noise_fields(library, ["u", "v"], ["t", "x"], (2, 3))
    theta = library.evaluate(d, sd=True)
    assert {"drag(u, v)", "cube(u)", "cube(v)"} <= set(theta.names)
    rng = np.random.default_rng(1)
    draws = 4000
    uncertain = [name.removesuffix("_sd") for name in map(str, d.data_vars) if name.endswith("_sd")]
    noisy = d.drop_vars([f"{name}_sd" for name in uncertain]).expand_dims(trajectory=draws).copy()
    for name in uncertain:
        sd = d[f"{name}_sd"].to_numpy()
        noisy[name] = (("trajectory", "t", "x"), d[name].to_numpy() + sd * rng.standard_normal((draws, 2, 3)))
    scatter = library.evaluate(noisy).values.reshape(draws, 6, -1).std(axis=0)
    certain = theta.names.index("1")
    assert np.all(theta.sd[:, certain] == 0)
    others = [index for index in range(len(theta.names)) if index != certain]
    # 4000 draws know a standard deviation to 1.1 %.
    np.testing.assert_allclose(theta.sd[:, others], scatter[:, others], rtol=0.06)


def test_one_variable_in_several_places_counts_once():
    d = xr.Dataset({"u": ("t", [2.0, 3.0]), "u_sd": ("t", [0.1, 0.2])}, {"t": [0.0, 1.0]})
    theta = CandidateLibrary(polynomial=1, terms=("u*exp(-u)", "u - u**2"), only=("u*exp(-u)", "u - u**2")).evaluate(
        d, sd=True
    )
    slopes = np.array([[np.exp(-2) * -1, -3.0], [np.exp(-3) * -2, -5.0]])
    np.testing.assert_allclose(theta.sd, np.abs(slopes) * [[0.1], [0.2]], rtol=1e-12)


def test_dask_arrays_stay_lazy_and_give_the_same_numbers():
    library = RICH.model_copy(update={"varying": {"x": BSpline(pieces=2, degree=1, terms=("u_x",))}})
    d = noise_fields(library, ["u", "v"], ["t", "x"], (40, 30))
    eager = library.evaluate(d, sd=True)

    def refuse(*args, **kwargs):
        raise AssertionError("something was computed")

    with dask.config.set(scheduler=refuse):
        lazy = library.evaluate(d.chunk({"t": 7, "x": 11}), sd=True)
        assert lazy.is_lazy
        assert lazy.names == eager.names
        _ = lazy.to_xarray(), lazy.finite, lazy.column("u"), lazy.units, lazy.latex
    computed = lazy.compute()
    np.testing.assert_array_equal(computed.values, eager.values)
    np.testing.assert_allclose(computed.sd, eager.sd, rtol=1e-12)
    np.testing.assert_allclose(computed.column_sd, eager.column_sd, rtol=1e-12)
    np.testing.assert_array_equal(lazy.finite.compute(), eager.finite)


def test_dask_chunks_of_theta_stay_small():
    import dask.array as da

    field = da.ones((3000, 1000), chunks=(3000, 50))
    ds = xr.Dataset({"u": (("t", "x"), field)}, {"t": np.arange(3000.0), "x": np.arange(1000.0)})
    theta = CandidateLibrary(polynomial=3, derivatives=0, terms=("x*u",)).evaluate(ds)
    assert theta.values.shape == (3_000_000, 5)
    assert max(8 * 5 * rows for rows in theta.values.chunks[0]) <= 64 * 2**20
    assert theta.values.npartitions > 1
    assert float(theta.values[-1, -1].compute()) == 999.0


def test_a_users_function_must_work_element_by_element():
    d = xr.Dataset({"u": ("t", [1.0, 2.0])}, {"t": [0.0, 1.0]})
    with pytest.raises(LibraryError, match=r"total\(u\) returned shape \(\)"):
        CandidateLibrary(functions={"total": np.sum}).evaluate(d)
    with pytest.raises(LibraryError, match="name its parameters after fields or derivatives"):
        CandidateLibrary(functions={"mix": lambda a, b: a * b}).evaluate(d)


def test_a_field_may_look_like_a_derivative():
    d = xr.Dataset({"u": ("t", [1.0, 2.0]), "u_x": ("t", [3.0, 4.0])}, {"t": [0.0, 1.0]})
    theta = CandidateLibrary(polynomial=2).evaluate(d, fields=["u", "u_x"])
    np.testing.assert_allclose(theta.column("u*u_x"), [3.0, 8.0])


def test_the_same_columns_as_pysindy():
    import pysindy

    t, x = np.linspace(0.0, 1.0, 30), np.linspace(0.0, 2.0, 40)
    rng = np.random.default_rng(0)
    stacked = np.stack([rng.uniform(0.5, 2, (40, 30)), rng.uniform(0.5, 2, (40, 30))], axis=-1)
    ds = xr.Dataset({"u": (("x", "t"), stacked[..., 0]), "v": (("x", "t"), stacked[..., 1])}, {"t": t, "x": x})
    polynomial = pysindy.PolynomialLibrary(degree=3)
    peer = pysindy.PDELibrary(
        function_library=pysindy.PolynomialLibrary(degree=2, include_bias=False),
        derivative_order=2, spatial_grid=x, include_bias=True, include_interaction=True,
    )  # fmt: skip
    expected = np.asarray(peer.fit_transform(stacked))
    derivative = {f"{f}_{'x' * k}": (("x", "t"), expected[..., 5 + 2 * (k - 1) + i + 1])
                  for k in (1, 2) for i, f in enumerate("uv")}  # fmt: skip
    ours = CandidateLibrary(polynomial=2, derivatives=2).evaluate(ds.assign(derivative))
    flat = np.moveaxis(expected, 1, 0).reshape(-1, expected.shape[-1])
    assert ours.values.shape == flat.shape == (1200, 30)
    np.testing.assert_allclose(_sorted(ours.values), _sorted(flat), rtol=1e-12)
    plain = CandidateLibrary(polynomial=3, derivatives=0).evaluate(ds)
    flat = np.moveaxis(np.asarray(polynomial.fit_transform(stacked)), 1, 0).reshape(1200, -1)
    np.testing.assert_allclose(_sorted(plain.values), _sorted(flat), rtol=1e-12)
    waves = CandidateLibrary(polynomial=1, derivatives=0, fourier=3, exclude=("1", "u", "v")).evaluate(ds)
    flat = np.moveaxis(np.asarray(pysindy.FourierLibrary(n_frequencies=3).fit_transform(stacked)), 1, 0).reshape(
        1200, -1
    )
    np.testing.assert_allclose(_sorted(waves.values), _sorted(flat), rtol=1e-12, atol=1e-14)


def test_parameters_of_runs_multiply_without_a_basis_of_their_own():
    d = xr.Dataset({"u": ("t", [1.0, 2.0])}, {"t": [0.0, 1.0], "gain": 3.0})
    theta = CandidateLibrary(polynomial=1, varying={"gain": Powers(degree=1)}, terms=("gain**2*u",)).evaluate(d)
    np.testing.assert_allclose(theta.column("gain**2*u"), [9.0, 18.0])


def _sorted(columns):
    return columns[:, np.lexsort(columns[:3])]
