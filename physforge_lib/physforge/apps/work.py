"""What an app has done for somebody, in a kernel of their own server: requests and answers are JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from physforge.apps.acts.export import export
from physforge.apps.acts.findings import findings
from physforge.apps.acts.held_out import held_out
from physforge.apps.acts.preview import preview
from physforge.apps.acts.publish import publish, unpublish
from physforge.apps.acts.resimulate import resimulate
from physforge.apps.acts.result_figures import result_figures
from physforge.apps.acts.result_scene import result_scene
from physforge.apps.acts.scene import scene
from physforge.errors import PhysForgeError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: Media type of an answer among a kernel's messages.
RESULT_TYPE = "application/vnd.physforge.answer+json"

#: Samples along each axis of a picture, and fields in it, at most.
_PICTURE, _FIELDS = 160, 4

#: Candidate equations that are shown.
_CANDIDATES = 8


def answer(request: str) -> None:
    """Do what is asked, and publish the answer as a message of the kernel.

    Parameters
    ----------
    request : str
        A JSON object with ``act``: ``"list"``, ``"look"`` or ``"discover"``, and what that takes.

    Notes
    -----
    A mistake of the data or of the request is an answer too: ``{"error": "..."}``.
    """
    from IPython.display import publish_display_data

    asked = json.loads(request)
    try:
        found = _ACTS[asked.pop("act")](**asked)
    except PhysForgeError as error:
        found = {"error": str(error)}
    publish_display_data({RESULT_TYPE: found, "text/plain": ""})


def list_data() -> dict[str, Any]:
    """List the data sets that the person can open.

    Returns
    -------
    dict
        ``{"data": [{"name": ..., "title": ...}, ...]}``.
    """
    from physforge.workspace import Workspace

    return {"data": [{"name": entry.name, "title": entry.title} for entry in Workspace().catalog.values()]}


def look(data: str) -> dict[str, Any]:
    """Open a data set, check it, and draw a small picture of it.

    Parameters
    ----------
    data : str
        Name in the catalog or the store, or path of a file.

    Returns
    -------
    dict
        ``title``, ``verdict``, ``findings`` (words), ``targets`` that an equation may have, and
        ``picture``: ``fields`` and ``axes`` with few samples, or None.
    """
    from physforge.datasets.check import check
    from physforge.datasets.conventions import field_names
    from physforge.default_workspace import open_dataset

    ds = open_dataset(data)
    found = check(ds)
    return {
        "title": str(ds.attrs.get("title", data)),
        "verdict": found.verdict,
        "findings": [
            f"{'problem, ' if one.verdict == 'problem' else ''}{one.topic}: {one.sentence}" for one in found.findings
        ],
        "targets": [f"{name}_t" for name in field_names(ds)] + [f"{name}_tt" for name in field_names(ds)],
        "picture": picture_of(ds),
    }


def discover(data: str, target: str | None = None) -> dict[str, Any]:
    """Find equations in a data set.

    Parameters
    ----------
    data : str
        As for `look`.
    target : str, optional
        For example ``"u_tt"``; by default the first time derivative of every field.

    Returns
    -------
    dict
        ``status``, ``doubts`` (words), ``summary``, ``equations`` (``text`` and ``latex``),
        ``intervals`` and ``candidates`` (lists of rows).
    """
    from physforge.default_workspace import open_dataset
    from physforge.discovery import discover as find

    result = find(open_dataset(data), target=target)
    return {
        "status": result.status,
        "doubts": list(result.diagnostics),
        "summary": result.summary(),
        "equations": [{"text": str(one), "latex": one.to_latex()} for one in result.equations.values()],
        "intervals": _rows(result.conf_int()),
        "candidates": _rows(result.candidates.head(_CANDIDATES)),
    }


def picture_of(ds: xr.Dataset) -> dict[str, Any] | None:
    """Thin a data set out to what a small picture needs.

    Parameters
    ----------
    ds : xarray.Dataset
        On a grid; of further axes in space than one the middle is taken.

    Returns
    -------
    dict or None
        None for scattered samples and several runs.
    """
    from physforge.datasets.conventions import field_names, spatial_dims

    space = spatial_dims(ds)
    if not set(ds.dims) <= {"t", *space} or "t" not in ds.dims:
        return None
    ds = ds.isel({dim: ds.sizes[dim] // 2 for dim in space[1:]})
    ds = ds.isel({dim: slice(None, None, math.ceil(size / _PICTURE)) for dim, size in ds.sizes.items()})
    dims = ["t", *space[:1]]
    fields = {
        name: [[None if math.isnan(one) else one for one in row] for row in _table(ds[name].transpose(*dims))]
        for name in field_names(ds)[:_FIELDS]
    }
    axes = {dim: ds[dim].to_numpy().astype(float).tolist() for dim in dims}
    units = {str(name): str(one.attrs["units"]) for name, one in ds.variables.items() if "units" in one.attrs}
    return {"fields": fields, "axes": axes, "units": units}


def _table(field: xr.DataArray) -> list[list[float]]:
    values = field.to_numpy().astype(float)
    rows: list[list[float]] = values.reshape(len(values), -1).tolist()
    return rows


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Write a table as rows for JSON, which has no NaN."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
    return rows


_ACTS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "list": list_data,
    "look": look,
    "discover": discover,
    "result_figures": result_figures,
    "result_scene": result_scene,
    "resimulate": resimulate,
    "held_out": held_out,
    "findings": findings,
    "preview": preview,
    "export": export,
    "scene": scene,
    "publish": publish,
    "unpublish": unpublish,
}
