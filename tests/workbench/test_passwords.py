import statistics
import time

import pytest

from physforge.errors import AccountError
from physforge.workbench.passwords import LONGEST, hash_password, matches, refuse_weak

GOOD = "nine purple otters dance"


@pytest.mark.parametrize("password", [GOOD, "k7mf-x2pq-9tbw-hd4c", "Δίας ζει στο ψηλό βουνό", GOOD * 10])
def test_long_and_unusual_passwords_are_taken(password):
    refuse_weak(password, "ada")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "at least 12"),
        ("v7#Kq!z9@Lp", "at least 12"),
        ("\u1e9b\u0323" * 6, "at least 12"),  # six letters, each written as two characters
        ("x" * (LONGEST + 1), "at most 256"),
        ("nine purple\0otters", "control characters"),
        ("password1234", "too easy"),
        ("P4ssw0rd!P4ssw0rd!", "too easy"),
        ("qwertyuiop12", "too easy"),
        ("123456789012", "too easy"),
        ("aaaaaaaaaaaaaaaaaaaa", "too easy"),
        ("iloveyouiloveyou", "too easy"),
        ("adalovelaceadalovelace", "too easy"),
        ("physforge2026", "too easy"),
    ],
)
def test_short_common_and_patterned_passwords_are_refused(password, words):
    with pytest.raises(AccountError, match=words) as refused:
        refuse_weak(password, "adalovelace")
    assert password == "" or password not in str(refused.value)


def test_a_password_may_be_typed_composed_or_not():
    assert matches(hash_password("caf\u00e9 on the corner"), "cafe\u0301 on the corner")


def test_what_is_longer_than_any_password_is_never_right():
    stored = hash_password("x" * LONGEST)
    assert matches(stored, "x" * LONGEST)
    assert not matches(stored, "x" * (LONGEST + 1))


def test_no_hash_takes_as_long_as_a_hash_and_a_megabyte_no_longer():
    stored = hash_password(GOOD)

    def seconds(hashed: str | None, password: str) -> float:
        start = time.process_time()
        matches(hashed, password)
        return time.process_time() - start

    seconds(None, "wrong")
    usual = statistics.median(seconds(stored, "wrong") for _ in range(5))
    for hashed, password in ((None, "wrong"), (stored, "x" * 1_000_000)):
        took = statistics.median(seconds(hashed, password) for _ in range(5))
        assert usual / 2 < took < usual * 2
