"""One place on a page for what went wrong, what is being done, and what was done."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlencode

import panel as pn

from physforge.apps.markup import Link, cell, text

Severity = Literal["error", "warning", "info", "success"]

_STYLE = """
:host { width: 100%; }
.said {
  margin: 4px 0;
  padding: 12px 16px; border-radius: 8px; border-left: 6px solid; overflow-wrap: anywhere; white-space: pre-line;
}
.error { border-color: #c62828; background: color-mix(in srgb, #c62828 12%, transparent); }
.warning { border-color: #b26a00; background: color-mix(in srgb, #b26a00 12%, transparent); }
.info { border-color: #0b6fb8; background: color-mix(in srgb, #0b6fb8 12%, transparent); }
.success { border-color: #2e7d32; background: color-mix(in srgb, #2e7d32 12%, transparent); }
"""

#: Said before the words, so that colour is not all that tells them apart.
_WORDS = {"error": "Error", "warning": "Please note", "info": "", "success": "Done"}


#: In the sentence of an error that a new login mends.
_SESSION_OVER = "Log in again"


class Said(pn.viewable.Viewer):
    """A sentence to the person; a screen reader says it when it changes."""

    def __init__(self) -> None:
        super().__init__()
        self._pane = pn.pane.HTML("", stylesheets=[_STYLE], margin=(0, 8))

    def __panel__(self) -> Any:
        """Return what is shown."""
        return self._pane

    @property
    def words(self) -> str:
        """What stands there, as HTML."""
        return str(self._pane.object)

    def say(self, words: str, severity: Severity = "info") -> None:
        """Show a sentence in place of the one before.

        Parameters
        ----------
        words : str
            Any text; none of its signs means anything. Nothing: the place is empty.
        severity : {"error", "warning", "info", "success"}, default "info"
            How it is shown, and whether it interrupts a screen reader.
        """
        self._show(text(words), severity)

    def link(self, words: str, to: Link, severity: Severity = "success") -> None:
        """Show a sentence, and a way on.

        Parameters
        ----------
        words : str
            Any text.
        to : Link
            Where one goes from here.
        severity : {"error", "warning", "info", "success"}, default "success"
            As for `say`.
        """
        self._show(f"{text(words)} {cell(to)}", severity)

    def fail(self, words: str, back: str) -> None:
        """Show what failed; to somebody whose session is over, the way to log in again.

        Parameters
        ----------
        words : str
            The sentence of an error of the REST API.
        back : str
            Address of the page, from any other; see `address`.
        """
        if _SESSION_OVER in words:
            way = Link("Log in again", f"/hub/login?{urlencode({'next': f'/services/apps/{back}'})}")
            self.link("Your session is over.", way, "error")
        else:
            self.say(words, "error")

    def _show(self, words: str, severity: Severity) -> None:
        if not words:
            self._pane.object = ""
            return
        role = "alert" if severity in ("error", "warning") else "status"
        before = f"<strong>{_WORDS[severity]}:</strong> " if _WORDS[severity] else ""
        shown = f'<div class="said {severity}" role="{role}">{before}{words}</div>'
        # It is never hidden: Panel's script fails where a pane appears that it has not drawn yet.
        self._pane.object = shown
