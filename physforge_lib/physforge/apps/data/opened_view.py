"""The data set that is open: what is in it, its history, downloads and sharing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import panel as pn
import panel_material_ui as pmui

from physforge.apps.data.arriving import ArrivingHeading
from physforge.apps.data.lineage_picture import STYLE as LINEAGE_STYLE
from physforge.apps.data.lineage_picture import lineage_picture
from physforge.apps.data.preview_view import PreviewView
from physforge.apps.data.sharing_view import SharingView
from physforge.apps.data.space_view import SpaceView
from physforge.apps.data.state import DataState
from physforge.apps.downloading import DOWNLOADS
from physforge.apps.markup import STYLE, Link, address, ago, size, table, text
from physforge.apps.person import Person
from physforge.apps.said import Said
from physforge.errors import PhysForgeError

HEADING = """
:host { width: 100%; } h1, h2, h3 { margin: 4px 0 12px; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.3rem; } h3 { font-size: 1.1rem; }
a {
  display: inline-flex; align-items: center; min-height: 44px; padding: 0 16px; margin: 0 8px 8px 0; border-radius: 8px;
  border: 1px solid currentColor; color: color-mix(in srgb, #1f7fc0 65%, currentColor);
  text-decoration: none; font-weight: 500;
}
a:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
p { margin: 0 0 8px; overflow-wrap: anywhere; }
"""

_FORMATS = {"netCDF (.nc)": "netcdf", "CSV": "csv", "HDF5 (.h5)": "hdf5", "zarr, packed (.zip)": "zarr"}


class OpenedView(pn.viewable.Viewer):
    """One data set.

    Parameters
    ----------
    person : Person
        Whose page it is.
    state : DataState
        Of the page.
    """

    def __init__(self, person: Person, state: DataState) -> None:
        super().__init__()
        self._person, self.state = person, state
        self._said = Said()
        self.heading = ArrivingHeading()
        self._head = pn.pane.HTML("", stylesheets=[HEADING])
        self._findings = pn.pane.HTML("", stylesheets=[STYLE])
        self._versions = pn.pane.HTML("", stylesheets=[STYLE])
        self._lineage = pn.pane.HTML("", stylesheets=[LINEAGE_STYLE], sizing_mode="stretch_width")
        self._links = pn.pane.HTML("", stylesheets=[HEADING])
        self.preview, self.sharing = PreviewView(person), SharingView(state)
        self.space = SpaceView(person)
        self.format = pmui.Select(label="Format", options=list(_FORMATS), value="netCDF (.nc)", width=200)
        self.prepare = pmui.Button(label="Prepare file", height=44, width=150)
        self.remove = pmui.Button(label="Move to trash", color="error", variant="outlined", height=44, width=170)
        self.undo = pmui.Button(label="Undo", height=44, width=110, visible=False)
        self._removed = ""
        self._export = pn.pane.HTML("", stylesheets=[HEADING])
        self.prepare.on_click(self._prepare)
        self.remove.on_click(self._remove)
        self.undo.on_click(self._undo)
        self._body = self._cards()
        self._body.visible = False
        state.param.watch(self._draw, ["opened", "version", "versions", "lineage"])

    def __panel__(self) -> Any:
        """Return what is shown."""
        return pn.Column(pn.Row(self._said, self.undo), self._body, sizing_mode="stretch_width")

    def _cards(self) -> Any:
        parts = {
            "Preview": (self.preview, self.space),
            "What was found in it": (self._findings,),
            "Versions": (self._versions,),
            "Where it comes from": (self._lineage,),
            "Download": (self._links, pn.FlexBox(self.format, self.prepare, align_items="center"), self._export),
            "Sharing": (self.sharing,),
        }
        cards = {title: _card(title, inside) for title, inside in parts.items()}
        left, right = ("Preview", "Where it comes from"), ("What was found in it", "Versions", "Download", "Sharing")
        columns = [
            pmui.Grid(*(cards[one] for one in names), size={"xs": 12, "lg": width})
            for names, width in ((left, 7), (right, 5))
        ]
        grid = pmui.Grid(*columns, container=True, sizing_mode="stretch_width")
        return pn.Column(self.heading, pn.FlexBox(self._head, self.remove), grid, sizing_mode="stretch_width")

    async def look(self) -> None:
        """Have the person's server read what is open: its findings, and its preview."""
        opened = self.state.opened
        if opened is None:
            return
        self.heading.arrivals += 1
        self._findings.object = "<p>Your server reads it ...</p>"
        self.space.forget(opened["id"], self.state.version)
        await asyncio.gather(self._find(opened["id"], self.state.version), self._preview(opened["id"]))

    async def _preview(self, dataset: str) -> None:
        await self.preview.present(dataset, self.state.version)
        self.space.offer(self.preview.sizes)

    async def _find(self, dataset: str, version: int) -> None:
        found = await findings_of(self._person, dataset, version)
        if self.state.opened is not None and (self.state.opened["id"], self.state.version) == (dataset, version):
            self._findings.object = findings_html(found)

    def _draw(self, *_events: Any) -> None:
        opened = self.state.opened
        self._body.visible = opened is not None
        if opened is None:
            self.preview.stop()
            return
        self._removed, self.undo.visible, self._export.object = "", False, ""
        self._said.say("")
        shown = next((one for one in self.state.versions if one["number"] == self.state.version), opened["head"])
        self.heading.words = opened["name"]
        self._head.object = _head(opened, shown)
        self.remove.visible = self.state.is_mine
        self._versions.object = _versions(self.state.versions, self.state.version)
        if self.state.lineage is not None:
            self._lineage.object = lineage_picture(self.state.lineage)
        place = f"{DOWNLOADS}/{quote(opened['id'])}/{int(shown['number'])}"
        name = shown["original_name"] + (".zip" if shown["layout"] == "tree" else "")
        self._links.object = f'<a href="{text(place)}" download>{text(name)} ({size(shown["size"])})</a>'

    async def _prepare(self, _event: Any) -> None:
        opened = self.state.opened
        if opened is None:
            return
        wanted = _FORMATS[self.format.value]
        request = {"act": "export", "data": opened["id"], "version": self.state.version, "format": wanted}
        self.prepare.disabled = True
        try:
            found = await self._person.kernel.run(request, self._say_export)
        except (PhysForgeError, TimeoutError) as error:
            found = {"error": str(error) or "Your server took too long to start; try again."}
        finally:
            self.prepare.disabled = False
        if "error" in found:
            self._export.object = f'<p role="alert"><strong>Error:</strong> {text(found["error"])}</p>'
            return
        place = f"/user/{quote(self._person.name)}/files/{quote(str(found['path']))}?download=1"
        words = f"{str(found['path']).rpartition('/')[2]} ({size(found['size'])})"
        told = "<p>It is in the folder exports beside your notebooks, too.</p>"
        self._export.object = f'<a href="{text(place)}" download>{text(words)}</a>{told}'

    def _say_export(self, words: str) -> None:
        self._export.object = f'<p role="status">{text(words)} ...</p>'

    async def _remove(self, _event: Any) -> None:
        opened = self.state.opened
        if opened is not None and await self.state.remove():
            self._removed = opened["id"]
            self._said.say(f"{opened['name']} is in the trash.", "success")
            self.undo.visible = True

    async def _undo(self, _event: Any) -> None:
        removed = self._removed
        if removed and await self.state.restore(removed) and await self.state.open(removed):
            await self.look()


def _card(title: str, inside: Sequence[Any]) -> Any:
    return pmui.Paper(
        pn.pane.HTML(f"<h3>{text(title)}</h3>", stylesheets=[HEADING], margin=0),
        *inside,
        sx={"padding": "16px", "overflow": "hidden"},
        elevation=1,
        margin=8,
        sizing_mode="stretch_width",
    )


async def findings_of(person: Person, dataset: str, version: int) -> Mapping[str, Any]:
    """Have a version checked on the person's own server.

    Parameters
    ----------
    person : Person
        Whose.
    dataset : str
        Its id.
    version : int
        Which.

    Returns
    -------
    mapping
        From `physforge.apps.acts.findings`, or ``error``: one sentence.
    """
    request = {"act": "findings", "data": dataset, "version": version}
    try:
        return await person.kernel.run(request, lambda _words: None)
    except (PhysForgeError, TimeoutError) as error:
        return {"error": str(error) or "Your server took too long to start; open the data set again."}


def sentences(found: Mapping[str, Any]) -> tuple[str, ...]:
    """Return findings as sentences, those that matter first.

    Parameters
    ----------
    found : mapping
        From `findings_of`.

    Returns
    -------
    tuple of str
        Plain texts.
    """
    before = {"problem": "Problem, ", "note": "Note, ", "ok": ""}
    order = list(before)
    ordered = sorted(found["findings"], key=lambda one: order.index(one["verdict"]))
    return tuple(f"{before[one['verdict']]}{one['topic']}: {one['sentence']}" for one in ordered)


def findings_html(found: Mapping[str, Any]) -> str:
    """Return findings for the page.

    Parameters
    ----------
    found : mapping
        From `findings_of`.

    Returns
    -------
    str
        HTML of texts.
    """
    if "error" in found:
        return f'<p role="alert"><strong>It cannot be read.</strong> {text(found["error"])}</p>'
    items = "".join(f"<li>{text(one)}</li>" for one in sentences(found))
    facts = "".join(f"<li>{text(name)}: {text(value)}</li>" for name, value in found["attributes"].items())
    return f"<ul>{items}</ul>" + (f"<p>Said of it by its author:</p><ul>{facts}</ul>" if facts else "")


def _head(opened: Mapping[str, Any], shown: Mapping[str, Any]) -> str:
    role = "yours" if opened["role"] == "owner" else f"of {opened['owner']}; you are its {opened['role']}"
    facts = f"Version {shown['number']} of {opened['versions']}, {shown['format']}, {size(shown['size'])}; {role}."
    discover = text(address("discover", data=opened["name"] if opened["role"] == "owner" else opened["id"]))
    return f'<p>{text(facts)}</p><a href="{discover}">Discover its equation</a>'


def _versions(versions: Sequence[Mapping[str, Any]], chosen: int) -> str:
    rows = [
        (
            Link(f"version {one['number']}", address("data", name=one["dataset_id"], version=str(one["number"])))
            if one["number"] != chosen
            else f"version {one['number']} (shown)",
            one["message"] or "-",
            f"{one['author']}, {ago(one['created'])}",
            size(one["size"]),
        )
        for one in versions
    ]
    return table(("version", "message", "by", "size"), rows, label="Versions")
