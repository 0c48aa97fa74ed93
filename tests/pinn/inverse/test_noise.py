"""Scale and tails of the noise, found from residuals."""

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from physforge.pinn.inverse.noise import Noise, estimate_tails


def draw(kind, count=4000, seed=0):
    generator = np.random.default_rng(seed)
    return generator.standard_normal(count) if kind == "normal" else generator.standard_t(3, count)


def test_normal_errors_are_called_normal_and_measured():
    found = estimate_tails(2.5 * draw("normal"))
    assert found.normal
    assert found.scale == pytest.approx(2.5, rel=0.03)


def test_heavy_tails_are_seen():
    found = estimate_tails(0.1 * draw("t"))
    assert found.degrees in (2.0, 3.0, 4.0)
    assert found.scale == pytest.approx(0.1, rel=0.1)


def test_a_few_gross_errors_hardly_move_the_scale():
    residuals = draw("normal", 1000)
    residuals[:50] = 100.0
    found = estimate_tails(residuals)
    assert not found.normal
    assert 0.7 < found.scale < 1.4
    assert found.weights(residuals)[:50].max() < 1e-3
    assert found.weights(residuals)[50:].mean() > 0.8


def test_degrees_of_freedom_that_are_spent_raise_the_scale():
    residuals = draw("normal", 500)
    assert estimate_tails(residuals, spent=250).scale == pytest.approx(np.sqrt(2) * estimate_tails(residuals).scale)


@pytest.mark.parametrize(("degrees", "density"), [(np.inf, norm), (4.0, student(4))])
def test_the_likelihood_is_that_of_the_distribution(degrees, density):
    residuals = draw("normal", 20)
    exact = density.logpdf(residuals / 0.7).sum() - 20 * np.log(0.7)
    assert Noise(0.7, degrees).log_likelihood(residuals) == pytest.approx(exact, rel=1e-12)


def test_weights_are_the_slope_of_the_likelihood():
    residuals, noise, step = draw("t", 15), Noise(0.8, 3.0), 1e-6
    ends = [noise.log_likelihood(residuals[i : i + 1] + one) for i in range(15) for one in (step, -step)]
    slopes = np.subtract(ends[::2], ends[1::2]) / (2 * step)
    np.testing.assert_allclose(-noise.weights(residuals) * residuals / noise.scale**2, slopes, rtol=1e-6)


def test_the_information_is_the_variance_of_the_score():
    noise, residuals = Noise(1.0, 4.0), student(4).rvs(400_000, random_state=0)
    assert np.var(noise.weights(residuals) * residuals) == pytest.approx(noise.information, rel=0.01)
