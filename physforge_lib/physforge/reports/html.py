"""A report as one page that asks for nothing from anywhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

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
from physforge.reports.mathematics import equation_html

if TYPE_CHECKING:
    import pandas as pd

#: Nothing is loaded, and no script runs; images stand in the page itself.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --line: #ccc; --doubt: #fff6ea; --sheet: #f6f6f6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --paper: #16181b; --line: #4a4f55; --doubt: #3a2a12; --sheet: #22262b; }
}
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: var(--ink); background: var(--paper); overflow-wrap: break-word; }
a { color: inherit; }
h1, h2, h3 { line-height: 1.2; } section { border-top: 1px solid var(--line); margin-top: 2rem; }
.table { overflow-x: auto; margin: 0.5rem 0 1rem; }
table { border-collapse: collapse; font-size: 0.9rem; }
th, td { border-bottom: 1px solid var(--line); padding: 0.2rem 0.7rem 0.2rem 0; text-align: left; vertical-align: top; }
td { font-variant-numeric: tabular-nums; } .number { text-align: right; white-space: nowrap; }
td code { overflow-wrap: anywhere; }
details { margin: 0.5rem 0; } summary { cursor: pointer; }
.doubts { border-left: 0.3rem solid #b35900; background: var(--doubt); padding: 0.5rem 1rem; }
.equation { font-size: 1.3rem; margin: 1rem 0; overflow-x: auto; }
code, pre { font-size: 0.85rem; } pre { overflow-x: auto; background: var(--sheet); padding: 0.5rem 0.7rem; }
figure { margin: 1rem 0; } figcaption { font-size: 0.85rem; }
figure svg { max-width: 100%; height: auto; background: #fff; border-radius: 3px; }
@media print { body { margin: 0; max-width: none; } details { display: block; } }
"""


def document_html(document: Document) -> str:
    """Write a report as HTML.

    Parameters
    ----------
    document : Document
        What it says.

    Returns
    -------
    str
        Complete in itself: no script, and nothing is asked for from anywhere.
    """
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(document.title)}</title><style>{_STYLE}</style>"
    )
    sections = "\n".join(_section(number, one) for number, one in enumerate(document.sections, start=1))
    cited = f"<section><h2>To cite</h2><pre>{escape(document.literature)}</pre></section>"
    made = f"<p>{escape(made_text(document))}</p>" if document.made else ""
    asked = f"<p><strong>The question: {escape(document.question)}</strong></p>" if document.question else ""
    body = f"<h1>{escape(document.title)}</h1>{made}{asked}{_overview(document)}{sections}"
    body += cited if document.literature else ""
    return writable(f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n')


def _overview(document: Document) -> str:
    doubts = [(number, text) for number, one in enumerate(document.sections, start=1) for text in one.doubts]
    if not doubts:
        return "<p>None of the results comes with a warning.</p>"
    items = "".join(f'<li><a href="#result-{number}">{number}</a>: {escape(text)}</li>' for number, text in doubts)
    return f'<div class="doubts"><h2>Read this first</h2><ul>{items}</ul></div>'


def _section(number: int, section: Section) -> str:
    parts = "".join(_part(one) for one in section.parts)
    return f'<section id="result-{number}"><h2>{escape(section.title)}</h2>{parts}</section>'


def _part(part: Part) -> str:
    match part:
        case Heading(text):
            return f"<h3>{escape(text)}</h3>"
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Items(texts):
            return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"
        case Formula(equation):
            return f'<div class="equation">{equation_html(equation)}</div>'
        case Table(frame):
            return _table(frame)
        case Words(text):
            return f"<pre>{escape(text)}</pre>"
        case Picture(svg, caption):
            return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"
        case Facts(title, values):
            rows = "".join(_row(str(key), fact_text(value)) for key, value in values.items())
            table = f'<div class="table"><table>{rows}</table></div>'
            return f"<details open><summary>{escape(title)}</summary>{table}</details>"


def _table(frame: pd.DataFrame) -> str:
    rows = [list(row) for row in frame.itertuples(index=False)]
    kinds = [_kind(rows[0][place]) if rows else "" for place in range(len(frame.columns))]
    head = "".join(f"<th{kind}>{escape(str(name))}</th>" for name, kind in zip(frame.columns, kinds, strict=True))
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _kind(value: object) -> str:
    return ' class="number"' if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _cell(value: object) -> str:
    return f"<td{_kind(value)}>{escape(cell_text(value))}</td>"


def _row(name: str, text: str) -> str:
    return f"<tr><th>{escape(name)}</th><td><code>{escape(text)}</code></td></tr>"
