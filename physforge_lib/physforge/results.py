"""The base of every result: what it is, how sure it is, and how it is kept."""

from __future__ import annotations

import abc
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from physforge.citations import bibtex
from physforge.errors import PhysForgeError
from physforge.views import find_view

Arrays = dict[str, npt.NDArray[Any]]

_DOCUMENT = "result.json"
_ARRAYS = "arrays.npz"
_CITATIONS = "citations.bib"


def run_record(**facts: Any) -> dict[str, Any]:
    """Describe the run that makes a result.

    Parameters
    ----------
    **facts
        What the method adds: its settings, seed, the data's title and hash.

    Returns
    -------
    dict
        JSON-serialisable: time (UTC), versions, platform and `facts`.
    """
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "physforge": version("physforge"),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        **facts,
    }


@dataclass(frozen=True, kw_only=True, eq=False)
class Result(abc.ABC):
    """What a science function returns.

    Parameters
    ----------
    status : str
        One word on the outcome, for example ``"ok"`` or ``"not identifiable"``.
    diagnostics : tuple of str
        What a careful colleague would add, one sentence each; the cure is named.
    provenance : mapping
        The run record (see `run_record`).
    citations : tuple of str
        Keys of `physforge.citations.BIBTEX`.

    Notes
    -----
    A subclass gives `kind`, `schema_version`, `summary`, `to_document` and
    `from_document`; saving and loading are written here, once. The format is JSON
    for facts and npz (without pickle) for arrays, beside files of the subclass's own.
    """

    kind: ClassVar[str]
    schema_version: ClassVar[int] = 1

    status: str
    diagnostics: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    citations: tuple[str, ...] = ()

    @abc.abstractmethod
    def summary(self) -> str:
        """Say in plain words what was found and how sure it is."""

    @abc.abstractmethod
    def to_document(self) -> tuple[dict[str, Any], Arrays]:
        """Return the facts (JSON-serialisable) and the arrays of the result."""

    @classmethod
    @abc.abstractmethod
    def from_document(cls, document: dict[str, Any], arrays: Arrays) -> Self:
        """Build the result from what `to_document` returned."""

    @property
    def value(self) -> Any:
        """What the function that made it returns: the result itself, or the Dataset that it keeps."""
        return self

    def figures(self) -> dict[str, Any]:
        """Return the few figures by which results are compared in a table.

        Returns
        -------
        dict
            Heading -> text or number.
        """
        return {"outcome": self.status}

    def plot(self, **options: Any) -> Any:
        """Draw the result by the view that is registered for its kind.

        Parameters
        ----------
        **options : Any
            Passed on to the view ``KIND.plot``.

        Returns
        -------
        object
            What the view returns: a HoloViews figure.

        Raises
        ------
        MissingExtraError
            If the packages that draw are not installed.
        PhysForgeError
            If nothing is registered for this kind.
        """
        return find_view(f"{self.kind}.plot")(self, **options)

    def write_files(self, folder: Path) -> None:  # noqa: B027
        """Write what neither JSON nor npz holds; nothing by default.

        Parameters
        ----------
        folder : pathlib.Path
            Of the result.
        """

    @classmethod
    def read_files(cls, folder: Path) -> dict[str, Any]:  # noqa: ARG003
        """Read what `write_files` wrote, for `from_document`.

        Parameters
        ----------
        folder : pathlib.Path
            Of the result.

        Returns
        -------
        dict
            Added to the document.
        """
        return {}

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the result to the new folder `path`.

        Parameters
        ----------
        path : str or path-like
            A folder that does not exist yet; it appears whole or not at all.

        Returns
        -------
        pathlib.Path
            The folder.

        Raises
        ------
        PhysForgeError
            If `path` exists already.
        """
        target = Path(path)
        if target.exists():
            raise PhysForgeError(f"{target} exists already; choose a new folder or delete it first.")
        document, arrays = self.to_document()
        document = {
            "kind": self.kind,
            "schema_version": self.schema_version,
            "status": self.status,
            "diagnostics": list(self.diagnostics),
            "provenance": dict(self.provenance),
            "citations": list(self.citations),
            "content": document,
        }
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            (scratch / _DOCUMENT).write_text(json.dumps(document, indent=2, allow_nan=True), encoding="utf-8")
            np.savez(scratch / _ARRAYS, allow_pickle=False, **arrays)
            (scratch / _CITATIONS).write_text(bibtex(self.citations), encoding="utf-8")
            self.write_files(scratch)
            scratch.rename(target)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a result that `save` wrote.

        Parameters
        ----------
        path : str or path-like
            The folder.

        Returns
        -------
        Result
            Equal in every figure to the one saved.

        Raises
        ------
        PhysForgeError
            If the folder holds no result, one of another kind, or one written by
            a newer version of PhysForge.
        """
        folder = Path(path)
        try:
            document = json.loads((folder / _DOCUMENT).read_text(encoding="utf-8"))
            with np.load(folder / _ARRAYS, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
        except (OSError, ValueError) as error:
            raise PhysForgeError(f"{folder} holds no readable result: {error}") from error
        if document.get("kind") != cls.kind:
            raise PhysForgeError(f"{folder} holds a {document.get('kind')!r} result, not {cls.kind!r}.")
        if document.get("schema_version", 0) > cls.schema_version:
            raise PhysForgeError(f"{folder} was written by a newer PhysForge; upgrade to read it.")
        base = {
            "status": document["status"],
            "diagnostics": tuple(document["diagnostics"]),
            "provenance": document["provenance"],
            "citations": tuple(document["citations"]),
        }
        return cls.from_document({**document["content"], **cls.read_files(folder), "base": base}, arrays)
