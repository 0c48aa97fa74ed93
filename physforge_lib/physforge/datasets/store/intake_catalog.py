"""Write data sets as files with a catalog that plain intake reads."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import xarray as xr

from physforge.datasets.export import write_netcdf, write_zarr
from physforge.datasets.export.atomic import staged
from physforge.datasets.store.records import Version
from physforge.errors import DatasetError

#: Name of the catalog in the folder.
CATALOG = "catalog.yaml"

_FACTS = ("title", "licence", "source", "equation")


def write_intake_catalog(datasets: Iterable[tuple[Version, xr.Dataset]], path: str | os.PathLike[str]) -> Path:
    """Write a folder with ``catalog.yaml`` and the files that it names.

    Parameters
    ----------
    datasets : iterable of (Version, xarray.Dataset)
        As opened from a store; what is in memory becomes netCDF, dask arrays zarr.
    path : str or path-like
        A folder that does not exist yet; it appears whole or not at all. It can be
        moved, since paths are relative to the catalog.

    Returns
    -------
    pathlib.Path
        The catalog, as an absolute path.

    Raises
    ------
    DatasetError
        If a name holds braces, which intake would take for a template; if there is a
        folder of that name, or the disk refuses.
    """
    from intake.readers import datatypes, readers
    from intake.readers.entry import Catalog

    catalog = Catalog()
    with staged(path) as hidden:
        (hidden / "data").mkdir(parents=True)
        for number, (version, ds) in enumerate(datasets, start=1):
            if "{" in version.name or "}" in version.name:
                raise DatasetError(
                    f"The name {version.name!r} holds braces, which intake takes for a template; rename it."
                )
            metadata = _metadata(version, ds)
            if ds.chunks:
                file = write_zarr(ds, hidden / "data" / f"{number}.zarr")
                data = datatypes.Zarr(f"{{CATALOG_DIR}}/data/{file.name}")
                reader = readers.XArrayDatasetReader(data, consolidated=False, metadata=metadata)
            else:
                file = write_netcdf(ds, hidden / "data" / f"{number}.nc")
                data = datatypes.HDF5(f"{{CATALOG_DIR}}/data/{file.name}")
                reader = readers.XArrayDatasetReader(data, engine="h5netcdf", metadata=metadata)
            catalog[version.name] = reader
            # Intake 2 lists aliases alone; an entry without one is there, but not seen.
            catalog.aliases[version.name] = version.name
        catalog.to_yaml_file(str(hidden / CATALOG))
    return Path(path).expanduser().absolute() / CATALOG


def _metadata(version: Version, ds: xr.Dataset) -> dict[str, Any]:
    facts = {key: str(ds.attrs[key]) for key in _FACTS if key in ds.attrs}
    facts |= {"version": str(version.number), "sha256": version.sha256, "message": version.message}
    # A brace would be the start of a template, which intake expands.
    return {key: value.replace("{", "(").replace("}", ")") for key, value in facts.items()}
