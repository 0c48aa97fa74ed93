"""Passwords: how they are hashed, which are refused, and how one is made up."""

from __future__ import annotations

import functools
import secrets
import string
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from physforge.errors import AccountError

#: 19 MiB, two passes: OWASP's floor, 44 ms a check instead of 510 ms.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

SHORTEST = 12
#: Longer ones only cost time; 256 characters hold any passphrase.
LONGEST = 256

#: zxcvbn counts guesses; below this many (score 3 of 4) a password falls to patience, not to luck.
_NEEDED_SCORE = 3
#: As far as zxcvbn looks; what follows can only make a password better.
_ESTIMATED_LENGTH = 72

#: Letters and digits that are not mistaken for one another when read aloud.
_ALPHABET = sorted(set(string.ascii_lowercase + string.digits) - set("il1o0"))


def hash_password(password: str) -> str:
    """Return what is stored of a password.

    Parameters
    ----------
    password : str
        In clear.

    Returns
    -------
    str
        An argon2id hash with its own salt.
    """
    return _HASHER.hash(_canonical(password))


def matches(stored: str | None, password: str) -> bool:
    """Tell whether `password` is the one that was hashed.

    Parameters
    ----------
    stored : str or None
        From `hash_password`; None (nobody has this name, or no password yet) takes as
        long and is never matched.
    password : str
        What was typed. More than 256 characters are never right, and cost the same.

    Returns
    -------
    bool
        Whether it matches.
    """
    usable = stored is not None and len(password) <= LONGEST
    try:
        found = _HASHER.verify(stored if usable and stored else decoy(), _canonical(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return found and usable


def refuse_weak(password: str, *about: str) -> None:
    """Make sure that a password is long and not a common one.

    Parameters
    ----------
    password : str
        Proposed password.
    *about : str
        Words that it must not be made of, such as the account's name.

    Raises
    ------
    AccountError
        If it has fewer than 12 or more than 256 characters, holds control characters,
        or is easily guessed.

    Notes
    -----
    zxcvbn looks for the words of its lists, for keyboard runs, repetitions, dates and
    their disguises. Its list of 30,000 common passwords was counted in a collection of
    ten million that Mark Burnett put into the public domain.
    """
    text = _canonical(password)
    if len(text) < SHORTEST:
        raise AccountError(f"The password is too short: it needs at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise AccountError(f"The password is too long: at most {LONGEST} characters are kept.")
    if any(unicodedata.category(sign) == "Cc" for sign in text):
        raise AccountError("The password holds control characters; use letters, digits, signs and spaces.")
    if _score(text, about) < _NEEDED_SCORE:
        raise AccountError(
            "The password is too easy to guess: it is a common one, or made of one, of your name, or of a pattern. "
            "Four or more unrelated words are easy to remember and hard to guess."
        )


def generate_password() -> str:
    """Make a password of 16 letters and digits in groups of four.

    Returns
    -------
    str
        79 bits of randomness, for example ``"k7mf-x2pq-9tbw-hd4c"``.
    """
    letters = [secrets.choice(_ALPHABET) for _ in range(16)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 16, 4))


@functools.cache
def decoy() -> str:
    """Return a hash that costs what a real one does; whoever matches it still has no account.

    Returns
    -------
    str
        The same in one process.
    """
    return _HASHER.hash(generate_password())


def _canonical(password: str) -> str:
    # The same text may reach us composed or not, by the keyboard's whim.
    return unicodedata.normalize("NFKC", password)


def _score(text: str, about: tuple[str, ...]) -> int:
    from zxcvbn import zxcvbn

    return int(zxcvbn(text[:_ESTIMATED_LENGTH], user_inputs=["physforge", *about])["score"])
