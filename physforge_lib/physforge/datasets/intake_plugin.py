"""What plain intake learns from an installed PhysForge: two file types, their reader, and the drivers of our catalogs.

Intake imports this module by its entry points (``intake.imports``, ``intake.drivers``);
nothing of PhysForge does. Our own catalogs never go through intake, since a catalog in
its hands is a program.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import xarray as xr
from intake.readers import datatypes
from intake.readers.readers import FileReader
from intake.source.base import DataSource

from physforge.datasets.catalog_files import CatalogFiles
from physforge.datasets.catalog_loader import make_entry
from physforge.datasets.files import open_file
from physforge.datasets.remote import fetch_address
from physforge.errors import CatalogError
from physforge.settings import Settings

#: The first bytes of any zip archive, by which intake knows Excel, and takes npz for it.
_ZIP = b"PK\x03\x04"

#: Those of an archive of a spreadsheet: what its first member is called.
_SPREADSHEET = (None, rb"(?s)\APK\x03\x04.{26}(?:\[Content_Types\]|_rels/|docProps/|xl/|mimetype)")


class NpzFile(datatypes.FileData):  # type: ignore[misc]
    """Several numpy arrays in a zip archive."""

    filepattern = r"\.npz$"
    magic: ClassVar[set[Any]] = {(None, rb"(?s)\APK\x03\x04.{26}[^\x00]{1,250}?\.npy")}
    structure: ClassVar[set[str]] = {"array"}


class VtkFile(datatypes.FileData):  # type: ignore[misc]
    """An XML file of VTK: an image, a rectilinear grid, a mesh, or a time series of them."""

    filepattern = r"\.(vti|vtr|vtu|pvd)$"
    magic: ClassVar[set[Any]] = {(None, rb"\A\s*(?:<\?xml[^>]{0,200}>\s*)?<VTKFile\b")}
    structure: ClassVar[set[str]] = {"array", "mesh"}


class PhysForgeReader(FileReader):  # type: ignore[misc]
    """A data file, opened as `physforge.open_dataset` does."""

    output_instance = "xarray:Dataset"
    implements: ClassVar[set[type]] = {NpzFile, VtkFile}
    imports: ClassVar[set[str]] = {"physforge"}
    func = "physforge.datasets.intake_plugin:open_url"
    url_arg = "url"


def open_url(url: str, **options: Any) -> xr.Dataset:
    """Open a file that intake names.

    Parameters
    ----------
    url : str
        A path, ``file://`` with a path, or an address that begins with ``https://``.
    **options
        As for `physforge.datasets.files.open_file`; ``sha256`` checks an address.

    Returns
    -------
    xarray.Dataset
        Following the conventions.

    Raises
    ------
    DatasetError
        If the file cannot be had or read.
    """
    if "://" not in url or url.startswith("file://"):
        return open_file(Path(url.removeprefix("file://")), **options)
    return open_file(fetch_address(url, Settings.from_environment(), options.pop("sha256", None)), **options)


class CatalogSource(DataSource):  # type: ignore[misc]
    """An entry of a catalog of PhysForge (version 1 of intake's layout).

    Parameters
    ----------
    metadata : mapping
        Title, licence and source; intake adds the catalog's folder.
    **arguments
        ``urlpath`` or, for a reference problem, ``name``; and the reader's options.
    """

    container = "xarray"
    version = "1"
    driver: ClassVar[str]

    def __init__(self, metadata: Mapping[str, Any] | None = None, **arguments: Any) -> None:
        super().__init__(metadata=dict(metadata or {}))
        self._arguments = arguments

    def read(self) -> xr.Dataset:
        """Open the data set, after checking it as `physforge.catalog` does.

        Returns
        -------
        xarray.Dataset
            Following the conventions.

        Raises
        ------
        CatalogError
            If the entry asks for anything that `catalog_schema` does not know, or a
            remote file has no SHA-256.
        """
        facts = dict(self.metadata)
        folder = Path(str(facts.pop("catalog_dir", "")).removeprefix("file://"))
        if not folder.is_absolute():
            raise CatalogError(f"The catalog of a source {self.driver!r} is not on this machine ({folder}).")
        arguments = {key: _relative(value, folder) for key, value in self._arguments.items()}
        source = {
            "driver": self.driver,
            "description": self.description or "-",
            "args": arguments,
            "metadata": facts,
        }
        entry = make_entry(str(getattr(self._entry, "name", None) or "entry"), source, folder)
        return CatalogFiles(Settings.from_environment()).open(entry)

    def to_dask(self) -> xr.Dataset:
        """Open the data set in dask arrays.

        Returns
        -------
        xarray.Dataset
            What was read into memory is one chunk an array.
        """
        ds = self.read()
        return ds if ds.chunks else ds.chunk()


def _relative(value: Any, folder: Path) -> Any:
    """Return a path beside the catalog as it stood in the file, before intake expanded it."""
    if not isinstance(value, str) or not value.removeprefix("file://").startswith(f"{folder}/"):
        return value
    return value.removeprefix("file://").removeprefix(f"{folder}/").lstrip("/")


class ProblemSource(CatalogSource):
    """A reference problem, computed when it is read."""

    name = driver = "problem"


class JsonSource(CatalogSource):
    """Columns in JSON."""

    name = driver = "json"


class MatSource(CatalogSource):
    """A MATLAB file."""

    name = driver = "mat"


class NpySource(CatalogSource):
    """A numpy array."""

    name = driver = "npy"


class NpzSource(CatalogSource):
    """Numpy arrays in an archive."""

    name = driver = "npz"


class VtkSource(CatalogSource):
    """A file of VTK."""

    name = driver = "vtk"


class XlsxSource(CatalogSource):
    """A spreadsheet."""

    name = driver = "xlsx"


def _narrow_excel() -> None:
    """Let intake know Excel by what the archive holds: by the first bytes alone every npz is one."""
    if _ZIP in datatypes.Excel.magic:
        datatypes.Excel.magic = (datatypes.Excel.magic - {_ZIP}) | {_SPREADSHEET}


_narrow_excel()
