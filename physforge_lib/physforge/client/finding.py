"""Find a remote data set or version by what a user calls it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from physforge.client.calls import Calls
from physforge.datasets.store.names import (
    as_id,
    name_in_trash,
    split_reference,
    two_numbers,
    unknown_name,
    unknown_version,
)
from physforge.errors import DatasetError, UnknownDatasetError

#: Items of a list that are asked for at a time.
PART = 200

DEFAULT_PROJECT = "default"

Record = dict[str, Any]


class Finder:
    """Data sets that the caller may see, by reference.

    Parameters
    ----------
    calls : Calls
        The workbench.

    Notes
    -----
    Of several data sets of one name the caller's own is meant: by its owner's id, since
    anybody can share one of any name.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def me(self) -> Record:
        """Who calls."""
        return self._calls.get("/me")

    def all(self, **query: Any) -> Iterator[Record]:
        """List data sets.

        Parameters
        ----------
        **query : object
            As the REST API names it.

        Returns
        -------
        iterator of dict
            By name.
        """
        return self.parts("/datasets", **query)

    def parts(self, path: str, **query: Any) -> Iterator[Record]:
        """List what comes in parts.

        Parameters
        ----------
        path : str
            Of the list.
        **query : object
            As the REST API names it.

        Yields
        ------
        dict
            In the list's order.
        """
        cursor = None
        while True:
            part = self._calls.get(path, limit=PART, cursor=cursor, **query)
            yield from part["items"]
            cursor = part["next"]
            if cursor is None:
                return

    def named(self, name: str, *, again: bool = True) -> Record | None:
        """Find a data set by its name.

        Parameters
        ----------
        name : str
            In its normal form.
        again : bool, default True
            Whether to try again if the workbench does not answer.

        Returns
        -------
        dict or None
            The caller's own; else the only one that is shared with the caller.

        Raises
        ------
        DatasetError
            If several could be meant.
        """
        found = self._calls.get("/datasets", name=name, limit=PART, again=again)["items"]
        if len(found) > 1:
            mine = [one for one in found if self.is_mine(one)]
            if len(mine) > 1:
                default = self.default_project
                mine = [one for one in mine if one["project_id"] == default] or mine
            found = mine or found
        if len(found) > 1:
            listed = ", ".join(f"{one['id']} ({one['owner']})" for one in found[:5])
            raise DatasetError(f"There are {len(found)} data sets {name!r}; name one by its id: {listed}.")
        return found[0] if found else None

    def is_mine(self, dataset: Record) -> bool:
        """Say whether a data set is the caller's own.

        Parameters
        ----------
        dataset : dict
            Its record.

        Returns
        -------
        bool
            Not only shared, in whatever role.
        """
        return bool(dataset["owner_id"] == self.me["id"])

    def dataset(self, reference: str) -> Record:
        """Find a data set that is not in the trash.

        Parameters
        ----------
        reference : str
            Name, or id of the data set or of a version.

        Returns
        -------
        dict
            Its record.

        Raises
        ------
        UnknownDatasetError
            If there is none; the nearest names are listed.
        """
        name, _ = split_reference(reference)
        found = self.named(name) if as_id(name) is None else self.find_id(name)
        if found is None or found["removed"] is not None:
            raise self.unknown(name)
        return found

    def find_id(self, text: str) -> Record | None:
        """Find a data set by its id, or that of one of its versions.

        Parameters
        ----------
        text : str
            An id.

        Returns
        -------
        dict or None
            Its record; it may be in the trash.
        """
        return self._of_id(text)[0]

    def version(self, reference: str, number: int | None = None) -> tuple[Record, Record]:
        """Find a version of a data set that is not in the trash.

        Parameters
        ----------
        reference : str
            Name, name and number, or id.
        number : int, optional
            The head by default.

        Returns
        -------
        dataset, version : dict
            Their records.

        Raises
        ------
        UnknownDatasetError
            If there is none.
        DatasetError
            If `number` is not the one in the reference.
        """
        name, named = split_reference(reference)
        if number is not None and named is not None and number != named:
            raise two_numbers(reference, named, number)
        wanted = named if number is None else number
        dataset, version = (self.named(name), None) if as_id(name) is None else self._of_id(name)
        if dataset is None or dataset["removed"] is not None:
            raise self.unknown(name)
        if wanted is None:
            return dataset, version or dataset["head"]
        if wanted == dataset["head"]["number"]:
            return dataset, dataset["head"]
        if not 1 <= wanted <= dataset["versions"]:
            raise unknown_version(dataset["name"], wanted, dataset["versions"])
        return dataset, self._calls.get(f"/datasets/{dataset['id']}/versions/{wanted}")

    def in_trash(self, reference: str) -> Record:
        """Find a data set in the trash.

        Parameters
        ----------
        reference : str
            Name (the one removed last) or id.

        Returns
        -------
        dict
            Its record.

        Raises
        ------
        UnknownDatasetError
            If there is none.
        """
        name, _ = split_reference(reference)
        key = as_id(name)
        trash = sorted(self.all(trash=True), key=lambda one: str(one["removed"]), reverse=True)
        for one in trash:
            if one["name"] == name or (key is not None and one["id"] == str(key)):
                return one
        raise unknown_name(name, [one["name"] for one in trash], "trash")

    def unknown(self, name: str) -> UnknownDatasetError:
        """Return the error for a name that no data set has.

        Parameters
        ----------
        name : str
            As it was asked for.

        Returns
        -------
        UnknownDatasetError
            With the nearest names, or that it is in the trash.
        """
        if as_id(name) is None and any(self.all(trash=True, name=name)):
            return name_in_trash(name)
        return unknown_name(name, [one["name"] for one in self.all()], "store")

    @cached_property
    def default_project(self) -> str | None:
        """The project that new data sets of the caller go into; None before there is one."""
        for one in self.parts("/projects"):
            if one["name"] == DEFAULT_PROJECT and one["owner_id"] == self.me["id"]:
                return str(one["id"])
        return None

    def _of_id(self, text: str) -> tuple[Record | None, Record | None]:
        """Return the data set of an id, and the version if it is one's."""
        key = as_id(text)
        try:
            return self._calls.get(f"/datasets/{key}"), None
        except UnknownDatasetError:
            pass
        try:
            version = self._calls.get(f"/versions/{key}")
            return self._calls.get(f"/datasets/{version['dataset_id']}"), version
        except UnknownDatasetError:
            return None, None


class VersionFinder(Finder):
    """The versions that one job reads, for whoever has no more than the job's token: by their ids alone.

    Parameters
    ----------
    calls : Calls
        The workbench.
    """

    def named(self, name: str, *, again: bool = True) -> Record | None:  # noqa: ARG002
        """Refuse (see `Finder.named`).

        Raises
        ------
        UnknownDatasetError
            Always.
        """
        raise UnknownDatasetError(f"{name!r}: the token of a job finds what the job reads, by ids of versions alone.")

    def _of_id(self, text: str) -> tuple[Record | None, Record | None]:
        try:
            version = self._calls.get(f"/versions/{as_id(text)}")
        except UnknownDatasetError:
            return None, None
        # As much of the data set as the version says itself.
        dataset = {"id": version["dataset_id"], "name": version["name"], "versions": version["number"]}
        return {**dataset, "head": version, "removed": None}, version

    def unknown(self, name: str) -> UnknownDatasetError:
        """Return the error for what the job does not read (see `Finder.unknown`)."""
        return UnknownDatasetError(f"{name!r} is not what the job reads, or may not be seen by whoever submitted it.")
