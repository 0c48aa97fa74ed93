"""What is published: a small file in its owner's home, read by the server that shows it."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from physforge.errors import WorkbenchError
from physforge.workbench.publishing import is_published

#: Of scripts that are served.
SUFFIXES = (".py", ".ipynb")

#: A longer title fills no line.
LONGEST_TITLE = 120


@dataclass(frozen=True)
class Published:
    """A dashboard.

    Parameters
    ----------
    title : str
        For people.
    job : str, optional
        Id of the job whose result is shown.
    script : str, optional
        Path of a Panel script or notebook in its owner's home, which makes the page.
    """

    title: str
    job: str | None = None
    script: str | None = None


def check(wanted: Published, home: Path) -> None:
    """Refuse what cannot be published.

    Parameters
    ----------
    wanted : Published
        As asked for.
    home : pathlib.Path
        Of its owner.

    Raises
    ------
    WorkbenchError
        Says what is wrong, and what to do.
    """
    if not wanted.title.strip() or len(wanted.title) > LONGEST_TITLE:
        raise WorkbenchError(f"A dashboard has a title of up to {LONGEST_TITLE} signs; give one.")
    if (wanted.job is None) == (wanted.script is None):
        raise WorkbenchError("Say what to publish: either a result or a script.")
    if wanted.job is not None:
        try:
            uuid.UUID(wanted.job)
        except ValueError as error:
            raise WorkbenchError(f"{wanted.job!r} is no id of a job; copy it from the page Jobs.") from error
    if wanted.script is not None:
        script_in(home, wanted.script)


def script_in(home: Path, path: str) -> Path:
    """Return the script that is meant.

    Parameters
    ----------
    home : pathlib.Path
        Of its owner.
    path : str
        From there, or from the folder ``notebooks`` in it.

    Returns
    -------
    pathlib.Path
        With no link in it.

    Raises
    ------
    WorkbenchError
        If there is none in the home, or it is of another kind.
    """
    root = home.resolve()
    for start in (root, root / "notebooks"):
        found = (start / path).resolve() if "\0" not in path else start
        if found.is_file() and found.is_relative_to(root):
            if found.suffix not in SUFFIXES:
                raise WorkbenchError(f"{path!r} is neither a script (.py) nor a notebook (.ipynb); name one.")
            return found
    raise WorkbenchError(f"There is no file {path!r} in your home; give its path from there, or from notebooks.")


def write(server: str, wanted: Published, home: Path) -> None:
    """Keep what a server is to show.

    Parameters
    ----------
    server : str
        Its name.
    wanted : Published
        What.
    home : pathlib.Path
        Of its owner; the file is for nobody else.

    Raises
    ------
    WorkbenchError
        As for `check`.
    """
    check(wanted, home)
    path = _path(server, home)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_suffix(".part")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(asdict(wanted), stream)
    scratch.replace(path)


def read(server: str, home: Path) -> Published:
    """Return what a server is to show.

    Parameters
    ----------
    server : str
        Its name.
    home : pathlib.Path
        Of its owner.

    Returns
    -------
    Published
        As it was kept.

    Raises
    ------
    WorkbenchError
        If there is nothing of that name, or it cannot be shown any more.
    """
    try:
        document = json.loads(_path(server, home).read_text(encoding="utf-8"))
        found = Published(str(document["title"]), document["job"], document["script"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkbenchError(f"What {server} shows is not known any more; publish it again.") from error
    check(found, home)
    return found


def remove(server: str, home: Path) -> None:
    """Forget what a server was to show; what is not there is no error.

    Parameters
    ----------
    server : str
        Its name.
    home : pathlib.Path
        Of its owner.
    """
    _path(server, home).unlink(missing_ok=True)


def _path(server: str, home: Path) -> Path:
    if not is_published(server):
        raise WorkbenchError(f"{server!r} is no name of a dashboard.")
    return home / ".physforge" / "published" / f"{server}.json"
