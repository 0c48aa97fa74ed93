"""What a report says, before it is a page or a print."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

    from physforge.equations import Equation


@dataclass(frozen=True)
class Heading:
    """A heading inside a section.

    Parameters
    ----------
    text : str
        One line.
    """

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Sentences.

    Parameters
    ----------
    text : str
        Plain.
    """

    text: str


@dataclass(frozen=True)
class Items:
    """A list.

    Parameters
    ----------
    texts : sequence of str
        Plain, one an item.
    """

    texts: Sequence[str]


@dataclass(frozen=True)
class Formula:
    """An equation, drawn, and as text to copy.

    Parameters
    ----------
    equation : Equation
        Any.
    """

    equation: Equation


@dataclass(frozen=True, eq=False)
class Table:
    """Rows and columns.

    Parameters
    ----------
    frame : pandas.DataFrame
        Its index is left out; numbers are written with five digits.
    """

    frame: pd.DataFrame


@dataclass(frozen=True)
class Words:
    """Text whose lines and columns stay as they are.

    Parameters
    ----------
    text : str
        Plain.
    """

    text: str


@dataclass(frozen=True)
class Picture:
    """A drawing.

    Parameters
    ----------
    svg : str
        One element, without a script.
    caption : str
        Says what is to be seen, also to who cannot see it.
    """

    svg: str
    caption: str


@dataclass(frozen=True, eq=False)
class Facts:
    """Names and what they stand for.

    Parameters
    ----------
    title : str
        What they are about.
    values : mapping
        Texts, and what JSON can say.
    """

    title: str
    values: Mapping[str, Any]


Part: TypeAlias = Heading | Paragraph | Items | Formula | Table | Words | Picture | Facts


@dataclass(frozen=True, eq=False)
class Section:
    """One result.

    Parameters
    ----------
    title : str
        What it is, and how it came out.
    doubts : tuple of str
        What is to be read first.
    parts : tuple of Part
        In order.
    """

    title: str
    doubts: tuple[str, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, eq=False)
class Document:
    """A whole report.

    Parameters
    ----------
    title : str
        Heading.
    made : str
        When the last of its results was made: the same results give the same report at any time.
    sections : tuple of Section
        One for each result.
    literature : str
        BibTeX; may be empty.
    question : str, default ""
        What was to be found out, in the author's words; may be empty.
    """

    title: str
    made: str
    sections: tuple[Section, ...]
    literature: str
    question: str = ""


def made_text(document: Document) -> str:
    """Say when the results were made, and what else there is of the report.

    Parameters
    ----------
    document : Document
        Any.

    Returns
    -------
    str
        Two sentences.
    """
    return (
        f"Written by PhysForge; the latest result is of {document.made}. The notebook report.ipynb, beside this file, "
        "makes the results again and compares them."
    )


def fact_text(value: Any) -> str:
    """Write a fact as text.

    Parameters
    ----------
    value : object
        A text, or what JSON can say.

    Returns
    -------
    str
        One line of it.
    """
    return value if isinstance(value, str) else json.dumps(value, default=str)


def cell_text(value: object) -> str:
    """Write a cell of a table as text.

    Parameters
    ----------
    value : object
        Any.

    Returns
    -------
    str
        Numbers with five digits; nothing for one that is missing; yes and no.

    Examples
    --------
    >>> cell_text(0.123456), cell_text(float("nan")), cell_text("u_t")
    ('0.12346', '', 'u_t')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if value != value else f"{value:.5g}"
    return str(value)
