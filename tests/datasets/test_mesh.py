"""Meshes keep their cells, and series of files stay on disk."""

from __future__ import annotations

import base64
import lzma
import struct
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import physforge as pf  # noqa: F401 - registers the accessor
from physforge.datasets.conform import conform
from physforge.datasets.export import write_netcdf
from physforge.datasets.files import open_file
from physforge.datasets.lazy import is_lazy
from physforge.datasets.mesh import CONNECTIVITY, OFFSETS, TYPES, at_centres, has_mesh
from physforge.errors import DatasetError

#: A square of two triangles beside a rectangle.
POINTS = "0 0 0  1 0 0  1 1 0  0 1 0  3 0 0  3 1 0"
CELLS = {"connectivity": "0 1 2 0 2 3 1 4 5 2", "offsets": "3 6 10", "types": "5 5 9"}


def write_mesh(folder: Path, pressure: str = "10 20 30", **changes: str) -> Path:
    cells = "".join(
        f'<DataArray type="Int64" Name="{name}" format="ascii">{values}</DataArray>'
        for name, values in {**CELLS, **changes}.items()
    )
    path = folder / "a.vtu"
    path.write_text(
        '<VTKFile type="UnstructuredGrid"><UnstructuredGrid><Piece NumberOfPoints="6" NumberOfCells="3">'
        '<PointData><DataArray type="Float64" Name="u" format="ascii">0 1 2 3 4 5</DataArray></PointData>'
        f'<CellData><DataArray type="Float64" Name="p" format="ascii">{pressure}</DataArray></CellData>'
        '<Points><DataArray type="Float64" NumberOfComponents="3" format="ascii">'
        f"{POINTS}</DataArray></Points><Cells>{cells}</Cells></Piece></UnstructuredGrid></VTKFile>"
    )
    return path


def test_the_cells_are_kept(tmp_path: Path) -> None:
    ds = open_file(write_mesh(tmp_path))
    assert has_mesh(ds)
    assert ds["u"].dims == ("point",)
    np.testing.assert_array_equal(ds[CONNECTIVITY], [0, 1, 2, 0, 2, 3, 1, 4, 5, 2])
    np.testing.assert_array_equal(ds[OFFSETS], [3, 6, 10])
    np.testing.assert_array_equal(ds[TYPES], [5, 5, 9])
    assert {ds[name].dtype for name in (CONNECTIVITY, OFFSETS, TYPES)} == {np.dtype(np.int64)}
    assert ds.pf.check().about("samples")


@pytest.mark.parametrize("data", ["point", "cell"])
def test_a_mesh_survives_netcdf(tmp_path: Path, data: str) -> None:
    ds = open_file(write_mesh(tmp_path), data=data).drop_attrs(deep=False)
    again = open_file(write_netcdf(ds, tmp_path / "a.nc")).drop_attrs(deep=False)
    xr.testing.assert_identical(again, ds)


def test_values_in_cells_are_at_their_centres(tmp_path: Path) -> None:
    ds = open_file(write_mesh(tmp_path), data="cell")
    assert ds["p"].dims == ("cell",)
    centres = at_centres(ds)
    assert not has_mesh(centres)
    np.testing.assert_allclose(centres["x"], [2 / 3, 1 / 3, 2])
    np.testing.assert_allclose(centres["y"], [1 / 3, 2 / 3, 0.5])
    np.testing.assert_array_equal(centres["p"], [10, 20, 30])
    conform(centres, where="centres")
    with pytest.raises(DatasetError, match="no values in cells"):
        at_centres(open_file(write_mesh(tmp_path)))


@pytest.mark.parametrize(
    "changes",
    [
        {"connectivity": "0 1 2 0 2 3 1 4 6 2"},
        {"connectivity": "0 1 2 0 2 3 1 4 -1 2"},
        {"connectivity": "0 1 2"},
        {"offsets": "3 6 99999999999"},
        {"offsets": "6 3 10"},
        {"types": "5 5"},
        {"pressure": "1 2"},
    ],
)
def test_cells_of_other_points_are_refused(tmp_path: Path, changes: dict[str, str]) -> None:
    with pytest.raises(DatasetError, match=r"a\.vtu"):
        open_file(write_mesh(tmp_path, **changes), data="cell")


def series(folder: Path, count: int = 4) -> Path:
    for k in range(count):
        write_mesh(folder, f"{k} {k + 1} {k + 2}").rename(folder / f"a{k}.vtu")
    rows = "".join(f'<DataSet timestep="{0.5 * k}" part="0" file="a{k}.vtu"/>' for k in range(count))
    path = folder / "run.pvd"
    path.write_text(f'<VTKFile type="Collection"><Collection>{rows}</Collection></VTKFile>')
    return path


def test_a_series_on_disk_has_a_block_a_time(tmp_path: Path) -> None:
    path = series(tmp_path)
    ds = open_file(path, data="cell", lazy=True)
    assert is_lazy(ds)
    assert ds["p"].chunks == ((1, 1, 1, 1), (3,))
    read = open_file(path, data="cell", lazy=False)
    xr.testing.assert_identical(ds.compute().drop_attrs(deep=False), read.drop_attrs(deep=False))
    np.testing.assert_array_equal(read["p"].sel(t=1.5), [3, 4, 5])


def test_a_series_on_disk_notices_another_grid_when_it_is_read(tmp_path: Path) -> None:
    path = series(tmp_path)
    other = (tmp_path / "a2.vtu").read_text()
    (tmp_path / "a2.vtu").write_text(other.replace("3 1 0", "4 1 0"))
    with pytest.raises(DatasetError, match="at t=1 its fields or its grid"):
        open_file(path, lazy=False)
    ds = open_file(path, lazy=True)
    assert float(ds["u"].isel(t=0).max()) == 5
    with pytest.raises(DatasetError, match="at t=1 its fields or its grid"):
        ds.compute()


def test_lzma_is_read(tmp_path: Path) -> None:
    values = np.arange(12.0)
    packed = lzma.compress(values.tobytes())
    header = struct.pack("<IIII", 1, values.nbytes, 0, len(packed))
    text = base64.b64encode(header).decode() + base64.b64encode(packed).decode()
    path = tmp_path / "a.vti"
    path.write_text(
        '<VTKFile type="ImageData" byte_order="LittleEndian" compressor="vtkLZMADataCompressor"><ImageData '
        'WholeExtent="0 3 0 2 0 0" Origin="0 0 0" Spacing="1 1 1"><Piece Extent="0 3 0 2 0 0"><PointData>'
        f'<DataArray type="Float64" Name="u" format="binary">{text}</DataArray></PointData>'
        "</Piece></ImageData></VTKFile>"
    )
    np.testing.assert_array_equal(open_file(path)["u"].transpose("y", "x"), values.reshape(3, 4))
