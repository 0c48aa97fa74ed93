"""Names of data sets in a store: strict, and one spelling for what looks the same."""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
import uuid
from collections.abc import Sequence
from pathlib import PurePath

from physforge.errors import DatasetError, UnknownDatasetError

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


def name_for(data: object, name: str | None) -> str:
    """Return the name that data are to have.

    Parameters
    ----------
    data : str, path-like or xarray.Dataset
        What is added.
    name : str or None
        As given; else the file's without its extension, or the dataset's title.

    Returns
    -------
    str
        In its normal form.

    Raises
    ------
    DatasetError
        If it is refused, or there is none.
    """
    if name is None and isinstance(data, str | os.PathLike):
        return normalise_name(PurePath(data).stem)
    if name is None:
        name = str(getattr(data, "attrs", {}).get("title", ""))
        if not name:
            raise DatasetError("The dataset has no title; say under which name it is to be kept, name='...'.")
    return normalise_name(name)


def unknown_name(name: str, known: Sequence[str], where: str) -> UnknownDatasetError:
    """Return the error for a name that nothing has.

    Parameters
    ----------
    name : str
        As it was asked for.
    known : sequence of str
        The names that there are.
    where : str
        ``"store"`` or ``"trash"``.

    Returns
    -------
    UnknownDatasetError
        With the nearest names.
    """
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f"the nearest are {', '.join(near)}" if near else f"it has {', '.join(known[:10]) or 'none'}"
    return UnknownDatasetError(f"The {where} has no data set {name!r}; {hint}.")


def name_in_trash(name: str) -> UnknownDatasetError:
    """Return the error for a data set that is in the trash.

    Parameters
    ----------
    name : str
        Of it.

    Returns
    -------
    UnknownDatasetError
        Saying what to do.
    """
    return UnknownDatasetError(f"The data set {name!r} is in the trash; restore it first.")


def unknown_version(name: str, number: int | None, count: int | None) -> UnknownDatasetError:
    """Return the error for a version that a data set does not have.

    Parameters
    ----------
    name : str
        Of the data set.
    number : int or None
        As it was asked for.
    count : int or None
        How many it has.

    Returns
    -------
    UnknownDatasetError
        Saying which there are.
    """
    return UnknownDatasetError(f"The data set {name!r} has no version {number}; it has 1 to {count}.")


def two_numbers(reference: str, named: int, number: int) -> DatasetError:
    """Return the error for a reference that names one version, and an option that names another.

    Parameters
    ----------
    reference : str
        As given.
    named, number : int
        The version in it, and in the option.

    Returns
    -------
    DatasetError
        Naming both.
    """
    return DatasetError(f"{reference!r} names version {named}, and version={number} another one; give one of them.")


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
