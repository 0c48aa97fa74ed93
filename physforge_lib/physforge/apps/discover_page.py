"""The page on which a data set is picked or uploaded, looked at, and searched for its equation."""

from __future__ import annotations

import base64
import html
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import xarray as xr

from physforge.apps.page import Query
from physforge.apps.person import Person
from physforge.errors import PhysForgeError

#: Endings of files that can be uploaded.
ENDINGS = ".csv,.tsv,.txt,.dat,.npz,.npy,.h5,.hdf5,.nc,.mat,.vti,.vtr,.vtu,.json,.parquet,.xlsx"

_INTRODUCTION = """
Pick a data set, or upload one. Look at it, then let PhysForge find the equation behind it: nothing has to be set.
Everything runs on **your** server, as you.
"""

#: What a status of a discovery looks like.
_ALERTS = {"settled": "success", "not settled": "warning"}


class DiscoverPage(pn.viewable.Viewer):
    """One person's page.

    Parameters
    ----------
    person : Person
        Whose page it is.
    query : mapping of str to str
        Of the page's address: ``data`` names a data set to begin with.
    """

    def __init__(self, person: Person, query: Query) -> None:
        self._kernel = person.kernel
        self._first = query.get("data", "")
        super().__init__()
        self.data = pn.widgets.AutocompleteInput(
            label="Data set",
            placeholder="name in the catalog, or path of a file",
            min_characters=0,
            restrict=False,
            case_sensitive=False,
            search_strategy="includes",
        )
        self.upload = pn.widgets.FileInput(label="Upload", accept=ENDINGS)
        self.target = pn.widgets.Select(label="Equation for", options={"every field, first order in time": ""})
        self.go = pn.widgets.Button(label="Discover", color="primary", disabled=True)
        self._spinner = pn.indicators.LoadingSpinner(value=False, size=22)
        self._said = pn.pane.HTML("")
        self._found = pn.Column(pn.pane.Markdown(_INTRODUCTION), sizing_mode="stretch_width")
        self._picture = pn.Column(sizing_mode="stretch_width")
        self.data.param.watch(self._look, "value")
        self.upload.param.watch(self._take_upload, "value")
        self.go.on_click(self._discover)

    def __panel__(self) -> Any:
        """Return what is shown."""
        return pn.Column(
            pn.FlexBox(self.data, self.upload, self.target, self.go, pn.Row(self._spinner, self._said)),
            self._picture,
            self._found,
            sizing_mode="stretch_width",
        )

    async def begin(self) -> None:
        """List what the person can open; their server is started if need be."""
        found = await self._ask({"act": "list"})
        if found is not None:
            self.data.options = [one["name"] for one in found["data"]]
        if self._first:
            self.data.value = self._first

    async def _take_upload(self, _event: Any) -> None:
        if self.upload.value is None:
            return
        content = base64.b64encode(self.upload.value).decode("ascii")
        path = await self._quietly(lambda: self._kernel.upload(str(self.upload.filename), content, self._say))
        if path is not None:
            self.data.value = path

    async def _look(self, _event: Any) -> None:
        self.go.disabled = True
        self._found.objects, self._picture.objects = [], []
        name = str(self.data.value).strip()
        if not name:
            return
        found = await self._ask({"act": "look", "data": name})
        if found is None:
            return
        self.target.options = {"every field, first order in time": "", **{one: one for one in found["targets"]}}
        self.go.disabled = found["verdict"] == "problem"
        words = f"<h2>{html.escape(found['title'])}</h2>{listed(found['findings'])}"
        self._picture.objects = [
            pn.pane.HTML(words),
            *([] if found["picture"] is None else [pn.pane.HoloViews(drawn(found["picture"]))]),
        ]

    async def _discover(self, _event: Any) -> None:
        self.go.disabled = True
        try:
            asked = {"act": "discover", "data": str(self.data.value).strip(), "target": self.target.value or None}
            found = await self._ask(asked)
        finally:
            self.go.disabled = False
        if found is not None:
            self._found.objects = shown(found, asked)

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer, or show why there is none."""
        answer = await self._quietly(lambda: self._kernel.run(request, self._say))
        if answer is not None and "error" in answer:
            self._complain(answer["error"])
            return None
        return answer

    async def _quietly(self, work: Callable[[], Awaitable[Any]]) -> Any:
        self._spinner.value = True
        try:
            return await work()
        except (PhysForgeError, TimeoutError) as error:
            self._complain(str(error) or "Your server took too long to start; try again.")
            return None
        finally:
            self._spinner.value = False
            self._say("")

    def _complain(self, words: str) -> None:
        self._found.objects = [pn.pane.Alert(f"<div>{html.escape(words)}</div>", alert_type="danger")]

    def _say(self, words: str) -> None:
        self._said.object = html.escape(words)


def listed(sentences: Sequence[str]) -> str:
    """Return sentences as a list in HTML, with every sign as it is."""
    return f"<ul>{''.join(f'<li>{html.escape(one)}</li>' for one in sentences)}</ul>" if sentences else ""


def drawn(picture: dict[str, Any]) -> Any:
    """Draw the picture of a data set.

    Parameters
    ----------
    picture : dict
        From `physforge.apps.work.picture_of`.

    Returns
    -------
    holoviews.Overlay or holoviews.Layout
        Curves over time, or colours over place and time.
    """
    from physforge.plots.dataset import plot_dataset

    dims = tuple(picture["axes"])
    fields = {
        name: (dims, np.array(rows, dtype=float).reshape([len(axis) for axis in picture["axes"].values()]))
        for name, rows in picture["fields"].items()
    }
    ds = xr.Dataset(fields, picture["axes"])
    for name, units in picture["units"].items():
        if name in ds.variables:
            ds[name].attrs["units"] = units
    return plot_dataset(ds)


def shown(found: dict[str, Any], asked: dict[str, Any]) -> list[Any]:
    """Show what was found: equation, intervals, what speaks against it, candidates, and the same in Python.

    Parameters
    ----------
    found : dict
        From `physforge.apps.work.discover`.
    asked : dict
        The request.

    Returns
    -------
    list of panel.viewable.Viewable
        From top to bottom.
    """
    from physforge.plots.intervals import plot_intervals

    # A block of HTML, in which Markdown leaves stars alone.
    words = f"<div><b>{html.escape(found['status'])}</b>{listed(found['doubts'])}</div>"
    parts: list[Any] = [pn.pane.Alert(words, alert_type=_ALERTS.get(found["status"], "secondary"))]
    parts += [
        pn.pane.LaTeX(f"$${one['latex']}$$", renderer="katex", styles={"font-size": "1.4em"})
        for one in found["equations"]
    ]
    if found["intervals"]:
        table = pd.DataFrame(found["intervals"])
        parts += [pn.pane.DataFrame(table, index=False, float_format=lambda value: f"{value:.4g}")]
        parts += [pn.pane.HoloViews(plot_intervals(table))]
    parts += [pn.pane.HTML(f"<pre style='white-space: pre-wrap'>{html.escape(found['summary'])}</pre>")]
    candidates = pn.pane.DataFrame(pd.DataFrame(found["candidates"]), index=False)
    target = f", target={asked['target']!r}" if asked["target"] else ""
    code = f"import physforge as pf\n\nr = pf.discover(pf.open_dataset({asked['data']!r}){target})\nprint(r.summary())"
    parts += [
        pn.Card(candidates, title="Equations considered", collapsed=True, sizing_mode="stretch_width"),
        pn.Card(pn.pane.Markdown(f"```python\n{code}\n```"), title="The same in a notebook", collapsed=True),
    ]
    return parts
