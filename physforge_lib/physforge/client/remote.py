"""A remote workbench's data sets, by name."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from physforge.client.adding import content_of
from physforge.client.calls import Calls
from physforge.client.downloads import fetch_blob, fetch_version
from physforge.client.event_log import fetch_events
from physforge.client.finding import Finder, Record
from physforge.client.login import Login
from physforge.client.uploads import FileSource, send
from physforge.datasets.store.names import as_id, split_reference
from physforge.datasets.store.tree import read_manifest
from physforge.errors import UnknownDatasetError


class RemoteWorkbench:
    """The data sets of a workbench, over its REST API.

    Parameters
    ----------
    login : Login, optional
        Where, and who; by default what the environment or ``physforge login`` says.

    Notes
    -----
    A *reference* is a name (``"run"``), a name and number (``"run@2"``), or an id. Where
    several people share data sets of one name, the caller's own is meant.
    """

    def __init__(self, login: Login | None = None) -> None:
        self._calls = Calls(login or Login.find())
        self._finder = Finder(self._calls)

    def __repr__(self) -> str:
        return f"RemoteWorkbench({self._calls.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._calls.close()

    @property
    def url(self) -> str:
        """Address of the workbench."""
        return self._calls.url

    def me(self) -> dict[str, Any]:
        """Say who the token belongs to.

        Returns
        -------
        dict
            Name, id, roles, groups, scopes and quota.
        """
        return self._calls.get("/me")

    def groups(self) -> Iterator[dict[str, Any]]:
        """List the groups to share with: one's own; for administrators all of them.

        Yields
        ------
        dict
            Id and name, by name.
        """
        yield from self._finder.parts("/groups")

    def export_events(self, to: str | os.PathLike[str], **wanted: Any) -> dict[str, Any]:
        """Write events of the workbench's event log to a file, as an auditor.

        Parameters
        ----------
        to : str or path-like
            A file that does not exist yet; the signed manifest is ``<to>.manifest.json``.
        **wanted
            Which events (``since``, ``until``, ``actor``, ``act``, ``object_kind``,
            ``object_id``, ``outcome``, ``request_id``), ``format`` (``"jsonl"`` or
            ``"csv"``) and ``personal``; those that are None are left out.

        Returns
        -------
        dict
            The manifest.

        Raises
        ------
        RemoteError
            If the workbench refuses or breaks off, or something is there already.
        """
        given = {name: value for name, value in wanted.items() if value is not None}
        return fetch_events(self._calls, Path(to), given)

    def datasets(self, search: str = "", *, name: str | None = None, trash: bool = False) -> Iterator[dict[str, Any]]:
        """List the data sets that the caller may see.

        Parameters
        ----------
        search : str, default ""
            Words that must all occur.
        name : str, optional
            Exactly so.
        trash : bool, default False
            Those in the caller's trash instead.

        Returns
        -------
        iterator of dict
            By name.
        """
        return self._finder.all(search=search or None, name=name, trash=trash or None)

    def dataset(self, reference: str) -> dict[str, Any]:
        """Find a data set.

        Parameters
        ----------
        reference : str
            Name or id; a version number is not looked at.

        Returns
        -------
        dict
            Its record, with its newest version as ``head``.

        Raises
        ------
        UnknownDatasetError
            If there is none that the caller may see.
        DatasetError
            If several people share one of that name.
        """
        name, _ = split_reference(reference)
        if as_id(name) is not None:
            return self._calls.get(f"/datasets/{uuid.UUID(name)}")
        found = self._finder.named(name)
        if found is None:
            raise UnknownDatasetError(f"The workbench at {self.url} has no data set {name!r} that you may see.")
        return found

    def versions(self, reference: str) -> list[dict[str, Any]]:
        """List the versions of a data set.

        Parameters
        ----------
        reference : str
            Name or id.

        Returns
        -------
        list of dict
            The first first.
        """
        found: list[dict[str, Any]] = self._calls.get(f"/datasets/{self.dataset(reference)['id']}/versions")["items"]
        return found

    def version(self, reference: str) -> dict[str, Any]:
        """Find a version.

        Parameters
        ----------
        reference : str
            Name or id, and number; the newest without one.

        Returns
        -------
        dict
            Its record.
        """
        dataset = self.dataset(reference)
        _, number = split_reference(reference)
        if number is None:
            head: dict[str, Any] = dataset["head"]
            return head
        return self._calls.get(f"/datasets/{dataset['id']}/versions/{number}")

    def upload(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        message: str = "",
        parent: int | None = None,
        dataset_id: str | None = None,
        project_id: str | None = None,
        format: str | None = None,  # noqa: A002
        attributes: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Upload a file or zarr folder, as a new data set or as the next version of one.

        Parameters
        ----------
        path : str or path-like
            The file or folder. Of a folder, files that are in the newest version already
            are not sent.
        name : str, optional
            Of the data set; the file's without its extension by default.
        message : str, default ""
            What is new.
        parent : int, optional
            Number of the version that it goes on from; refused if that is not the newest.
        dataset_id : str, optional
            Another's data set that this is a new version of.
        project_id : str, optional
            The project it goes into; the caller's default one otherwise.
        format : str, optional
            The reader's name; by the extension by default.
        attributes, options : mapping, optional
            Of the data set, and for its reader.

        Returns
        -------
        dict
            The version. An upload that was cut off goes on when this is called again.
        """
        facts = {
            "name": name,
            "message": message or None,
            "parent": parent,
            "dataset_id": dataset_id,
            "project_id": project_id,
            "format": format,
            "attributes": dict(attributes or {}),
            "options": dict(options or {}),
        }
        data = Path(path).expanduser()
        if not data.is_dir():
            return send(self._calls, FileSource(data), data.name, facts)
        base = self._folder_to_go_on_from(name or data.stem, dataset_id, project_id)
        with content_of(data, format, self._known(base)) as content:
            facts |= {"format": None, "folder": True}
            if base is not None:
                facts |= {"name": None, "dataset_id": base["id"], "unchanged_from": base["head"]["number"]}
            return send(self._calls, content.source, content.file_name, facts)

    def download(self, reference: str, to: str | os.PathLike[str] | None = None) -> Path:
        """Download a version as it was added.

        Parameters
        ----------
        reference : str
            Name or id, and number; the newest without one.
        to : str or path-like, optional
            A new file, or a folder to put it into; the current folder by default.

        Returns
        -------
        pathlib.Path
            What was written; its bytes were checked against the version's SHA-256. A
            download that was cut off goes on when this is called again.
        """
        version = self.version(reference)
        target = Path(to).expanduser() if to is not None else Path()
        if target.is_dir():
            # Only the last part of what somebody else once called their file, and nothing that hides it.
            target = target / (Path(version["original_name"].replace("\\", "/")).name.lstrip(".") or "download")
        return fetch_version(self._calls, version, target.absolute())

    def _folder_to_go_on_from(self, name: str, dataset_id: str | None, project_id: str | None) -> Record | None:
        """Return the data set whose next version a folder is, so that only what is new of it is sent."""
        if dataset_id is not None:
            return self._calls.get(f"/datasets/{uuid.UUID(dataset_id)}")
        place = project_id or self._finder.default_project
        found = [one for one in self._finder.all(name=name) if self._finder.is_mine(one) and one["project_id"] == place]
        return found[0] if found else None

    def _known(self, base: Record | None) -> frozenset[str]:
        if base is None or base["head"]["layout"] != "tree":
            return frozenset()
        with tempfile.TemporaryDirectory(prefix="physforge-") as folder:
            manifest = Path(folder) / "manifest"
            fetch_blob(self._calls, base["head"], base["head"]["sha256"], manifest)
            return frozenset(read_manifest(manifest.read_bytes()).values())
