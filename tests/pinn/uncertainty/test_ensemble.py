"""What several networks say of each other's error."""

import threading

import numpy as np
import pytest

from physforge import pinn
from physforge.errors import PinnError
from physforge.pinn.uncertainty.members import member_seed

X = np.linspace(0.0, 1.0, 101)
EXACT = np.sin(np.pi * X) + 0.3 * np.sin(3 * np.pi * X)


def poisson():
    return pinn.Problem(
        "u_xx = -pi**2*sin(pi*x) - 2.7*pi**2*sin(3*pi*x)",
        domain={"x": (0.0, 1.0)},
        conditions=[pinn.Dirichlet(x=0.0, value=0.0), pinn.Dirichlet(x=1.0, value=0.0)],
    )


def train(**options):
    settings = {"network": pinn.MLP(width=8, depth=1), "method": (pinn.LevenbergMarquardt(),), "tier": "eager"}
    return pinn.solve(poisson(), **{**settings, "steps": 40, "progress": False, **options})


def test_the_error_is_within_what_the_networks_differ_by():
    found = train(ensemble=4)
    there = found.predict({"x": X}, sd=True)
    error = np.abs(there["u"] - EXACT)
    assert 1e-7 < error.max() < 1e-2
    assert np.mean(error <= 1.645 * there["u_sd"]) > 0.8
    assert there["u_sd"].max() < 100 * error.max()


def test_the_best_is_returned_and_knows_the_others(tmp_path):
    found = train(ensemble=3, steps=10)
    every = [train(seed=member_seed(0, member), steps=10) for member in range(3)]
    best = min(every, key=lambda one: one.held_out)
    assert bool((found.theta == best.theta).all())
    others = [one.predict({"x": X})["u"] for one in every if one is not best]
    apart = np.sqrt(np.mean([(one - best.predict({"x": X})["u"]) ** 2 for one in others], axis=0))
    sd = found.predict({"x": X}, sd=True)["u_sd"]
    np.testing.assert_allclose(sd, apart, rtol=1e-9, atol=1e-15)
    found.save(tmp_path / "kept")
    read = pinn.load(tmp_path / "kept", problem=poisson())
    np.testing.assert_array_equal(read.predict({"x": X}, sd=True)["u_sd"], sd)


def test_results_of_several_seeds_are_combined(tmp_path):
    every = [train(seed=member_seed(0, member), steps=10) for member in range(3)]
    # As jobs give them: kept and read again.
    read = [pinn.load(one.save(tmp_path / str(member))) for member, one in enumerate(every)]
    found, whole = pinn.combine(read), train(ensemble=3, steps=10)
    assert found.theta.equal(whole.theta)
    np.testing.assert_array_equal(found.predict({"x": X}, sd=True)["u_sd"], whole.predict({"x": X}, sd=True)["u_sd"])
    other = train(network=pinn.MLP(width=7, depth=1), steps=2)
    with pytest.raises(PinnError, match="different problems or networks"):
        pinn.combine([every[0], other])
    with pytest.raises(PinnError, match="no result"):
        pinn.combine([])


def test_seeds_of_members_differ_and_the_first_is_the_one_given():
    seeds = [member_seed(7, member) for member in range(20)]
    assert seeds[0] == 7
    assert len(set(seeds) | {member_seed(8, member) for member in range(20)}) == 40


def test_cancelling_one_ends_all():
    stop = threading.Event()
    stop.set()
    assert train(ensemble=5, cancel=stop).status == "cancelled"


def test_one_network_alone_does_not_tell_its_error():
    with pytest.raises(PinnError, match="ensemble=5"):
        train(steps=2).predict({"x": X}, sd=True)
    with pytest.raises(PinnError, match="from 2 to 100"):
        train(ensemble=0)
