"""The section on a network that was trained on a law."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from physforge.errors import PinnError
from physforge.reports.mathematics import equation_html
from physforge.reports.tables import table_html

if TYPE_CHECKING:
    from physforge.pinn import PinnResult

#: Of the curve, in pixels.
_WIDTH, _HEIGHT, _MARGIN = 640, 220, 50


def training_html(result: PinnResult) -> str:
    """Write what was solved, how well, and what was found on the way.

    Parameters
    ----------
    result : PinnResult
        Any.

    Returns
    -------
    str
        HTML.
    """
    problem = result.problem
    system = getattr(problem, "system", None)
    laws = "".join(f'<div class="equation">{equation_html(one)}</div>' for one in system) if system else ""
    stated = "".join(f"<li>{escape(name)}</li>" for name in _conditions(problem))
    ends = ", ".join(f"{name} from {low:g} to {high:g}" for name, (low, high) in _box(result))
    parts = [
        laws,
        f"<p>Solved for {escape(ends)}.</p>",
        f"<h3>Held by the loss</h3><ul>{stated}</ul>" if stated else "<p>Every condition holds by construction.</p>",
        _parameters(result),
        "<h3>How training went</h3>",
        history_svg(result.history),
        f"<h3>In words</h3><pre>{escape(result.summary())}</pre>",
    ]
    return "".join(parts)


def history_svg(history: pd.DataFrame) -> str:
    """Draw the held-out residual over the steps, logarithmically.

    Parameters
    ----------
    history : pandas.DataFrame
        With ``step`` and ``held_out``.

    Returns
    -------
    str
        An SVG element, which needs no script; empty where there is nothing to draw.
    """
    rows = history[np.isfinite(history["held_out"]) & (history["held_out"] > 0)]
    if len(rows) < 2:
        return ""
    steps, levels = rows["step"].to_numpy(dtype=float), np.log10(rows["held_out"].to_numpy(dtype=float))
    low, high = float(np.floor(levels.min())), float(np.ceil(levels.max()))
    high = max(high, low + 1.0)
    across = _MARGIN + (steps - steps[0]) / max(steps[-1] - steps[0], 1.0) * (_WIDTH - 2 * _MARGIN)
    line = " ".join(f"{x:.1f},{_height(level, low, high):.1f}" for x, level in zip(across, levels, strict=True))
    marks = "".join(
        f'<text x="4" y="{_height(level, low, high) + 4:.0f}">1e{level:.0f}</text>'
        f'<line x1="{_MARGIN}" x2="{_WIDTH - _MARGIN}" y1="{_height(level, low, high):.1f}" '
        f'y2="{_height(level, low, high):.1f}" stroke="#ddd"/>'
        for level in np.arange(low, high + 1)
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img" font-size="12" '
        f'aria-label="Held-out residual over the steps of training">{marks}'
        f'<polyline points="{line}" fill="none" stroke="#1b5e9b" stroke-width="2"/>'
        f'<text x="{_MARGIN}" y="{_HEIGHT - 8}">step {steps[0]:.0f}</text>'
        f'<text x="{_WIDTH - _MARGIN}" y="{_HEIGHT - 8}" text-anchor="end">step {steps[-1]:.0f}</text></svg>'
        "<p>Held-out residual (root mean square of laws and conditions at points apart from those of training).</p>"
    )


def _height(level: float, low: float, high: float) -> float:
    return _HEIGHT - 30 - (level - low) / (high - low) * (_HEIGHT - 60)


def _conditions(problem: Any) -> list[str]:
    """Return the names of what is in the loss beside the laws; a problem that was read again knows no more."""
    laws = [block.name for block in problem.blocks if block.kind == "law"]
    names = getattr(problem, "names", None) or [block.name for block in problem.blocks]
    return [name for name in names if name not in laws]


def _box(result: PinnResult) -> list[tuple[str, tuple[float, float]]]:
    return [
        (name, (float(low), float(high)))
        for name, (low, high) in zip(result.problem.coordinates, result.problem.box, strict=True)
    ]


def _parameters(result: PinnResult) -> str:
    if not result.problem.unknown:
        return ""
    head = "<h3>Parameters, with intervals of 95 %</h3>"
    try:
        return head + table_html(result.conf_int(0.95))
    except PinnError as reason:
        found = pd.DataFrame({"parameter": list(result.parameters), "estimate": list(result.parameters.values())})
        return f"<h3>Parameters</h3>{table_html(found)}<p>{escape(str(reason))}</p>"
