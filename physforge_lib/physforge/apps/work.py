"""What an app has done for somebody, in a kernel of their own server: requests and answers are JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

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

#: Media type of an answer among a kernel's messages.
RESULT_TYPE = "application/vnd.physforge.answer+json"


def answer(request: str) -> None:
    """Do what is asked, and publish the answer as a message of the kernel.

    Parameters
    ----------
    request : str
        A JSON object with ``act``, the name of one of `physforge.apps.acts`, and what that takes.

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


_ACTS: Mapping[str, Callable[..., dict[str, Any]]] = {
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
