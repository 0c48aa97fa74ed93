"""What a result says first: its outcome, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import panel as pn

from physforge.apps.markup import listed
from physforge.apps.results.cards import paragraph, sheet, words
from physforge.apps.said import Said

#: Outcomes that need no caution by themselves.
_GOOD = ("ok", "settled", "converged")


def outcome(document: Mapping[str, Any]) -> Any:
    """Show the status and the doubts of a result.

    Parameters
    ----------
    document : mapping
        Its ``result.json``.

    Returns
    -------
    panel_material_ui.Paper
        Warnings first.
    """
    status, doubts = str(document.get("status", "")), [str(one) for one in document.get("diagnostics", ())]
    said = Said()
    good = status in _GOOD
    said.say(
        f"Outcome: {status}." if status else "The result does not say how it went.", "success" if good else "warning"
    )
    title = "What speaks against it" if doubts else "Outcome"
    rest = listed(doubts) if doubts else paragraph("The method that made it has nothing against it.")
    return sheet(title, pn.Column(said, words(rest), sizing_mode="stretch_width", margin=0))
