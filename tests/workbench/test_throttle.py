import time

import pytest

from physforge.workbench.throttle import Throttle, TooManyAttemptsError


def attempt(throttle: Throttle, name: str, address: str, *, fails: bool = True) -> None:
    with throttle.attempt(name, address) as one:
        one.failed = fails


def test_a_name_is_left_alone_after_its_failures_wherever_they_come_from():
    throttle = Throttle(60, per_name=3, per_address=100)
    for number in range(3):
        attempt(throttle, "ada", f"10.0.0.{number}")
    with pytest.raises(TooManyAttemptsError, match=r"Try again in 1 min") as refused:
        attempt(throttle, "ada", "10.0.0.9", fails=False)
    assert 58 <= refused.value.wait_seconds <= 60
    attempt(throttle, "bob", "10.0.0.9")


def test_an_address_is_left_alone_after_its_failures_whatever_the_names():
    throttle = Throttle(60, per_name=100, per_address=3)
    for number in range(3):
        attempt(throttle, f"n{number}", "10.0.0.1")
    with pytest.raises(TooManyAttemptsError):
        attempt(throttle, "n9", "10.0.0.1", fails=False)
    attempt(throttle, "n9", "10.0.0.2")


def test_one_ipv6_network_is_one_address():
    throttle = Throttle(60, per_name=100, per_address=2)
    attempt(throttle, "a", "2001:db8:1:2::1")
    attempt(throttle, "b", "2001:db8:1:2:ffff::9")
    with pytest.raises(TooManyAttemptsError):
        attempt(throttle, "c", "2001:db8:1:2:3:4:5:6")
    attempt(throttle, "c", "2001:db8:1:3::1")


def test_what_is_no_name_is_counted_for_the_address_alone():
    throttle = Throttle(60, per_name=1, per_address=2)
    for address in ("a", "b", "c", "a"):
        attempt(throttle, "", address)
    with pytest.raises(TooManyAttemptsError):
        attempt(throttle, "", "a")


def test_successes_do_not_count():
    throttle = Throttle(60, per_name=2, per_address=2)
    for _ in range(10):
        attempt(throttle, "ada", "10.0.0.1", fails=False)


def test_an_attempt_that_breaks_off_counts():
    throttle = Throttle(60, per_name=1, per_address=9)
    with pytest.raises(ZeroDivisionError), throttle.attempt("ada", "10.0.0.1"):
        raise ZeroDivisionError
    with pytest.raises(TooManyAttemptsError):
        attempt(throttle, "ada", "10.0.0.1")


def test_many_at_once_are_not_looked_at_together():
    throttle = Throttle(60, per_name=2, per_address=9)
    with throttle.attempt("ada", "a"), throttle.attempt("ada", "b"):
        with pytest.raises(TooManyAttemptsError):
            attempt(throttle, "ada", "c")
        attempt(throttle, "bob", "c")


def test_the_window_moves():
    throttle = Throttle(1, per_name=2, per_address=9)
    attempt(throttle, "ada", "a")
    time.sleep(0.6)
    attempt(throttle, "ada", "a")
    with pytest.raises(TooManyAttemptsError):
        attempt(throttle, "ada", "a")
    # The first failure is forgotten after a second, the second one not yet.
    time.sleep(0.6)
    attempt(throttle, "ada", "a")
    with pytest.raises(TooManyAttemptsError):
        attempt(throttle, "ada", "a")


def test_who_is_turned_away_again_and_again_is_told_of_once():
    throttle = Throttle(60, per_name=1, per_address=9)
    attempt(throttle, "ada", "a")
    told = []
    for _ in range(5):
        with pytest.raises(TooManyAttemptsError) as refused:
            attempt(throttle, "ada", "a")
        told.append(refused.value.first)
    assert told == [True, False, False, False, False]
