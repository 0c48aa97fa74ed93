"""Draw a version of a data set in space."""

from __future__ import annotations

import base64
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from physforge.apps.acts.opening import opened
from physforge.errors import MissingExtraError


def scene(data: str, version: int | None = None, settings: dict[str, Any] | None = None) -> dict[str, Any]:
    """Draw a scene as a picture.

    Parameters
    ----------
    data : str
        Id of the data set.
    version : int, optional
        By default the newest.
    settings : dict, optional
        Of `physforge.plots.scene.Scene`; by default isosurfaces of the first field at the last time.

    Returns
    -------
    dict
        ``poster``: a webp picture in base64.

    Raises
    ------
    MissingExtraError
        If this installation draws nothing in space.
    """
    if find_spec("physforge.plots.scene") is None:
        raise MissingExtraError("Pictures in 3D need PyVista on your server; ask whoever runs the workbench.")
    # By name, as an installation may be without.
    poster, description = import_module("physforge.plots.poster"), import_module("physforge.plots.scene")
    picture = poster.poster(opened(data, version), description.Scene.model_validate(settings or {}))
    return {"poster": base64.b64encode(picture).decode("ascii")}
