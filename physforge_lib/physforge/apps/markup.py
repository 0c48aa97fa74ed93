"""HTML made of texts: every sign that somebody typed stays a sign."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

#: How tables and lists look; colours are those of the theme.
STYLE = """
:host { width: 100%; }
table { border-collapse: collapse; width: 100%; font: inherit; }
th, td { text-align: left; padding: 10px 12px 10px 0; vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; } tbody tr { border-top: 1px solid color-mix(in srgb, currentColor 16%, transparent); }
a { color: var(--mui-palette-primary-main, #0b5a8f); }
p, ul { margin: 0 0 8px; } li { overflow-wrap: anywhere; }
@media (max-width: 600px) {
  thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  tr { display: block; padding: 8px 0; } td { display: block; padding: 2px 0; }
}
"""


@dataclass(frozen=True)
class Link:
    """A text that leads somewhere.

    Parameters
    ----------
    text : str
        Shown.
    to : str
        Address of a page of ours; `address` makes it.
    """

    text: str
    to: str


def address(page: str, **query: str) -> str:
    """Return the address of a page, from any other.

    Parameters
    ----------
    page : str
        Its slug.
    **query : str
        What the page is told; any text.

    Returns
    -------
    str
        Relative to the apps.
    """
    return quote(page) + (f"?{urlencode(query)}" if query else "")


def text(value: object) -> str:
    """Return a text for HTML.

    Parameters
    ----------
    value : object
        Its string is shown.

    Returns
    -------
    str
        In which no sign means anything.
    """
    return html.escape(str(value))


def cell(value: str | Link) -> str:
    """Return a text, or a link, for HTML.

    Parameters
    ----------
    value : str or Link
        Of a table or list.

    Returns
    -------
    str
        HTML.
    """
    return f'<a href="{text(value.to)}">{text(value.text)}</a>' if isinstance(value, Link) else text(value)


def table(head: Sequence[str], rows: Iterable[Sequence[str | Link]], *, label: str) -> str:
    """Return a table; on a phone each row is a block of its own.

    Parameters
    ----------
    head : sequence of str
        Above the columns.
    rows : iterable of sequence of (str or Link)
        As many cells as there are columns.
    label : str
        What it is, for a screen reader.

    Returns
    -------
    str
        HTML.
    """
    first = "".join(f'<th scope="col">{text(one)}</th>' for one in head)
    rest = "".join(f"<tr>{''.join(f'<td>{cell(one)}</td>' for one in row)}</tr>" for row in rows)
    return f'<table aria-label="{text(label)}"><thead><tr>{first}</tr></thead><tbody>{rest}</tbody></table>'


def listed(sentences: Iterable[str | Link]) -> str:
    """Return sentences as a list.

    Parameters
    ----------
    sentences : iterable of (str or Link)
        None of them: nothing is returned.

    Returns
    -------
    str
        HTML.
    """
    items = "".join(f"<li>{cell(one)}</li>" for one in sentences)
    return f"<ul>{items}</ul>" if items else ""


def ago(moment: datetime | str) -> str:
    """Say how long something is ago.

    Parameters
    ----------
    moment : datetime.datetime or str
        In UTC where it says nothing else; as ISO 8601 has it.

    Returns
    -------
    str
        Such as ``"3 min ago"``.
    """
    when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    seconds = max((datetime.now(UTC) - when).total_seconds(), 0.0)
    for unit, size in (("day", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''} ago"
    return "just now"


def size(count: float) -> str:
    """Say how much a number of bytes is.

    Parameters
    ----------
    count : float
        Bytes.

    Returns
    -------
    str
        Such as ``"3.2 MB"``.
    """
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"
