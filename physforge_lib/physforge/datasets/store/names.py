"""Names of data sets in a store: strict, and one spelling for what looks the same."""

from __future__ import annotations

import re
import unicodedata
import uuid

from physforge.errors import DatasetError

#: Longest name in UTF-8, in bytes.
MAX_BYTES = 255

_VERSIONED = re.compile(r"(?P<name>.+)@(?P<number>[0-9]+)", re.DOTALL)

# Control, formatting (with it the marks that turn the reading direction), surrogates, private use, line ends.
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def normalise_name(name: str) -> str:
    """Return a name in its normal form (NFC).

    Parameters
    ----------
    name : str
        For a data set.

    Returns
    -------
    str
        So that names which look the same are the same.

    Raises
    ------
    DatasetError
        If it is empty or longer than `MAX_BYTES`; holds a slash, a backslash, ``://`` or
        a character that cannot be seen; begins or ends with a blank or is made of
        dots; or would be taken for a version (``run@2``) or an id.

    Examples
    --------
    >>> normalise_name("re\\u0301sonance") == normalise_name("r\\u00e9sonance")
    True
    """
    if not isinstance(name, str):
        raise DatasetError(f"The name of a data set is text, not a {type(name).__name__}.")
    try:
        normal = unicodedata.normalize("NFC", name)
        length = len(normal.encode())
    except UnicodeEncodeError:
        raise DatasetError(f"The name {name!a} is refused: it holds half a character.") from None
    reason = _reason(normal, length)
    if reason:
        raise DatasetError(f"The name {_shown(normal)} is refused: {reason}.")
    return normal


def split_reference(text: str) -> tuple[str, int | None]:
    """Split ``run@2`` into name and version number.

    Parameters
    ----------
    text : str
        A name or id, perhaps with a version.

    Returns
    -------
    name : str
        In its normal form.
    number : int or None
        None where no version is named.

    Examples
    --------
    >>> split_reference("run@2"), split_reference("run")
    (('run', 2), ('run', None))
    """
    normal = unicodedata.normalize("NFC", text)
    found = _VERSIONED.fullmatch(normal)
    return (found["name"], int(found["number"])) if found else (normal, None)


def as_id(text: str) -> uuid.UUID | None:
    """Return the id that a text is.

    Parameters
    ----------
    text : str
        Perhaps an id in the usual layout of 36 characters.

    Returns
    -------
    uuid.UUID or None
        None for anything else.
    """
    if len(text) != 36:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _reason(name: str, length: int) -> str:
    hidden = next((sign for sign in name if unicodedata.category(sign) in _REFUSED), None)
    if hidden is not None:
        return f"it holds the character U+{ord(hidden):04X}, which cannot be seen"
    if not name.strip() or not name.strip("."):
        return "it needs at least one letter or digit"
    if name != name.strip():
        return "it begins or ends with a blank"
    if "/" in name or "\\" in name or "://" in name:
        return "it holds a slash; a name is no path"
    if length > MAX_BYTES:
        return f"it takes {length} bytes, more than {MAX_BYTES}"
    if _VERSIONED.fullmatch(name):
        return "it ends like a version ('@' and a number)"
    return "it is an id" if as_id(name) else ""


def _shown(name: str) -> str:
    return ascii(name if len(name) <= 60 else f"{name[:60]}...")
