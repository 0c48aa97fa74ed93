"""Texts and values of others as parts of a notebook: data wherever they stand, and never code or markup."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

#: Longest line of a notebook's code.
_WIDTH = 100


def literal(value: Any, indent: int = 0) -> str:
    """Write a value as Python source that means it.

    Parameters
    ----------
    value : object
        None, a truth value, a number, a text, or a sequence or mapping (with texts as keys) of these.
    indent : int, default 0
        Columns by which the line that it stands in is indented.

    Returns
    -------
    str
        One line where that is short, else one for each item.

    Raises
    ------
    TypeError
        If it holds anything else.

    Examples
    --------
    >>> literal({"a": (1, 2.5), "b": float("inf"), "c": None})
    "{'a': [1, 2.5], 'b': float('inf'), 'c': None}"
    >>> literal('"); import os #')
    '\\'"); import os #\\''
    """
    short = _one_line(value)
    if len(short) + indent <= _WIDTH or not isinstance(value, Mapping | list | tuple) or not value:
        return short
    inner = " " * (indent + 4)
    if isinstance(value, Mapping):
        items = [f"{_one_line(str(key))}: {literal(one, indent + 4)}" for key, one in value.items()]
        opened, closed = "{", "}"
    else:
        items, opened, closed = [literal(one, indent + 4) for one in value], "[", "]"
    body = "".join(f"{inner}{one},\n" for one in items)
    return f"{opened}\n{body}{' ' * indent}{closed}"


def _one_line(value: Any) -> str:
    # repr() of numpy's numbers and of subclasses of str is not that of what they hold.
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, str):
        return _text(str(value))
    if isinstance(value, int):
        return repr(int(value))
    if isinstance(value, float):
        number = float(value)
        return repr(number) if math.isfinite(number) else f"float('{number}')"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_one_line(str(key))}: {_one_line(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_one_line, value)) + "]"
    raise TypeError(f"{type(value).__name__} has no literal")


def _text(text: str) -> str:
    return repr(writable(text))


def writable(text: str) -> str:
    """Return a text that a file can keep.

    Parameters
    ----------
    text : str
        Perhaps with lone surrogates, as the name of a file has them whose bytes are no UTF-8.

    Returns
    -------
    str
        With such signs written out.

    Examples
    --------
    >>> writable("caf\\udce9")
    'caf\\\\udce9'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def markdown_text(text: str) -> str:
    """Write a text as Markdown that shows it, on one line.

    Parameters
    ----------
    text : str
        Any: tags, formulas, links and commands in it are shown and do nothing.

    Returns
    -------
    str
        Every sign but letters, digits, spaces and commas as a character reference.

    Examples
    --------
    >>> markdown_text("<b>a $x$")
    '&#60;b&#62;a &#36;x&#36;'
    """
    line = " ".join(writable(text).split())
    return "".join(one if one.isalnum() or one in " ," else f"&#{ord(one)};" for one in line)
