"""Look at a dataset: pictures of its fields, and what `check` says about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets
import xarray as xr

from physforge.datasets.check import check
from physforge.plots import scene_kinds
from physforge.widgets.scene_widget import SceneView
from physforge.widgets.section_view import SectionView
from physforge.widgets.words import as_text

if TYPE_CHECKING:
    from physforge.datasets.check import Check

#: How a verdict looks. JupyterLab's colours suit its themes.
_COLOURS = {
    "ok": "var(--jp-success-color1, #388e3c)",
    "note": "var(--jp-warn-color1, #f57c00)",
    "problem": "var(--jp-error-color1, #d32f2f)",
}


class DatasetExplorer(ipywidgets.VBox):
    """What ``ds.pf.explore()`` shows.

    Parameters
    ----------
    ds : xarray.Dataset
        The data.
    """

    def __init__(self, ds: xr.Dataset) -> None:
        self.view = SectionView(ds)
        self.scene = SceneView(ds) if scene_kinds(ds) else None
        side = ipywidgets.Layout(flex="1 1 240px", min_width="240px", max_width="420px")
        self.findings = ipywidgets.HTML(findings_html(check(ds)), layout=side)
        beside = ipywidgets.Layout(flex_flow="row wrap", max_width="100%")
        super().__init__([ipywidgets.HBox([self._pictures(), self.findings], layout=beside)])

    def _pictures(self) -> Any:
        if self.scene is None:
            return self.view
        tabs = ipywidgets.Tab(
            [self.view, self.scene], titles=("slices", "in space"), layout=ipywidgets.Layout(flex="0 1 590px")
        )
        # A picture in space takes seconds: it is drawn once somebody wants to see it.
        tabs.observe(self._open_scene, "selected_index")
        return tabs

    def _open_scene(self, change: dict[str, Any]) -> None:
        if change["new"] == 1 and self.scene is not None:
            self.scene.begin()


def explore_dataset(ds: xr.Dataset) -> DatasetExplorer:
    """Show a dataset with controls.

    Parameters
    ----------
    ds : xarray.Dataset
        On a grid of any number of dims, or at scattered points; of data that stay on disk only what is shown is
        read.

    Returns
    -------
    DatasetExplorer
        A widget: pick the field, the axes and the position along the others; time can run. Beside it stands
        what `physforge.datasets.check.check` says.

    Raises
    ------
    DatasetError
        If there is nothing to draw.
    """
    return DatasetExplorer(ds)


def findings_html(found: Check) -> str:
    """Return the findings of a check as a list.

    Parameters
    ----------
    found : Check
        Of a dataset.

    Returns
    -------
    str
        HTML.
    """
    items = "".join(
        f"<li style='margin-bottom: 0.4em'><b style='color: {_COLOURS[one.verdict]}'>{one.verdict}</b> "
        f"{as_text(one.topic)}: {as_text(one.sentence)}</li>"
        for one in found.findings
    )
    return (
        f"<div style='line-height: 1.4; overflow-wrap: anywhere'><b>{as_text(found.title)}</b>"
        f"<ul style='padding-left: 1.2em; margin: 0.4em 0'>{items}</ul></div>"
    )
