"""Draw the fields that a job made in space."""

from __future__ import annotations

import base64
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from physforge.apps.acts.job_data import opened_result
from physforge.errors import JobError, MissingExtraError

if TYPE_CHECKING:
    from physforge.tasks.dataset_result import DatasetResult


def result_scene(job: str, field: str | None = None) -> dict[str, Any]:
    """Draw a field of a result as a picture.

    Parameters
    ----------
    job : str
        Id of a simulation or differentiation.
    field : str, optional
        Which; by default the first.

    Returns
    -------
    dict
        ``poster``: a webp picture in base64, of the last time.

    Raises
    ------
    JobError
        If the result has nothing in space to see.
    MissingExtraError
        If this installation draws nothing in space.
    """
    if find_spec("pyvista") is None:
        raise MissingExtraError("Pictures in 3D need PyVista on your server; ask whoever runs the workbench.")
    from physforge.plots.poster import poster
    from physforge.plots.scene import Scene, scene_kinds

    ds = cast("DatasetResult", opened_result(job)).dataset
    kinds = scene_kinds(ds)
    if not kinds:
        raise JobError("This result has nothing in space to see.")
    picture = poster(ds, Scene(kind=kinds[0], field=field))
    return {"poster": base64.b64encode(picture).decode("ascii")}
