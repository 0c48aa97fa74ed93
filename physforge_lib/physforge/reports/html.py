"""A report as one page that asks for nothing from anywhere."""

from __future__ import annotations

from html import escape

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
    fact_text,
)
from physforge.reports.mathematics import equation_html

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
h1, h2 { line-height: 1.2; } section { border-top: 1px solid #bbb; margin-top: 2rem; }
table { border-collapse: collapse; margin: 0.5rem 0 1rem; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #ddd; padding: 0.2rem 0.7rem; text-align: left; }
td { font-variant-numeric: tabular-nums; }
.doubts { border-left: 0.3rem solid #b35900; background: #fff6ea; padding: 0.5rem 1rem; }
.equation { font-size: 1.3rem; margin: 1rem 0; overflow-x: auto; } code, pre { font-size: 0.85rem; overflow-x: auto; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; } figcaption { font-size: 0.85rem; }
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
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(document.title)}</title><style>{_STYLE}</style>"
    )
    sections = "\n".join(_section(number, one) for number, one in enumerate(document.sections, start=1))
    cited = f"<section><h2>To cite</h2><pre>{escape(document.literature)}</pre></section>"
    made = f"<p>Written by PhysForge; the latest result is of {escape(document.made)}.</p>" if document.made else ""
    body = f"<h1>{escape(document.title)}</h1>{made}{_overview(document)}{sections}"
    body += cited if document.literature else ""
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


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
            return str(frame.to_html(index=False, border=0, na_rep="", float_format=lambda value: f"{value:.5g}"))
        case Words(text):
            return f"<pre>{escape(text)}</pre>"
        case Picture(svg, caption):
            return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"
        case Facts(title, values):
            rows = "".join(_row(str(key), fact_text(value)) for key, value in values.items())
            return f"<details open><summary>{escape(title)}</summary><table>{rows}</table></details>"


def _row(name: str, text: str) -> str:
    return f"<tr><th>{escape(name)}</th><td><code>{escape(text)}</code></td></tr>"
