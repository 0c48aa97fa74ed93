"""Write datasets to files that `physforge.open_dataset` reads back as they were, one format a module.

========  ==================  ====================================================
writer    suffixes            what it is for
========  ==================  ====================================================
netcdf    .nc .nc4            the default: every attribute, any size, any program
hdf5      .h5 .hdf5           the same content for programs that know HDF5 alone
zarr      .zarr (a folder)    large data, read in parts
csv       .csv .tsv           spreadsheets and text tools; one row a sample
========  ==================  ====================================================

Each writes under a temporary name beside the target and renames when done, so that
a reader sees the whole file or none. What a dask array holds is computed part by part.
"""

from __future__ import annotations

from physforge.datasets.export.csv import write_csv
from physforge.datasets.export.dispatch import SUFFIXES, find_writer, write
from physforge.datasets.export.hdf5 import write_hdf5
from physforge.datasets.export.netcdf import write_netcdf
from physforge.datasets.export.zarr import write_zarr

__all__ = ["SUFFIXES", "find_writer", "write", "write_csv", "write_hdf5", "write_netcdf", "write_zarr"]
