"""What the store exports is what was added: the same bytes, or the same data to the last bit in another format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from physforge.datasets.conform import conform
from physforge.datasets.export import write
from physforge.datasets.files import open_file, sha256_of
from physforge.datasets.store import DatasetStore
from physforge.errors import DatasetError

FORMATS = {"netcdf": ".nc", "hdf5": ".h5", "csv": ".csv", "zarr": ".zarr"}
MESH = Path(__file__).parents[1] / "vtk_files" / "mesh-raw-zlib.vtu"

#: What a store and a file say of themselves.
OWN = frozenset({"source", "sha256", "store_dataset", "store_version"})


def example() -> xr.Dataset:
    rng = np.random.default_rng(11)
    u = rng.normal(size=(6, 5)) * 10.0 ** rng.integers(-300, 300, size=(6, 5))
    u[0, 0] = u[3, 2] = np.nan
    h = rng.normal(size=(6, 5)) + 1j * rng.normal(size=(6, 5))
    return xr.Dataset(
        {
            "u": (("t", "x"), u, {"units": "m/s", "long_name": "speed, = along the axis"}),
            "u_sd": (("t", "x"), np.abs(rng.normal(size=(6, 5))), {"units": "m/s"}),
            "h": (("t", "x"), h, {"units": "V"}),
        },
        {"t": ("t", np.cumsum(rng.random(6)), {"units": "s"}), "x": ("x", np.arange(5) / 3, {"period": 5 / 3})},
        {"title": "Ein Kanal, größer", "licence": "CC-BY-4.0", "equation": "u_t = -u*u_x"},
    )


def plain(ds: xr.Dataset, own: frozenset[str] = OWN) -> xr.Dataset:
    bare = ds.compute().drop_encoding()
    bare.attrs = {key: value for key, value in ds.attrs.items() if key not in own}
    return bare


def as_file(folder: Path, suffix: str) -> Path:
    return write(example(), folder / f"run{suffix}")


SOURCES = {
    "in memory": lambda _folder: example(),
    "on dask": lambda _folder: example().chunk({"t": 4}),
    "a netCDF file": lambda folder: as_file(folder, ".nc"),
    "a zarr folder": lambda folder: as_file(folder, ".zarr"),
    "a table": lambda folder: as_file(folder, ".csv"),
}


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("source", SOURCES)
def test_nothing_is_lost_in_another_format(store: DatasetStore, tmp_path: Path, source: str, format_: str) -> None:
    store.add(SOURCES[source](tmp_path), name="run")
    exported = store.export("run", tmp_path / f"copy{FORMATS[format_]}", format_)
    wanted = conform(example(), where="the example")
    assert {"h_re", "h_im"} <= set(wanted)
    xr.testing.assert_identical(plain(open_file(exported)), plain(wanted))


@pytest.mark.parametrize("suffix", [".nc", ".h5", ".csv", ".zarr"])
def test_the_bytes_of_a_file_come_back(store: DatasetStore, tmp_path: Path, suffix: str) -> None:
    path = as_file(tmp_path, suffix)
    store.add(path, name="run")
    assert sha256_of(store.export("run", tmp_path / f"copy{suffix}")) == sha256_of(path)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_mesh_keeps_its_cells_or_is_refused(store: DatasetStore, tmp_path: Path, format_: str) -> None:
    store.add(MESH, name="mesh")
    assert store.export("mesh", tmp_path / "copy.vtu").read_bytes() == MESH.read_bytes()
    target = tmp_path / f"copy{FORMATS[format_]}"
    if format_ == "csv":
        with pytest.raises(DatasetError, match="cells of a mesh"):
            store.export("mesh", target, format_)
        assert not target.exists()
    else:
        found = open_file(store.export("mesh", target, format_))
        untitled = OWN | {"title"}  # it is called after the data set
        xr.testing.assert_identical(plain(found, untitled), plain(open_file(MESH), untitled))
        assert found["mesh_connectivity"].dtype == np.int64
