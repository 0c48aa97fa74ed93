"""Accounts and their argon2 password hashes, in one small file."""

from __future__ import annotations

import functools
import json
import re
import secrets
import string
from dataclasses import dataclass
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from physforge.errors import SettingsError, WorkbenchError
from physforge.workbench.state import write_private

#: 19 MiB, two passes: OWASP's floor, 44 ms a check instead of 510 ms.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

#: Letters and digits that are not mistaken for one another when read aloud.
_ALPHABET = sorted(set(string.ascii_lowercase + string.digits) - set("il1o0"))


#: A name becomes part of paths and addresses: letters, digits and a few marks only.
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,31}")


@dataclass(frozen=True)
class Accounts:
    """The accounts of a workbench.

    Parameters
    ----------
    path : pathlib.Path
        A JSON file of name -> argon2 hash, 0600; it need not exist yet.
    """

    path: Path

    def names(self) -> list[str]:
        """Return the account names, sorted."""
        return sorted(self._read())

    def set_password(self, name: str, password: str) -> None:
        """Create the account `name`, or give it a new password.

        Parameters
        ----------
        name : str
            Normalised account name.
        password : str
            In clear; only its hash is kept.

        Raises
        ------
        SettingsError
            If the name is not one for an account (see `refuse_odd_name`).
        """
        refuse_odd_name(name)
        write_private(self.path, json.dumps({**self._read(), name: _HASHER.hash(password)}, indent=2))

    def check(self, name: str, password: str) -> bool:
        """Tell whether `password` is that of `name`.

        Parameters
        ----------
        name : str
            Account name; unknown ones cost the same time as known ones.
        password : str
            What was typed.

        Returns
        -------
        bool
            True only for an existing account with this password.
        """
        stored = self._read().get(name)
        decoy = _decoy()
        try:
            # An unknown name is checked against a decoy, so that it takes as long as a known one.
            matches = _HASHER.verify(stored or decoy, password)
        except (VerificationError, InvalidHashError):
            return False
        return matches and stored is not None

    def _read(self) -> dict[str, str]:
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise WorkbenchError(f"{self.path} is damaged: {error}. Restore it, or delete it to start anew.") from error
        if not isinstance(document, dict):
            raise WorkbenchError(f"{self.path} is damaged: it holds no table of accounts.")
        return document


def refuse_odd_name(name: str) -> None:
    """Make sure that `name` can be an account's.

    Parameters
    ----------
    name : str
        Proposed name.

    Raises
    ------
    SettingsError
        If it is not made of small letters, digits, dots, dashes and underscores, or
        does not begin with a letter.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise SettingsError(
            f"{name!r} cannot be an account's name: use up to 32 small letters, digits, dots, dashes and underscores, "
            "beginning with a letter (--user)."
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
def _decoy() -> str:
    # Of the same cost as a real hash; whoever matches it still has no account.
    return _HASHER.hash(generate_password())
