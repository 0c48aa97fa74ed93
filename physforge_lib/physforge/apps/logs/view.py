"""The log, as pages use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import param
from panel.custom import JSComponent

_STYLE = """
:host { display: block; width: 100%; }
pre { margin: 0; padding: 12px; max-height: 320px; min-height: 44px; overflow: auto; white-space: pre-wrap;
  overflow-wrap: anywhere; border-radius: 8px; font: 13px/1.45 ui-monospace, monospace;
  background: color-mix(in srgb, currentColor 7%, transparent); }
pre:focus-visible { outline: 2px solid var(--mui-palette-primary-main, #0b5a8f); }
"""


#: Characters that are kept; of a longer log its end is shown.
MOST = 400_000


class LogTail(JSComponent):
    """Shows the end of a log.

    Parameters
    ----------
    **params : object
        Of the component.
    """

    label = param.String(default="Log", doc="What it is, for a screen reader.")
    text = param.String(default="", doc="What the log begins with; another text clears what was there.")

    _esm = Path(__file__).with_name("log.js")
    _stylesheets = [_STYLE]  # noqa: RUF012 - Panel's own way

    def __init__(self, **params: Any) -> None:
        # What comes before the browser has drawn anything; None from then on.
        self._kept: str | None = ""
        super().__init__(**{"sizing_mode": "stretch_width", **params})

    def begin(self, text: str) -> None:
        """Show another log.

        Parameters
        ----------
        text : str
            What there is of it.
        """
        if self._kept is not None:
            self._kept = ""
        self.text = text[-MOST:]

    def add(self, text: str) -> None:
        """Append to the log.

        Parameters
        ----------
        text : str
            What is new.
        """
        if self._kept is not None:
            self._kept = (self._kept + text)[-MOST:]
        elif text:
            self._send_msg({"added": text})

    def _handle_msg(self, data: Any) -> None:
        """Hear from the browser that it can take more."""
        if data == "ready" and self._kept is not None:
            kept, self._kept = self._kept, None
            self.add(kept)
