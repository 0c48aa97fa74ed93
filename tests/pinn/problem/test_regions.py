"""Where points lie, and that a seed decides."""

import numpy as np
import pytest

from physforge.pinn.regions import OppositeFaces, Slice, unit_points

BOX = np.array([[0.0, 2.0], [-1.0, 1.0], [3.0, 7.0]])


@pytest.mark.parametrize("how", ["sobol", "uniform"])
def test_points_fill_the_box_and_repeat_with_the_seed(how):
    first, second, other = (Slice(BOX).sample(500, np.random.default_rng(seed), how).places[0] for seed in (1, 1, 2))
    assert first.shape == (500, 3)
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert np.all((first >= BOX[:, 0]) & (first <= BOX[:, 1]))
    assert first.mean(axis=0) == pytest.approx(BOX.mean(axis=1), rel=0.2, abs=0.1)


def test_sobol_points_are_more_even_than_random_ones():
    def worst_gap(how):
        points = unit_points(256, 2, np.random.default_rng(0), how)
        counts, _, _ = np.histogram2d(*points.T, bins=8, range=[[0, 1], [0, 1]])
        return np.abs(counts - 4).max()

    assert worst_gap("sobol") == 0
    assert worst_gap("uniform") > 2


def test_opposite_faces_need_as_many_points_as_there_are():
    points = OppositeFaces(BOX, 1).sample(10, np.random.default_rng(0))
    lower, upper = points.places
    assert np.array_equal(np.delete(lower, 1, axis=1), np.delete(upper, 1, axis=1))
    assert len(points) == 10
    assert OppositeFaces(BOX[:1], 0).sample(10, np.random.default_rng(0)).places[0].shape == (1, 1)
