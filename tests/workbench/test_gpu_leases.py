"""A GPU has one holder at most, whoever asks at the same time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from physforge.workbench.gpu_leases import GpuLeases


@pytest.fixture
def leases() -> GpuLeases:
    return GpuLeases(["0", "1", "2"])


def test_a_lease_takes_what_is_free(leases):
    assert leases.lease("ada/", 2) == ["0", "1"]
    assert leases.lease("bea/", 1) == ["2"]
    assert leases.holders == {"0": "ada/", "1": "ada/", "2": "bea/"}


def test_all_or_none(leases):
    leases.lease("ada/", 2)
    assert leases.lease("bea/", 2) is None
    assert "bea/" not in leases.holders.values()


def test_no_gpu_is_always_to_be_had(leases):
    leases.lease("ada/", 3)
    assert leases.lease("bea/", 0) == []


def test_what_is_given_back_is_free_again(leases):
    leases.lease("ada/", 3)
    leases.release("ada/")
    leases.release("ada/")
    assert leases.lease("bea/", 3) == ["0", "1", "2"]


def test_a_holder_that_starts_again_swaps_its_lease(leases):
    leases.lease("ada/", 3)
    assert leases.lease("ada/", 1) == ["0"]
    assert leases.holders == {"0": "ada/"}


def test_a_refused_swap_keeps_the_old_lease(leases):
    leases.lease("ada/", 1)
    leases.lease("bea/", 1)
    assert leases.lease("ada/", 3) is None
    assert leases.holders == {"0": "ada/", "1": "bea/"}


def test_leases_are_restored_before_anybody_else_is_served(leases):
    assert leases.restore("ada/", ["1"]) == []
    assert leases.lease("bea/", 3) is None
    assert leases.lease("bea/", 2) == ["0", "2"]


def test_a_gpu_that_the_machine_lost_is_not_given_out_again(leases):
    leases.restore("ada/", ["7"])
    leases.release("ada/")
    assert leases.lease("bea/", 3) == ["0", "1", "2"]


def test_two_that_claim_the_same_gpu_are_found_out(leases):
    leases.restore("ada/", ["1"])
    assert leases.restore("bea/", ["1", "2"]) == ["1"]
    assert leases.holders == {"1": "ada/", "2": "bea/"}


@pytest.mark.parametrize("round_", range(20))
def test_many_at_once_never_share(round_):
    leases = GpuLeases(str(number) for number in range(8))
    people = 16
    barrier = Barrier(people)

    def take(number: int) -> list[str] | None:
        barrier.wait()
        taken = leases.lease(f"user-{number}/", 1 + (number + round_) % 3)
        if number % 4 == 0:
            leases.release(f"user-{number}/")
            return []
        return taken

    with ThreadPoolExecutor(people) as pool:
        results = [taken for taken in pool.map(take, range(people)) if taken]
    given = [gpu for taken in results for gpu in taken]
    held = leases.holders
    assert sorted(gpu for gpu in given if gpu in held) == sorted(held)
    for number, holder in enumerate(set(held.values())):
        assert number < 8
        assert len([gpu for gpu, one in held.items() if one == holder]) in (1, 2, 3)
