"""The result of a job whose direct call returns a Dataset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import xarray as xr

from physforge.results import Arrays, Result

_FILE = "dataset.nc"
_FOLDER = "dataset.zarr"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DatasetResult(Result):
    """A Dataset that is kept as netCDF, or as zarr where it is computed while it is written.

    Parameters
    ----------
    dataset : xarray.Dataset
        What the direct call returns.
    """

    dataset: xr.Dataset

    @property
    def value(self) -> xr.Dataset:
        """The Dataset."""
        return self.dataset

    def summary(self) -> str:
        """Say in plain words what is in it."""
        over = ", ".join(f"{dim} ({size})" for dim, size in self.dataset.sizes.items()) or "nothing"
        head = f"{', '.join(map(str, self.dataset.data_vars))} over {over}; {self.status}."
        return "\n".join([head, *self.diagnostics])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.status!r}, {', '.join(map(str, self.dataset.data_vars))})"

    def to_document(self) -> tuple[dict[str, Any], Arrays]:
        """Return the facts; see `Result.to_document`. The arrays are in a file of their own."""
        return {"variables": list(map(str, self.dataset.data_vars)), "sizes": _sizes(self.dataset)}, {}

    @classmethod
    def from_document(cls, document: dict[str, Any], arrays: Arrays) -> Self:  # noqa: ARG003
        """Build the result from the facts and the Dataset."""
        return cls(dataset=document["dataset"], **document["base"])

    def write_files(self, folder: Path) -> None:
        """Write ``dataset.nc``, or ``dataset.zarr`` for dask arrays.

        Parameters
        ----------
        folder : pathlib.Path
            Of the result.
        """
        from physforge.datasets.export import write_netcdf, write_zarr

        if any(variable.chunks is not None for variable in self.dataset.variables.values()):
            write_zarr(self.dataset, folder / _FOLDER)
        else:
            write_netcdf(self.dataset, folder / _FILE)

    @classmethod
    def read_files(cls, folder: Path) -> dict[str, Any]:
        """Read what `write_files` wrote.

        Parameters
        ----------
        folder : pathlib.Path
            Of the result.

        Returns
        -------
        dict
            ``"dataset"``; from zarr as dask arrays.
        """
        if (folder / _FOLDER).is_dir():
            ds: xr.Dataset = xr.open_zarr(folder / _FOLDER, consolidated=False, decode_times=False)
            return {"dataset": ds.drop_encoding()}
        return {"dataset": xr.load_dataset(folder / _FILE, engine="h5netcdf", decode_times=False).drop_encoding()}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DerivativesResult(DatasetResult):
    """Derivatives with their standard deviations."""

    kind: ClassVar[str] = "derivatives"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SimulationResult(DatasetResult):
    """Fields integrated forward in time."""

    kind: ClassVar[str] = "simulation"


def _sizes(ds: xr.Dataset) -> dict[str, int]:
    return {str(dim): int(size) for dim, size in ds.sizes.items()}
