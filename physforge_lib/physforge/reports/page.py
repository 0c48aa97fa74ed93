"""The page: warnings first, then what was found, how sure it is, and what it rests on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

from physforge.citations import bibtex
from physforge.discovery import DiscoveryResult
from physforge.reports.mathematics import equation_html
from physforge.reports.tables import table_html
from physforge.reports.training import training_html

if TYPE_CHECKING:
    from physforge.results import Result

#: How many of the equations that were considered are shown.
_MOST = 12

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
h1, h2 { line-height: 1.2; } section { border-top: 1px solid #bbb; margin-top: 2rem; }
table { border-collapse: collapse; margin: 0.5rem 0 1rem; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #ddd; padding: 0.2rem 0.7rem; text-align: left; }
td { font-variant-numeric: tabular-nums; }
.doubts { border-left: 0.3rem solid #b35900; background: #fff6ea; padding: 0.5rem 1rem; }
.equation { font-size: 1.3rem; margin: 1rem 0; overflow-x: auto; } code, pre { font-size: 0.85rem; overflow-x: auto; }
@media print { body { margin: 0; max-width: none; } details { display: block; } }
"""


def page(results: Sequence[Result], title: str) -> str:
    """Write results as one HTML page.

    Parameters
    ----------
    results : sequence of Result
        In the order of the page.
    title : str
        Heading.

    Returns
    -------
    str
        Complete in itself: no script, and nothing is asked for from anywhere.
    """
    sections = "\n".join(_section(number, one) for number, one in enumerate(results, start=1))
    keys = sorted({key for one in results for key in one.citations})
    cited = f"<section><h2>To cite</h2><pre>{escape(bibtex(keys))}</pre></section>" if keys else ""
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    )
    made = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    body = f"<h1>{escape(title)}</h1><p>Written by PhysForge on {made}.</p>{_overview(results)}{sections}{cited}"
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _overview(results: Sequence[Result]) -> str:
    doubts = [(number, text) for number, one in enumerate(results, start=1) for text in one.diagnostics]
    if not doubts:
        return "<p>None of the results comes with a warning.</p>"
    items = "".join(f'<li><a href="#result-{number}">{number}</a>: {escape(text)}</li>' for number, text in doubts)
    return f'<div class="doubts"><h2>Read this first</h2><ul>{items}</ul></div>'


def _section(number: int, result: Result) -> str:
    kind = "PINN" if result.kind == "pinn" else result.kind.capitalize()
    return (
        f'<section id="result-{number}"><h2>{number}. {escape(kind)}: '
        f"{escape(result.status)}</h2>{_content(result)}{_provenance(result)}</section>"
    )


def _content(result: Any) -> str:
    if isinstance(result, DiscoveryResult):
        return _discovery(result)
    if result.kind == "pinn":  # its class would load torch
        return training_html(result)
    return f"<pre>{escape(result.summary())}</pre>"


def _discovery(result: DiscoveryResult) -> str:
    equations = "".join(f'<div class="equation">{equation_html(one)}</div>' for one in result.equations.values())
    considered = result.candidates.groupby("target", sort=False).head(_MOST)
    parts = [
        equations or "<p>No equation is supported by these data.</p>",
        "<h3>Coefficients, with intervals of 95 %</h3>",
        table_html(result.conf_int(0.95)),
        "<h3>How probable each term is</h3>",
        table_html(result.inclusion_probability.query("probability >= 0.01")),
        "<h3>What else was considered</h3>",
        table_html(considered),
        f"<h3>In words</h3><pre>{escape(result.summary())}</pre>",
    ]
    return "".join(parts)


def _provenance(result: Result) -> str:
    facts: dict[str, Any] = dict(result.provenance)
    rows = "".join(f"<tr><th>{escape(str(key))}</th><td>{_fact(value)}</td></tr>" for key, value in facts.items())
    return f"<h3>Where it comes from</h3><details open><summary>Run record</summary><table>{rows}</table></details>"


def _fact(value: Any) -> str:
    return f"<code>{escape(value if isinstance(value, str) else json.dumps(value, default=str))}</code>"
