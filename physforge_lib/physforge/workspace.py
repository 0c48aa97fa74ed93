"""A workspace: where one user's data, catalog and results are."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import xarray as xr

from physforge.datasets.catalog import Catalog
from physforge.datasets.files import open_file
from physforge.datasets.remote import fetch_address
from physforge.errors import UnknownDatasetError
from physforge.settings import Settings


class Workspace:
    """The catalog and the folders that the functions of PhysForge work with.

    Parameters
    ----------
    home : str or path-like, optional
        State folder; by default what ``PHYSFORGE_HOME`` says. Nothing is created
        before it is needed.
    settings : Settings, optional
        All folders; read from the environment by default.

    Examples
    --------
    >>> ds = Workspace().open_dataset("lynx-hare")
    >>> dict(ds.sizes)
    {'t': 21}
    """

    def __init__(self, home: str | os.PathLike[str] | None = None, *, settings: Settings | None = None) -> None:
        chosen = settings or Settings.from_environment()
        if home is not None:
            chosen = dataclasses.replace(chosen, home=Path(home).expanduser().absolute())
        self._settings = chosen

    def __repr__(self) -> str:
        return f"Workspace(home={str(self._settings.home)!r})"

    @property
    def settings(self) -> Settings:
        """The folders in use."""
        return self._settings

    @cached_property
    def catalog(self) -> Catalog:
        """The data sets known by name."""
        return Catalog.shipped(self._settings)

    def open_dataset(
        self,
        name_or_path: str | os.PathLike[str],
        *,
        dims: Sequence[str] | None = None,
        units: Mapping[str, str] | None = None,
        **options: Any,
    ) -> xr.Dataset:
        """Open a data set.

        Parameters
        ----------
        name_or_path : str or path-like
            A name of the catalog, else a path, else an address that begins with
            ``https://`` (with ``sha256="..."`` its content is checked). Write
            ``./name`` for a file that is called like a catalog entry.
        dims : sequence of str, optional
            Names of the axes, where the file leaves them open.
        units : mapping of str to str, optional
            Variable or coordinate -> unit, for example ``{"x": "mm"}``.
        **options
            What the reader of that format takes (see `physforge.datasets.readers`).

        Returns
        -------
        xarray.Dataset
            Float64 fields over t, x, y, z, with units, title, source and SHA-256.

        Raises
        ------
        UnknownDatasetError
            If it is neither a name nor a file; the nearest names are listed.
        DatasetError
            Naming file, line and variable, if the data cannot be used.
        """
        text = os.fspath(name_or_path)
        is_text = isinstance(name_or_path, str)
        if dims is not None:
            options["dims"] = dims
        if is_text and text in self.catalog:
            return self.catalog.read(text, units=units, **options)
        if is_text and "://" in text:
            path = fetch_address(text, self._settings, options.pop("sha256", None))
            return open_file(path, units=units, **options)
        if is_text and not Path(text).expanduser().exists():
            near = self.catalog.nearest(text)
            hint = f"the nearest are {', '.join(near)}" if near else f"it has {', '.join(self.catalog)}"
            raise UnknownDatasetError(
                f"There is no file {text} in {Path.cwd()}, and the catalog has no data set {text!r}; {hint}."
            )
        return open_file(text, units=units, **options)


def open_dataset(
    name_or_path: str | os.PathLike[str],
    *,
    dims: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    **options: Any,
) -> xr.Dataset:
    """Open a data set by catalog name, path or address, in the default workspace.

    Parameters
    ----------
    name_or_path : str or path-like
        See `Workspace.open_dataset`.
    dims : sequence of str, optional
        Names of the axes, where the file leaves them open.
    units : mapping of str to str, optional
        Variable or coordinate -> unit.
    **options
        What the reader of that format takes.

    Returns
    -------
    xarray.Dataset
        Float64 fields over t, x, y, z.

    Raises
    ------
    DatasetError
        If there is no such data set, or its data cannot be used.

    Examples
    --------
    >>> list(open_dataset("lynx-hare").data_vars)
    ['hare_thousands', 'lynx_thousands']
    """
    return Workspace().open_dataset(name_or_path, dims=dims, units=units, **options)
