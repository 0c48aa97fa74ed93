"""``physforge dataset batch-upload``: many files at once, going on where an earlier try was cut off."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from physforge.cli.console import errors, note, print_json, print_table
from physforge.cli.dataset_options import JsonOption
from physforge.cli.exits import Exit
from physforge.errors import DatasetError, PhysForgeError

if TYPE_CHECKING:
    from rich.progress import Progress

    from physforge.client import RemoteWorkbench


@dataclass(frozen=True)
class Uploaded:
    """What became of one file.

    Parameters
    ----------
    file : str
        Its path.
    outcome : {"sent", "there already", "failed"}
        In a word.
    size : int
        Bytes.
    reference : str or None
        Name and number of the version.
    error : str or None
        Why it failed.
    """

    file: str
    outcome: str
    size: int
    reference: str | None = None
    error: str | None = None


def register(app: typer.Typer) -> None:
    """Add the command to ``physforge dataset``.

    Parameters
    ----------
    app : typer.Typer
        The other commands are there already.
    """
    app.command("batch-upload")(batch_upload)


def batch_upload(
    places: Annotated[
        list[str],
        typer.Argument(metavar="FOLDER|GLOB...", help="Folders with data files, files, or patterns as 'runs/*.csv'."),
    ],
    prefix: Annotated[str, typer.Option(help="Put before each name, such as 2026-11-.")] = "",
    message: Annotated[str, typer.Option(help="What is new, for all of them.")] = "",
    project: Annotated[str | None, typer.Option(help="Id of the project that they go into.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Send many files to the workbench that you are logged in to; called again, it sends only what is missing."""
    from physforge.client import RemoteWorkbench

    files = find_files(places)
    _refuse_twins(files)
    with RemoteWorkbench() as workbench, _progress() as progress:
        # Whoever is not logged in is told so once, not for every file.
        workbench.me()
        task = progress.add_task("Sending", total=sum(_size(file) for file in files))
        done = []
        for file in files:
            progress.update(task, description=f"Sending {file.name}")
            done.append(_send(workbench, file, prefix, message, project))
            progress.advance(task, _size(file))
    failed = [one for one in done if one.outcome == "failed"]
    if as_json:
        print_json({"files": [asdict(one) for one in done], "failed": len(failed)})
    else:
        rows = [(one.file, one.outcome, str(one.size), one.reference or "", one.error or "") for one in done]
        print_table(("file", "outcome", "bytes", "version", "why"), rows)
    if failed:
        note(f"{len(failed)} of {len(done)} files failed; the same command again tries only those.", style="red")
        raise typer.Exit(Exit.ERROR)


def find_files(places: Sequence[str]) -> list[Path]:
    """Find the data files that are meant.

    Parameters
    ----------
    places : sequence of str
        Files, zarr folders, other folders and patterns. Of a folder, all files that a reader's
        suffix ends, also in folders within it; hidden ones are left out.

    Returns
    -------
    list of pathlib.Path
        Sorted, each once.

    Raises
    ------
    DatasetError
        If one place gives none.
    """
    found: dict[Path, None] = {}
    for place in places:
        here = list(_within(Path(place).expanduser()))
        if not here and glob.has_magic(place):
            matches = sorted(glob.glob(str(Path(place).expanduser()), recursive=True))  # noqa: PTH207 - ** and absolute patterns
            here = [file for match in matches for file in _within(Path(match))]
        if not here:
            raise DatasetError(f"{place}: there are no data files; name a folder, a file, or a pattern in quotes.")
        found |= dict.fromkeys(here)
    return sorted(found)


def _within(place: Path) -> Iterator[Path]:
    from physforge.datasets.files import EXTENSIONS

    if place.is_file() or _is_zarr(place):
        yield place
        return
    if not place.is_dir():
        return
    for path in sorted(place.iterdir()):
        if path.name.startswith("."):
            continue
        if _is_zarr(path) or (path.is_file() and path.suffix.lower() in EXTENSIONS):
            yield path
        elif path.is_dir() and not path.is_symlink():
            yield from _within(path)


def _is_zarr(path: Path) -> bool:
    return path.is_dir() and path.suffix.lower() == ".zarr"


def _refuse_twins(files: Sequence[Path]) -> None:
    """Refuse two files that would be one data set: nobody meant the second to be a new version of the first."""
    names: dict[str, Path] = {}
    for file in files:
        other = names.setdefault(file.stem, file)
        if other is not file:
            raise DatasetError(f"{other} and {file} would both be called {file.stem!r}; send one with a --prefix.")


def _send(workbench: RemoteWorkbench, file: Path, prefix: str, message: str, project: str | None) -> Uploaded:
    """Send a file unless it is there; what is wrong with one does not keep back the others."""
    name = f"{prefix}{file.stem}"
    try:
        there = _newest(workbench, name)
        if there is not None and _is_same(there, file):
            return Uploaded(str(file), "there already", _size(file), f"{name}@{there['number']}")
        version = workbench.upload(file, name=name, message=message, project_id=project)
    except (PhysForgeError, OSError) as error:
        return Uploaded(str(file), "failed", _size(file), None, str(error))
    return Uploaded(str(file), "sent", _size(file), f"{version['name']}@{version['number']}")


def _newest(workbench: RemoteWorkbench, name: str) -> dict[str, Any] | None:
    from physforge.errors import UnknownDatasetError

    try:
        return workbench.version(name)
    except UnknownDatasetError:
        return None


def _is_same(version: dict[str, Any], file: Path) -> bool:
    """Say whether a version has the bytes of a file; folders are compared where they are sent."""
    from physforge.datasets.files import sha256_of

    return file.is_file() and version["size"] == file.stat().st_size and version["sha256"] == sha256_of(file)


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return sum(one.stat().st_size for one in files)


def _progress() -> Progress:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=errors(), disable=not errors().is_terminal)
