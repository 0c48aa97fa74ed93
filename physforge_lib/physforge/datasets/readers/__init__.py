"""Readers, one file format a module, found through the entry points ``physforge.readers``.

=======  ===================================================
format   extensions
=======  ===================================================
csv      .csv .tsv .txt .dat (long or wide)
npz      .npz
npy      .npy
netcdf   .nc .nc4 .cdf, and .h5 .hdf5 (any HDF5 with arrays)
mat      .mat (version 5 and 7.3)
zarr     .zarr (a folder, version 2 or 3)
json     .json (columns, records or arrays)
parquet  .parquet .pq (columns; needs physforge[parquet])
xlsx     .xlsx .xlsm (one sheet of a workbook)
vtk      .vti .vtr .vtu (XML formats) and .pvd
=======  ===================================================
"""
