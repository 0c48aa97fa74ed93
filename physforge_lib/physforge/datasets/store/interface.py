"""What a store of data sets promises; `physforge.testing.DatasetStoreTests` holds one to it."""

from __future__ import annotations

import abc
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from physforge.datasets.store.lineage import Lineage
from physforge.datasets.store.records import Derivation, Description, Garbage, StoredDataset, Version

#: How long the bytes of a deleted data set are kept, in seconds.
GRACE_S = 24 * 3600.0


class DatasetStore(abc.ABC):
    """Data sets that keep their history.

    A *reference* is a name (``"run"``: its head), a name and number (``"run@2"``), or the
    id of a data set or version. Everything that names a version also takes ``version=2``.
    """

    @abc.abstractmethod
    def add(
        self,
        data: str | os.PathLike[str] | xr.Dataset,
        *,
        name: str | None = None,
        message: str = "",
        author: str | None = None,
        parents: Sequence[str | int] | None = None,
        derived_from: str | Derivation | Sequence[str | Derivation] = (),
        branch: bool = False,
        format: str | None = None,  # noqa: A002
        attributes: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Version:
        """Register a file, a zarr folder or a dataset.

        The bytes are copied and hashed in one pass, and the version is there when this
        returns, or not at all. What is in them is looked at when it is first asked for
        (`describe`, `preview`, `open`), not here.

        Parameters
        ----------
        data : str, path-like or xarray.Dataset
            A file of any format that `physforge.open_dataset` reads, a zarr folder, or
            a dataset that follows the conventions: up to 16 MiB it is kept as netCDF,
            above as zarr version 3.
        name : str, optional
            By default the file's name without its extension, or the dataset's title.
            If there is a data set of that name, this becomes its next version.
        message : str, default ""
            What is new.
        author : str, optional
            The user of this machine or hub by default.
        parents : sequence of str or int, optional
            The versions that this one goes on from (numbers or references); the head
            by default, none for a new data set.
        derived_from : str, Derivation or sequence of them, optional
            What it was computed from. A dataset that was opened from this store names
            its source by itself.
        branch : bool, default False
            Whether it may go on from a version that is not the head. The head stays.
        format : str, optional
            The reader's name; by the extension by default.
        attributes : mapping, optional
            Title, licence, source, ... for the opened dataset; text and numbers.
        **options
            What the reader is to be told each time it is opened, such as ``dims`` and
            ``units``.

        Returns
        -------
        Version
            The new one; or the head, if data, options and attributes are the head's
            and neither parents nor sources were named.

        Raises
        ------
        DatasetError
            If the name, file, options or attributes are refused.
        StaleVersionError
            If the parents are not the head, or it moved while this was written, and
            `branch` is False.
        StoreError
            If the disk is full or the store fails; nothing is visible then.
        """

    @abc.abstractmethod
    def get(self, reference: str, version: int | None = None) -> Version:
        """Find a version.

        Parameters
        ----------
        reference : str
            Name or id.
        version : int, optional
            Number; the head by default.

        Returns
        -------
        Version
            Its record.

        Raises
        ------
        UnknownDatasetError
            If there is no such data set or version outside the trash.
        """

    @abc.abstractmethod
    def open(
        self,
        reference: str,
        version: int | None = None,
        *,
        units: Mapping[str, str] | None = None,
        verify: bool = True,
        **options: Any,
    ) -> xr.Dataset:
        """Open a version.

        Parameters
        ----------
        reference : str
            Name or id.
        version : int, optional
            Number; the head by default.
        units : mapping of str to str, optional
            Variable or coordinate -> unit; goes before what was given to `add`.
        verify : bool, default True
            Whether a file is hashed first. The chunks of a zarr folder are verified
            whenever they are read, in any case.
        **options
            For the reader; they go before what was given to `add`.

        Returns
        -------
        xarray.Dataset
            Following the conventions; zarr folders as dask arrays. Attributes ``title``,
            ``source``, ``sha256``, ``store_dataset`` (as ``run@2``) and ``store_version``
            (the version's id).

        Raises
        ------
        UnknownDatasetError
            If there is no such data set or version outside the trash.
        StoreError
            If the stored bytes are missing or changed.
        DatasetError
            If they cannot be read as a dataset.
        """

    @abc.abstractmethod
    def list(self) -> Sequence[StoredDataset]:
        """List the data sets that are not in the trash.

        Returns
        -------
        list of StoredDataset
            By name.
        """

    @abc.abstractmethod
    def search(self, text: str) -> Sequence[StoredDataset]:
        """List the data sets in which every word of a text occurs.

        Parameters
        ----------
        text : str
            Words, in any case; looked for in name, file name, message, author,
            attributes, and the names of fields that were looked at before.

        Returns
        -------
        list of StoredDataset
            By name.
        """

    @abc.abstractmethod
    def describe(self, reference: str, version: int | None = None) -> Description:
        """Describe what is in a version; computed when first asked for, then kept.

        Parameters
        ----------
        reference : str
            Name or id.
        version : int, optional
            Number; the head by default.

        Returns
        -------
        Description
            Figures of each variable, and the findings of the check.
        """

    @abc.abstractmethod
    def preview(self, reference: str, version: int | None = None) -> dict[str, Any]:
        """Return a thinned-out version that can be drawn; computed once, then kept.

        Parameters
        ----------
        reference : str
            Name or id.
        version : int, optional
            Number; the head by default.

        Returns
        -------
        dict
            See `physforge.datasets.store.preview.preview`.
        """

    @abc.abstractmethod
    def versions(self, reference: str) -> Sequence[Version]:
        """List the versions of a data set.

        Parameters
        ----------
        reference : str
            Name or id.

        Returns
        -------
        list of Version
            The first first.
        """

    @abc.abstractmethod
    def lineage(self, reference: str, version: int | None = None) -> Lineage:
        """Say where a version comes from.

        Parameters
        ----------
        reference : str
            Name or id.
        version : int, optional
            Number; the head by default.

        Returns
        -------
        Lineage
            Back to the bytes that were first added.
        """

    @abc.abstractmethod
    def remove(self, reference: str) -> StoredDataset:
        """Put a data set with all versions into the trash.

        Parameters
        ----------
        reference : str
            Name or id.

        Returns
        -------
        StoredDataset
            As it is in the trash; its name is free again.
        """

    @abc.abstractmethod
    def restore(self, reference: str, *, name: str | None = None) -> StoredDataset:
        """Take a data set out of the trash.

        Parameters
        ----------
        reference : str
            Name (the one removed last) or id.
        name : str, optional
            A new name, if the old one is taken.

        Returns
        -------
        StoredDataset
            As it was.

        Raises
        ------
        UnknownDatasetError
            If the trash has no such data set.
        DatasetError
            If the name is taken.
        """

    @abc.abstractmethod
    def trash(self) -> Sequence[StoredDataset]:
        """List what is in the trash.

        Returns
        -------
        list of StoredDataset
            What was removed last first.
        """

    @abc.abstractmethod
    def empty_trash(self, reference: str | None = None) -> Sequence[StoredDataset]:
        """Delete what is in the trash. This cannot be undone.

        Parameters
        ----------
        reference : str, optional
            Only this data set.

        Returns
        -------
        list of StoredDataset
            What was deleted. Garbage collection takes the bytes after a grace time.
        """

    @abc.abstractmethod
    def collect_garbage(self, *, grace_s: float = GRACE_S) -> Garbage:
        """Delete bytes that nothing refers to, and what interrupted writes left.

        Parameters
        ----------
        grace_s : float, default `GRACE_S`
            How long ago, in seconds, the trash must have been emptied.

        Returns
        -------
        Garbage
            What was deleted, and how many bytes wait for the end of their grace time.
            Writes may go on meanwhile; none of theirs is touched.
        """

    @abc.abstractmethod
    def export(
        self,
        reference: str,
        path: str | os.PathLike[str],
        format: str = "original",  # noqa: A002
        *,
        version: int | None = None,
    ) -> Path:
        """Write a version to a file.

        Parameters
        ----------
        reference : str
            Name or id.
        path : str or path-like
            Where to.
        format : {"original", "netcdf", "hdf5", "csv", "zarr"}, default "original"
            The bytes as they were added, or the opened dataset in a format.
        version : int, optional
            Number; the head by default.

        Returns
        -------
        pathlib.Path
            What was written, as an absolute path.

        Raises
        ------
        DatasetError
            If the format is unknown or cannot hold the dataset.
        StoreError
            If the stored bytes are missing or changed.
        """

    @abc.abstractmethod
    def export_rocrate(self, references: Sequence[str], path: str | os.PathLike[str]) -> Path:
        """Write versions with their history as an RO-Crate.

        Parameters
        ----------
        references : sequence of str
            Names or ids.
        path : str or path-like
            A folder that does not exist yet; it appears whole or not at all.

        Returns
        -------
        pathlib.Path
            The folder: the original bytes, and ``ro-crate-metadata.json`` with authors,
            fields, units, hashes and how each version was made.
        """

    @abc.abstractmethod
    def export_intake_catalog(self, path: str | os.PathLike[str], references: Sequence[str] | None = None) -> Path:
        """Write data sets as files with a catalog that plain intake reads.

        Parameters
        ----------
        path : str or path-like
            A folder that does not exist yet; it appears whole or not at all.
        references : sequence of str, optional
            Names or ids; the heads of all data sets by default.

        Returns
        -------
        pathlib.Path
            The catalog, ``catalog.yaml`` in the folder.
        """
