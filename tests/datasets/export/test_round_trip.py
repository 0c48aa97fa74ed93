"""What is written comes back as it was: values to the last bit, units, attributes, gaps, dims."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dask.array
import numpy as np
import pytest
import xarray as xr

from physforge.datasets.conform import conform
from physforge.datasets.export import SUFFIXES, find_writer, write
from physforge.datasets.files import open_file
from physforge.errors import DatasetError

RNG = np.random.default_rng(5)


def grid() -> xr.Dataset:
    u = RNG.normal(size=(4, 6)) * 10.0 ** RNG.integers(-300, 300, size=(4, 6))
    u[1, 2] = np.nan
    return xr.Dataset(
        {
            "u": (("t", "x"), u, {"units": "m/s", "long_name": "speed, = along the axis"}),
            "u_sd": (("t", "x"), np.abs(RNG.normal(size=(4, 6))), {"units": "m/s"}),
            "forcing": ("t", RNG.normal(size=4)),
        },
        {
            "t": ("t", np.cumsum(RNG.random(4)), {"units": "s", "origin": "2024-05-31T12:00"}),
            "x": ("x", np.linspace(0, 1 / 3, 6), {"units": "µm", "period": 0.4}),
        },
        {"title": "Ein Kanal, größer; =1+1", "licence": "CC-BY-4.0", "equation": "u_t = -u*u_x", "runs": [1.5, 2.5]},
    )


def falling_axis() -> xr.Dataset:
    return grid().isel(t=slice(None, None, -1), x=slice(None, None, -1))


def system() -> xr.Dataset:
    t = np.array([0.0, 0.1, 0.3, 1e-7 + 1])
    return xr.Dataset({"T": ("t", [1.0, np.nan, 3.0, 0.1 + 0.2]), "usol": ("t", [1.0, 2.0, 3.0, 4.0])}, {"t": t})


def points() -> xr.Dataset:
    coords = {name: ("point", RNG.normal(size=7), {"units": "m"}) for name in ("t", "x", "y")}
    return xr.Dataset({"u": ("point", RNG.normal(size=7)), "u_sd": ("point", np.full(7, 0.1))}, coords)


def complex_field() -> xr.Dataset:
    h = RNG.normal(size=(3, 5)) + 1j * RNG.normal(size=(3, 5))
    return xr.Dataset({"h": (("t", "x"), h, {"units": "V"})}, {"t": np.arange(3.0), "x": np.arange(5.0)})


def runs() -> xr.Dataset:
    u = RNG.normal(size=(3, 4))
    coords = {"trajectory": ["steel, long", "brass", "=oak"], "t": np.arange(4.0), "mass": ("trajectory", [3.0, 2, 1])}
    return xr.Dataset({"u": (("trajectory", "t"), u)}, coords)


def runs_without_names() -> xr.Dataset:
    return xr.Dataset({"u": (("trajectory", "t"), RNG.normal(size=(3, 4)))}, {"t": np.arange(4.0)})


def three_dimensions() -> xr.Dataset:
    sizes = {"t": 2, "x": 3, "y": 4, "z": 5}
    coords = {dim: np.sort(RNG.normal(size=size)) for dim, size in sizes.items()}
    return xr.Dataset({"w": (tuple(sizes), RNG.normal(size=(2, 3, 4, 5)))}, coords)


def steady() -> xr.Dataset:
    return xr.Dataset({"u": (("x", "y"), RNG.normal(size=(3, 4)))}, {"x": np.arange(3.0), "y": np.arange(4.0)})


def calendar() -> xr.Dataset:
    t = (np.datetime64("2024-02-27T00:00") + np.arange(3) * np.timedelta64(36, "h")).astype("datetime64[ns]")
    return xr.Dataset({"u": ("t", [1, 2, 3])}, {"t": t})


def on_dask() -> xr.Dataset:
    return grid().chunk({"t": 3, "x": 4})


def complex_on_dask() -> xr.Dataset:
    return complex_field().chunk({"t": 2})


EXAMPLES = [
    grid, falling_axis, system, points, complex_field, runs, runs_without_names, three_dimensions, steady, calendar,
    on_dask, complex_on_dask,
]  # fmt: skip


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.__name__)
def test_round_trip(tmp_path: Path, example: Callable[[], xr.Dataset], suffix: str) -> None:
    ds = example()
    wanted = conform(ds.compute(), where="the example")
    path = write(ds, tmp_path / f"run{suffix}")
    assert list(tmp_path.iterdir()) == [path]
    found = open_file(path)
    assert {found.attrs.pop("source"), len(found.attrs.pop("sha256"))} == {path.name, 64}
    assert found.attrs.pop("title") == wanted.attrs.pop("title", "run")
    xr.testing.assert_identical(found.drop_encoding(), wanted)
    assert {name: variable.dims for name, variable in found.variables.items()} == {
        name: variable.dims for name, variable in wanted.variables.items()
    }


def test_the_fields_of_a_zarr_folder_are_in_the_order_of_their_names(tmp_path: Path) -> None:
    names = ["w", "b", "v", "a", "u_sd", "u"]
    ds = xr.Dataset({name: ("t", RNG.normal(size=3)) for name in names}, {"t": np.arange(3.0)})
    path = write(ds, tmp_path / "run.zarr")
    assert list(open_file(path).data_vars) == sorted(names)
    assert list(open_file(path, fields=("w", "a")).data_vars) == ["w", "a"]


MESHES = sorted((Path(__file__).parents[1] / "vtk_files").glob("mesh*.vtu"))


@pytest.mark.parametrize("suffix", [suffix for suffix in SUFFIXES if suffix not in {".csv", ".tsv"}])
@pytest.mark.parametrize("file", MESHES, ids=lambda path: path.name)
def test_a_mesh_keeps_its_cells(tmp_path: Path, file: Path, suffix: str) -> None:
    ds = open_file(file)
    assert {"mesh_connectivity", "mesh_offsets", "mesh_types"} <= set(ds.coords)
    found = open_file(write(ds, tmp_path / f"mesh{suffix}"))
    for one in (ds, found):
        one.attrs = {key: value for key, value in one.attrs.items() if key not in {"source", "sha256"}}
    xr.testing.assert_identical(found.drop_encoding(), ds)
    assert {name: found[name].dtype for name in found.variables} == {name: ds[name].dtype for name in ds.variables}


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_a_table_refuses_a_mesh_which_it_would_multiply_out(tmp_path: Path, suffix: str) -> None:
    ds = open_file(MESHES[0])
    with pytest.raises(DatasetError, match=r"cells of a mesh; write \.nc"):
        write(ds, tmp_path / f"mesh{suffix}")
    assert not list(tmp_path.iterdir())
    bare = ds.drop_dims(["corner", "cell"], errors="ignore")
    np.testing.assert_array_equal(open_file(write(bare, tmp_path / f"points{suffix}"))["u"], ds["u"])


def test_a_table_of_fields_on_different_axes_is_not_multiplied_out_for_ever(tmp_path: Path) -> None:
    axes = {"t": np.arange(300.0), "x": np.arange(300.0), "y": np.arange(300.0)}
    ds = xr.Dataset({"u": (("t", "x"), np.zeros((300, 300))), "w": ("y", np.zeros(300))}, axes)
    with pytest.raises(DatasetError, match="27000000 rows, where no field has more than 90000 samples"):
        write(ds, tmp_path / "run.csv")
    assert not list(tmp_path.iterdir())
    small = ds.isel(t=slice(3), x=slice(4), y=slice(5))
    xr.testing.assert_equal(open_file(write(small, tmp_path / "run.csv")), small)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_writing_leaves_the_dataset_alone(tmp_path: Path, suffix: str) -> None:
    ds = open_file(write(grid(), tmp_path / "first.nc"))
    before = ds.copy(deep=True)
    write(ds, tmp_path / f"second{suffix}")
    xr.testing.assert_identical(ds, before)
    assert ds["u"].encoding == before["u"].encoding


def test_how_an_earlier_file_packed_the_values_is_forgotten(tmp_path: Path) -> None:
    ds = grid()
    ds["u"].encoding = {"dtype": "int16", "scale_factor": 0.5, "_FillValue": -1}
    np.testing.assert_array_equal(open_file(write(ds, tmp_path / "a.nc"))["u"], ds["u"])


def test_the_suffix_chooses_and_an_unknown_one_is_named() -> None:
    assert find_writer("A.NC") is SUFFIXES[".nc"]
    with pytest.raises(DatasetError, match=r"run\.doc: nothing writes the suffix '\.doc'; known are \.nc, \.nc4, "):
        find_writer("run.doc")
    with pytest.raises(DatasetError, match="suffix ''"):
        find_writer("run")


WRONG = {
    "no field": (lambda: grid()[[]], "no field"),
    "an array": (lambda: grid()["u"], "to_dataset"),
    "text": (lambda: grid().assign(name=("t", list("abcd"))), "'name' is not numeric"),
    "a mapping as attribute": (lambda: grid().assign_attrs(note={"a": 1}), "'note' of the dataset is a dict"),
    "nothing as attribute": (lambda: grid().assign_attrs(note=None), "is a NoneType"),
    "a scale as attribute": (lambda: with_attribute("scale_factor", 2.0), "'u' has an attribute 'scale_factor'"),
    "a slash": (lambda: grid().rename(u="u/v"), "called 'u/v'"),
    "a name that is taken": (lambda: complex_field().assign(h_re=("t", np.zeros(3))), "'h_re', which is taken"),
}


def with_attribute(name: str, value: object) -> xr.Dataset:
    ds = grid()
    ds["u"].attrs[name] = value
    return ds


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("what", WRONG)
def test_what_no_file_can_hold_is_refused_and_nothing_is_left(tmp_path: Path, what: str, suffix: str) -> None:
    make, message = WRONG[what]
    with pytest.raises(DatasetError, match=message):
        write(make(), tmp_path / f"run{suffix}")
    assert not list(tmp_path.iterdir())


class BrokenError(RuntimeError):
    pass


def breaks_off() -> xr.Dataset:
    """A dataset whose last chunk cannot be computed."""

    def compute(block_info: dict) -> np.ndarray:
        if block_info[None]["chunk-location"] == (3, 0):
            raise BrokenError
        return np.ones((25, 50))

    u = dask.array.map_blocks(compute, chunks=((25,) * 4, (50,)), dtype=float, meta=np.empty((0, 0)))
    return xr.Dataset({"u": (("t", "x"), u)}, {"t": np.arange(100.0), "x": np.arange(50.0)})


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_interrupted_write_leaves_what_was_there(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"run{suffix}"
    if suffix != ".zarr":
        path.write_text("the old content")
    before = list(tmp_path.iterdir())
    with pytest.raises(BrokenError):
        write(breaks_off(), path)
    assert list(tmp_path.iterdir()) == before
    assert suffix == ".zarr" or path.read_text() == "the old content"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_folder_is_never_replaced_and_a_missing_one_is_named(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"run{suffix}").mkdir()
    with pytest.raises(DatasetError, match="exists already"):
        write(system(), tmp_path / f"run{suffix}")
    with pytest.raises(DatasetError, match=r"no folder .*nowhere"):
        write(system(), tmp_path / "nowhere" / f"run{suffix}")
