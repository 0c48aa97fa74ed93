"""Keep what goes into the log small and on one line, whatever it was given.

An act is never lost because a field of it is too long: the field is cut and says so.
"""

from __future__ import annotations

import itertools
import json
import math
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from physforge.errors import AuditError

#: Most bytes of one text among details and personal fields, as JSON.
TEXT_BYTES = 256

#: Most entries of one list or mapping, and how deep they may lie in each other.
ITEMS, DEPTH = 32, 3

#: Characters that end a line, reverse it, or are invisible; and what is no character at all.
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})

_INTEGER_BITS = 64


def one_line(text: str, limit: int) -> str:
    r"""Escape what could forge a line, and cut what is too long.

    Parameters
    ----------
    text : str
        Of any length and content.
    limit : int
        Most bytes of the answer in UTF-8, at least 32.

    Returns
    -------
    str
        Control characters, line separators, direction marks, surrogates and the
        backslash are escapes (``\n``, ``\u202e``); a cut text ends with its length.

    Examples
    --------
    >>> one_line("a\nb", 32)
    'a\\nb'
    >>> one_line("x" * 10_000_000, 32)
    'xxxxxxxxxx...[cut from 10000000]'
    """
    if len(text) <= limit and text.isascii() and text.isprintable() and "\\" not in text:
        return text
    return _cut(text, limit, lambda one: len(_visible(one).encode()), _visible)


def short_text(text: str, limit: int = TEXT_BYTES) -> str:
    """Cut a text that will be a string in JSON.

    Parameters
    ----------
    text : str
        Of any length and content; surrogates become escapes.
    limit : int, default 256
        Most bytes as JSON in ASCII, without the quotes; at least 32.

    Returns
    -------
    str
        A cut text ends with its length.
    """
    if len(text) <= limit and text.isascii() and text.isprintable() and "\\" not in text and '"' not in text:
        return text
    return _cut(text, limit, lambda one: len(json.dumps(_whole(one))) - 2, _whole)


def printable(text: str) -> str:
    r"""Escape what would not be seen as it is, in a text that need not come from the log.

    Parameters
    ----------
    text : str
        Of any content.

    Returns
    -------
    str
        With escapes for control characters and the like.

    Examples
    --------
    >>> printable("a\x1b[2J")
    'a\\x1b[2J'
    """
    return "".join(one if one.isprintable() else _escape(one) for one in text)


def bounded_json(fields: Mapping[str, Any], limit: int) -> str:
    """Write fields as JSON that is no longer than `limit`.

    Parameters
    ----------
    fields : mapping of str to anything plain
        Texts, numbers, booleans, None, ids, dates, and lists and mappings of them.
    limit : int
        Most bytes of the answer.

    Returns
    -------
    str
        On one line, in ASCII. Texts are cut at `TEXT_BYTES`, containers at `ITEMS`
        entries and `DEPTH` levels; fields that do not fit any more are left out, and
        ``"..."`` says how many.

    Raises
    ------
    AuditError
        For a value of another kind.

    Examples
    --------
    >>> bounded_json({"size": 12, "name": "a" * 30}, 40)
    '{"size": 12, "...": "1 left out"}'
    """
    room = limit - len('{, "...": "9999999999 left out"}') + 10
    parts: list[str] = []
    left_out = max(len(fields) - ITEMS, 0)
    for key, value in itertools.islice(fields.items(), ITEMS):
        part = json.dumps({_key(key): _plain(value, 1)}, allow_nan=False)[1:-1]
        if len(part) + 2 > room:
            left_out += 1
            continue
        room -= len(part) + 2
        parts.append(part)
    if left_out:
        parts.append(f'"...": "{left_out} left out"')
    return "{" + ", ".join(parts) + "}"


def _cut(text: str, limit: int, cost: Any, shape: Any) -> str:
    mark = f"...[cut from {len(text)}]"
    room, kept, whole = limit - len(mark), 0, 0
    # One look at no more characters than could fit: a name of 10 MB costs as little as a short one.
    for one in itertools.islice(text, limit + 1):
        whole += cost(one)
        if whole > limit:
            break
        kept += whole <= room
    else:
        return "".join(map(shape, text))
    return "".join(map(shape, text[:kept])) + mark


def _visible(one: str) -> str:
    return _escape(one) if one == "\\" or unicodedata.category(one) in _UNSEEN else one


def _escape(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")


def _whole(one: str) -> str:
    return one.encode("utf-8", "backslashreplace").decode("utf-8")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise AuditError(f"The field {key!r:.50} of an event has no text as its name.")
    return short_text(key, 64)


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return short_text(value)
    if isinstance(value, int):
        bits = value.bit_length()
        return value if bits <= _INTEGER_BITS else f"an integer of {bits} bits"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (uuid.UUID, date)):
        return str(value)
    if isinstance(value, (Mapping, Sequence)) and not isinstance(value, (bytes, bytearray)):
        return _container(value, depth)
    raise AuditError(
        f"An event takes texts, numbers, ids, dates, lists and mappings, and not a {type(value).__name__}; "
        "give its str() if that is meant."
    )


def _container(value: Mapping[Any, Any] | Sequence[Any], depth: int) -> Any:
    if depth > DEPTH:
        return f"...[{len(value)} left out]"
    more = len(value) - ITEMS
    if isinstance(value, Mapping):
        kept = {_key(key): _plain(one, depth + 1) for key, one in itertools.islice(value.items(), ITEMS)}
        return kept | {"...": f"{more} left out"} if more > 0 else kept
    several = [_plain(one, depth + 1) for one in itertools.islice(value, ITEMS)]
    return [*several, f"...[{more} left out]"] if more > 0 else several
