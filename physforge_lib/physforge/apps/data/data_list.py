"""A list whose rows are opened where they are, by texts that stay texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import param
from panel.custom import JSComponent


class DataList(JSComponent):
    """Rows of texts; the first of each is a link, or the last is a button.

    Parameters
    ----------
    chosen_row : callable
        Told the id of a row and what is to be done with it.
    **params : object
        Of the component.
    """

    rows = param.List(doc="Of each ``id``, ``cells`` (texts) and ``act``: the words of its button, or empty.")
    head = param.List(item_type=str, doc="Above the columns.")
    label = param.String(default="Data sets", doc="For a screen reader.")
    nothing = param.String(doc="Said where there is no row.")
    opens = param.Boolean(default=True, doc="Whether the first text of each row is a link to its data set.")
    chosen = param.String(doc="The id of the row that is open.")

    _esm = Path(__file__).with_name("data_list.js")
    _stylesheets: ClassVar[list[Any]] = [Path(__file__).with_name("data_list.css").read_text("utf-8")]

    def __init__(self, chosen_row: Callable[[str, str], None], **params: Any) -> None:
        self._chosen_row = chosen_row
        super().__init__(**params)

    def _handle_msg(self, data: Any) -> None:
        """Take a message of the browser: an id of a row that it was sent, and nothing else."""
        if isinstance(data, dict) and any(one["id"] == data.get("id") for one in self.rows):
            self._chosen_row(str(data["id"]), str(data.get("act")))
