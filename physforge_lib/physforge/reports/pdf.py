"""A report as a PDF: the same bytes for the same report, wherever it is made."""

from __future__ import annotations

from collections.abc import Sequence

from physforge.errors import MissingExtraError
from physforge.reports.document import (
    Document,
    Facts,
    Formula,
    Heading,
    Items,
    Paragraph,
    Part,
    Picture,
    Section,
    Table,
    Words,
    cell_text,
    fact_text,
    made_text,
)
from physforge.reports.literals import writable

#: The fonts are those that Typst brings along; a date would make another file of the same report.
_HEAD = """
#set document(title: {title}, date: none)
#set page(paper: "a4", margin: 2cm, numbering: "1 / 1")
#set text(font: "Libertinus Serif", size: 10pt, lang: "en")
#set table(stroke: none, inset: (x: 4pt, y: 3pt))
#show raw: set text(font: "DejaVu Sans Mono", size: 7.5pt)
#show heading: set block(above: 1.2em, below: 0.6em)
#show table: set text(size: 8pt)
#show table: set par(justify: false)
"""


def document_pdf(document: Document) -> bytes:
    """Write a report as PDF.

    Parameters
    ----------
    document : Document
        What it says.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    MissingExtraError
        If what sets it is not installed.
    """
    try:
        import typst
    except ImportError as error:
        raise MissingExtraError(
            "A PDF needs typst, which is not installed: pip install 'physforge[reports]'."
        ) from error
    made: bytes = typst.compile(document_typst(document).encode(), format="pdf", ignore_system_fonts=True)
    return made


def document_typst(document: Document) -> str:
    """Write a report in Typst.

    Parameters
    ----------
    document : Document
        What it says.

    Returns
    -------
    str
        The source. Every text of the report is a string in it, so that none is a command.
    """
    lines = [_HEAD.format(title=_string(document.title)), f"#heading(level: 1, {_string(document.title)})"]
    if document.made:
        lines.append(_text(made_text(document)))
    if document.question:
        lines.append(f"#strong({_string(f'The question: {document.question}')})")
    lines.append(_overview(document))
    lines += [_section(one) for one in document.sections]
    if document.literature:
        lines += [_heading(2, "To cite"), f"#raw(block: true, {_string(document.literature)})"]
    return "\n\n".join(lines)


def _overview(document: Document) -> str:
    doubts = [f"{number}: {text}" for number, one in enumerate(document.sections, start=1) for text in one.doubts]
    if not doubts:
        return _text("None of the results comes with a warning.")
    content = f"{_heading(2, 'Read this first')}\n{_list(doubts)}"
    return f'#block(fill: rgb("fff6ea"), stroke: (left: 3pt + rgb("b35900")), inset: 8pt, width: 100%)[\n{content}\n]'


def _section(section: Section) -> str:
    return "\n\n".join([_heading(2, section.title), *(_part(one) for one in section.parts)])


def _part(part: Part) -> str:
    match part:
        case Heading(text):
            return _heading(3, text)
        case Paragraph(text):
            return _text(text)
        case Items(texts):
            return _list(texts)
        case Formula(equation):
            return f"$ {equation.to_typst()} $\n\n#align(center, raw({_string(str(equation))}))"
        case Table(frame):
            rows = [[cell_text(value) for value in row] for row in frame.itertuples(index=False)]
            return _table([str(name) for name in frame.columns], rows)
        case Words(text):
            return f"#raw(block: true, {_string(text)})"
        case Picture(svg, caption):
            return f'#figure(image(bytes({_string(svg)}), format: "svg"), caption: {_string(caption)}, numbering: none)'
        case Facts(title, values):
            return _table([title, ""], [[str(key), fact_text(value)] for key, value in values.items()])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = ", ".join(f"[{_text(text)}]" for row in rows for text in row)
    names = ", ".join(f"[*{_text(name)}*]" for name in head)
    columns = f"({', '.join(['auto'] * len(head))},)"
    return f"#table(columns: {columns}, table.header({names}), table.hline(stroke: 0.5pt), {cells})"


def _list(texts: Sequence[str]) -> str:
    return f"#list({', '.join(f'[{_text(text)}]' for text in texts)})"


def _heading(level: int, text: str) -> str:
    return f"#heading(level: {level}, {_string(text)})"


def _text(text: str) -> str:
    """Set text that may break anywhere between words, and long words after their signs."""
    return f"#text({_string(text)})"


def _string(text: str) -> str:
    """Write a string literal: nothing in it is markup or code."""
    escaped = (
        writable(text)
        .replace("\\", "\\\\")
        .replace('"', '\\"')
        .replace("\n", "\\n")
        .replace("\r", "")
        .replace("\t", "    ")
    )
    return f'"{escaped}"'
