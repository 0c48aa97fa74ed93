"""Our default inside PySINDy's models."""

from __future__ import annotations

import numpy as np
import pysindy as ps
import pytest

from physforge.derivatives.pysindy_differentiation import PySINDyDifferentiation
from physforge.errors import DerivativeError
from physforge.problems import get_problem


def lorenz(noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ds = get_problem("lorenz").generate().isel(t=slice(0, 600))
    x = np.stack([ds[name].to_numpy() for name in ds.data_vars], axis=1)
    a, b, c = x.T
    slopes = np.stack([10.0 * (b - a), a * (28.0 - c) - b, a * b - 8.0 / 3.0 * c], axis=1)
    noisy = x + noise * np.std(x, axis=0) * np.random.default_rng(0).standard_normal(x.shape)
    return ds["t"].to_numpy(), noisy, slopes


def test_derivatives_of_noisy_measurements_beat_pysindys():
    t, noisy, slopes = lorenz(0.02)
    ours = PySINDyDifferentiation()
    made = ours(noisy, t)
    theirs = ps.FiniteDifference(axis=-2)(noisy, t)
    assert np.std(made - slopes) < 0.3 * np.std(theirs - slopes)
    assert ours.smoothed_x_.shape == ours.sd_.shape == noisy.shape
    assert 0.85 < np.mean(np.abs(made - slopes) < 1.96 * ours.sd_) < 0.999


def test_it_drops_into_a_model():
    t, noisy, _ = lorenz(0.005)
    model = ps.SINDy(
        differentiation_method=PySINDyDifferentiation(),
        feature_library=ps.PolynomialLibrary(degree=2),
        optimizer=ps.STLSQ(threshold=0.5),
    )
    model.fit([noisy[:300], noisy[300:]], t=[t[:300], t[300:]])
    found = model.coefficients()
    names = model.get_feature_names()
    assert found[0, names.index("x1")] == pytest.approx(10.0, rel=0.1)
    assert found[1, names.index("x0 x2")] == pytest.approx(-1.0, rel=0.1)
    assert found[2, names.index("x2")] == pytest.approx(-8.0 / 3.0, rel=0.1)


def test_a_field_along_another_axis_and_a_higher_order():
    x = np.linspace(0.0, 3.0, 40)
    u = np.sin(x)[:, None, None] * np.array([1.0, 2.0])[None, :, None] * np.ones((1, 1, 3))
    made = PySINDyDifferentiation("finite-difference", d=2, axis=0)(u, x)
    np.testing.assert_allclose(made, -u, atol=1e-3)
    with pytest.raises(DerivativeError, match="There are 40 times for 2 samples along axis 1"):
        PySINDyDifferentiation(axis=1)(u, x)
