"""The equations to take along: to copy, or as a file."""

from __future__ import annotations

import io
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.results.draft import EquationDraft
from physforge.apps.results.exports import LANGUAGES, exported

#: Copying is the browser's; without its consent, or over plain HTTP, the text is selected instead.
_COPY = """
const text = source.value ?? '';
if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(text);
else {
  const area = document.createElement('textarea');
  area.value = text; document.body.appendChild(area); area.select();
  document.execCommand('copy'); area.remove();
}
"""


class ExportView(pn.viewable.Viewer):
    """A language, and the equations in it.

    Parameters
    ----------
    draft : EquationDraft
        Whose last equations that can be read.
    """

    def __init__(self, draft: EquationDraft) -> None:
        super().__init__()
        self._draft = draft
        self._language = pmui.Select(label="Language", options=list(LANGUAGES), value="LaTeX", width=180)
        self._source = pmui.TextAreaInput(
            label="The equations in it", value="", rows=6, max_rows=16, auto_grow=True, sizing_mode="stretch_width"
        )
        self._copy = pmui.Button(label="Copy", variant="outlined", sx={"minHeight": "44px"})
        self._copy.js_on_click(args={"source": self._source}, code=_COPY)
        self._download = pmui.FileDownload(
            callback=self._file,
            filename="equations.tex",
            label="Download",
            variant="outlined",
            sx={"minHeight": "44px"},
        )
        self._language.param.watch(self._write, "value")
        draft.param.watch(self._write, "system")
        self._write()

    def __panel__(self) -> Any:
        """Return what is shown."""
        buttons = pn.FlexBox(self._language, self._copy, self._download, align_items="center", gap="8px")
        return pn.Column(buttons, self._source, sizing_mode="stretch_width")

    def _write(self, *_events: Any) -> None:
        if self._draft.system is None:
            return
        self._source.value = exported(self._draft.system, self._language.value)
        self._download.filename = f"equations.{LANGUAGES[self._language.value]}"

    def _file(self) -> io.BytesIO:
        return io.BytesIO(self._source.value.encode())
