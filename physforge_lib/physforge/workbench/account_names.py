"""What an account may be called: one spelling for a name, however it is typed."""

from __future__ import annotations

import re
import unicodedata

from physforge.errors import SettingsError

#: A name becomes part of paths and addresses: letters, digits and a few marks only.
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,31}")

#: As JupyterHub wants it: for `Authenticator.username_pattern`.
NAME_PATTERN = r"^[a-z](?!.*\.\.)[a-z0-9._-]{0,31}$"

#: What is typed and longer than this is no name; it is not even normalised.
_LONGEST_TYPED = 256


def normalise_name(typed: str) -> str:
    """Return the one spelling under which a name is stored and compared.

    Parameters
    ----------
    typed : str
        As a person typed it.

    Returns
    -------
    str
        In small letters and ordinary width, without space around it. Text of more
        than 256 characters comes back as it is: it is no name anyway.

    Examples
    --------
    >>> normalise_name(" ＡｄＡ ")
    'ada'
    """
    if len(typed) > _LONGEST_TYPED:
        return typed
    # Twice: a character may become a capital, or composed, only by the other step.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", typed).lower()).strip()


def is_name(name: str) -> bool:
    """Tell whether `name` can be an account's.

    Parameters
    ----------
    name : str
        As `normalise_name` gives it.

    Returns
    -------
    bool
        True for up to 32 small letters, digits, dots, dashes and underscores that
        begin with a letter and hold no two dots in a row.
    """
    return _NAME.fullmatch(name) is not None and ".." not in name


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
    if not is_name(name):
        raise SettingsError(
            f"{_shortened(name)!r} cannot be an account's name: use up to 32 small letters, digits, dots, dashes and "
            "underscores, beginning with a letter (--user)."
        )


def _shortened(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:40]}…"
