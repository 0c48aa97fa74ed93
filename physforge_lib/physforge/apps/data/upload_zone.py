"""Where files are dropped; what is sent goes from the browser to the REST API, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import param
from panel.custom import JSComponent

from physforge.apps.receiving import UPLOADS

#: Endings of files that are taken.
ENDINGS = ".csv,.tsv,.txt,.dat,.npz,.npy,.h5,.hdf5,.nc,.nc4,.mat,.vti,.vtr,.vtu,.json,.parquet,.xlsx"

#: Where somebody goes whose session is over.
LOGIN = "/hub/login?next=/services/apps/data"


class UploadZone(JSComponent):
    """A drop zone with a list of what is sent; it has no bytes of files in this process.

    Parameters
    ----------
    kept : callable
        Told the task, data set and version of each file that was kept.
    opened : callable
        Told the data set that the person wants to see.
    **params : object
        Of the component.
    """

    address = param.String(default=UPLOADS, doc="Of the routes, from the page.")
    ticket = param.String(doc="Proves to the routes that the page is ours.")
    accept = param.String(default=ENDINGS, doc="Endings of files.")
    dataset = param.String(doc="That the files are new versions of; empty: each is a data set.")
    largest = param.Integer(default=0, doc="Bytes of room; 0: not known.")
    login = param.String(default=LOGIN, doc="Where a session begins anew.")

    _esm = Path(__file__).with_name("drop_zone.js")
    _stylesheets: ClassVar[list[Any]] = [Path(__file__).with_name("drop_zone.css").read_text("utf-8")]

    def __init__(self, kept: Callable[[str, str, int], None], opened: Callable[[str], None], **params: Any) -> None:
        self._kept, self._opened = kept, opened
        super().__init__(**params)

    def _handle_msg(self, data: Any) -> None:
        """Take a message of the browser; what it says is checked where it is used."""
        if not isinstance(data, dict):
            return
        if data.get("kind") == "kept" and isinstance(data.get("version"), int):
            self._kept(str(data.get("task")), str(data.get("dataset")), data["version"])
        elif data.get("kind") == "open":
            self._opened(str(data.get("dataset")))

    def tell(self, task: str, words: str, *, findings: tuple[str, ...] = (), verdict: str = "", link: str = "") -> None:
        """Say something of a file that was sent.

        Parameters
        ----------
        task : str
            As it came with the message.
        words : str
            One sentence.
        findings : tuple of str, optional
            What the check found.
        verdict : str, default ""
            ``"problem"`` is shown as an error; empty while it is not known.
        link : str, default ""
            Id of the data set, to open it.
        """
        self._send_msg({"task": task, "words": words, "findings": list(findings), "verdict": verdict, "link": link})
