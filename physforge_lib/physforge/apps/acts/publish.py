"""Say in a person's home what a published dashboard shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def publish(server: str, title: str, job: str | None = None, script: str | None = None) -> dict[str, Any]:
    """Keep what a dashboard is to show.

    Parameters
    ----------
    server : str
        Name of the server that will show it.
    title : str
        For people.
    job : str, optional
        Id of the job whose result is shown.
    script : str, optional
        Path of a Panel script or notebook in the home.

    Returns
    -------
    dict
        ``{"server": ...}``.
    """
    from physforge.apps.published.record import Published, write

    write(server, Published(title, job, script), Path.home())
    return {"server": server}


def unpublish(server: str) -> dict[str, Any]:
    """Forget what a dashboard was to show.

    Parameters
    ----------
    server : str
        Name of the server that showed it.

    Returns
    -------
    dict
        ``{"server": ...}``.
    """
    from physforge.apps.published.record import remove

    remove(server, Path.home())
    return {"server": server}
