"""Several runs in the cell arrays of a MATLAB file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io

from physforge.datasets.files import open_file
from physforge.errors import DatasetError

T = np.linspace(0, 1, 7)

Writer = Callable[..., Path]


def cells(*arrays: np.ndarray) -> np.ndarray:
    cell = np.empty((len(arrays), 1), dtype=object)
    cell[:, 0] = arrays
    return cell


def write5(folder: Path, **variables: np.ndarray) -> Path:
    scipy.io.savemat(folder / "a.mat", variables)
    return folder / "a.mat"


def write5_compressed(folder: Path, **variables: np.ndarray) -> Path:
    scipy.io.savemat(folder / "a.mat", variables, do_compression=True)
    return folder / "a.mat"


def write73(folder: Path, **variables: np.ndarray) -> Path:
    """Write what MATLAB does with ``-v7.3``: classes as attributes, and the cells in a group of their own."""
    with h5py.File(folder / "a.mat", "w", userblock_size=512) as file:
        for name, values in variables.items():
            if values.dtype == object:
                cell = np.empty(values.T.shape, h5py.ref_dtype)
                for index in np.ndindex(*values.T.shape):
                    inner = put(file, f"#refs#/{name}{'_'.join(map(str, index))}", values.T[index])
                    cell[index] = inner.ref
                file.create_dataset(name, data=cell, dtype=h5py.ref_dtype).attrs["MATLAB_class"] = np.bytes_("cell")
            else:
                put(file, name, values)
    return folder / "a.mat"


def put(file: h5py.File, name: str, values: np.ndarray) -> h5py.Dataset:
    array = np.atleast_2d(values).T
    if array.size == 0:
        made = file.create_dataset(name, data=np.array(array.T.shape, np.uint64))
        made.attrs["MATLAB_empty"] = np.uint8(1)
    elif array.dtype.kind == "c":
        parts = np.empty(array.shape, [("real", "f8"), ("imag", "f8")])
        parts["real"], parts["imag"] = array.real, array.imag
        made = file.create_dataset(name, data=parts)
    elif array.dtype.kind == "U":
        made = file.create_dataset(name, data=np.frombuffer(str(array[0, 0]).encode("utf-16-le"), np.uint16)[:, None])
    else:
        made = file.create_dataset(name, data=array)
    made.attrs["MATLAB_class"] = np.bytes_("char" if array.dtype.kind == "U" else "double")
    return made


WRITERS = [write5, write5_compressed, write73]
each_version = pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)


@each_version
def test_runs_at_the_same_times_lie_along_trajectory(tmp_path: Path, write: Writer) -> None:
    runs = cells(np.stack([T, 2 * T]), np.stack([3 * T, 4 * T]))
    path = write(tmp_path, Time_id=cells(T[:, None], T[:, None]), Y_id=runs, dt=np.array(0.1))
    ds = open_file(path, fields=("Y_id",))
    assert ds["Y2"].dims == ("trajectory", "t")
    np.testing.assert_array_equal(ds["trajectory"], [1, 2])
    np.testing.assert_allclose(ds["Y2"], [2 * T, 4 * T])
    one = open_file(path, fields=("Y_id",), run=2)
    np.testing.assert_allclose(one["Y1"], 3 * T)
    assert one["Y1"].dims == ("t",)


@each_version
def test_runs_of_other_times_are_opened_one_by_one(tmp_path: Path, write: Writer) -> None:
    path = write(tmp_path, t=cells(T, T[:5]), y=cells(T, T[:5]))
    with pytest.raises(DatasetError, match=r"run 2 has other times than run 1; open the runs one by one, as run=1"):
        open_file(path, fields=("y",))
    assert open_file(path, fields=("y",), run=2).sizes["t"] == 5
    with pytest.raises(DatasetError, match="no run 3; there are 1 to 2"):
        open_file(path, fields=("y",), run=3)
    with pytest.raises(DatasetError, match="no run 0"):
        open_file(path, fields=("y",), run=0)


@each_version
def test_the_message_shows_how(tmp_path: Path, write: Writer) -> None:
    with pytest.raises(DatasetError, match=r"t has 2, y has 2.*fields=\('[ty]',\), run=1"):
        open_file(write(tmp_path, t=cells(T, T), y=cells(T, T)))
    with pytest.raises(DatasetError, match="no list of runs 'z'"):
        open_file(write(tmp_path, t=cells(T, T), y=cells(T, T)), fields=("z",), run=1)


@each_version
def test_cells_are_runs_in_matlabs_order_and_may_be_complex(tmp_path: Path, write: Writer) -> None:
    grid = np.empty((2, 2), dtype=object)
    for row, column in np.ndindex(2, 2):
        grid[row, column] = T * (1 + row + 10j * column)
    times = np.empty((2, 2), dtype=object)
    times[:] = [[T, T], [T, T]]
    path = write(tmp_path, t=times, h=grid)
    for run, (row, column) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)], start=1):
        found = open_file(path, fields=("h",), run=run)
        wanted = {"h_re": T * (1 + row), "h_im": 10 * T * column} if column else {"h": T * (1 + row)}
        assert set(found) == set(wanted)
        for name, values in wanted.items():
            np.testing.assert_allclose(found[name], values)


@each_version
def test_text_and_cells_beside_arrays_are_left_out(tmp_path: Path, write: Writer) -> None:
    path = write(tmp_path, t=T, u=2 * T, note=np.array("a run"), names=cells(np.array("a"), np.array("b")))
    ds = open_file(path)
    assert set(ds.variables) == {"u", "t"}
    np.testing.assert_allclose(ds["u"], 2 * T)
    with pytest.raises(DatasetError, match="no list of runs 'names'"):
        open_file(path, fields=("names",))


def test_cells_of_version_73_that_refer_to_one_another_or_nowhere(tmp_path: Path) -> None:
    path = write73(tmp_path, t=cells(T, T), y=cells(T, 2 * T), u=T)
    with h5py.File(path, "r+") as file:
        loop = file.create_dataset("loop", (2,), h5py.ref_dtype)
        loop[0] = loop[1] = loop.ref
        loop.attrs["MATLAB_class"] = np.bytes_("cell")
        file.create_dataset("null", (2,), h5py.ref_dtype).attrs["MATLAB_class"] = np.bytes_("cell")
        group = file.create_dataset("group", (2,), h5py.ref_dtype)
        group[0] = group[1] = file["#refs#"].ref
        group.attrs["MATLAB_class"] = np.bytes_("cell")
    np.testing.assert_allclose(open_file(path, fields=("y",), run=2)["y"], 2 * T)
    for name in ("loop", "null", "group"):
        with pytest.raises(DatasetError, match=f"no list of runs '{name}'; it has t, y|no list of runs '{name}'"):
            open_file(path, fields=(name,), run=1)


def test_a_small_file_whose_cells_are_one_array_many_times_over_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        big = file.create_dataset("#refs#/a", data=np.zeros((1, 2**17)), compression="gzip")
        big.attrs["MATLAB_class"] = np.bytes_("double")
        for name in ("t", "y"):
            cell = file.create_dataset(name, data=np.full((5000,), big.ref, h5py.ref_dtype), dtype=h5py.ref_dtype)
            cell.attrs["MATLAB_class"] = np.bytes_("cell")
    with pytest.raises(DatasetError, match=r"GiB|times"):
        open_file(path, fields=("y",), run=1)


@pytest.mark.parametrize("tenth", range(1, 10))
def test_a_cut_file_of_version_73_is_refused(tmp_path: Path, tenth: int) -> None:
    path = write73(tmp_path, t=cells(T, T), y=cells(T, 2 * T))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * tenth // 10])
    with pytest.raises(DatasetError):
        open_file(path, fields=("y",), run=1)


def test_references_that_a_flipped_bit_sends_elsewhere_end_in_an_error_or_in_numbers(tmp_path: Path) -> None:
    path = write73(tmp_path, t=cells(T, T), y=cells(T, 2 * T))
    with h5py.File(path, "r") as file:
        start = file["y"].id.get_offset() + 512 * (file["y"].id.get_offset() < 512)
    content = bytearray(path.read_bytes())
    refused = 0
    for bit in range(0, 64, 3):
        changed = bytearray(content)
        changed[start + bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        try:
            open_file(path, fields=("y",), run=1)
        except DatasetError:
            refused += 1
    assert refused > 10


def test_the_pendulum_arm(published: Path) -> None:
    path = published / "experiments" / "pendulum_arm.mat"
    with pytest.raises(DatasetError, match=r"Time_id has 4, Time_vad has 2, Y_id has 4, Y_vad has 2.*run=1"):
        open_file(path)
    fit = [open_file(path, fields=("Y_id",), run=run) for run in (1, 2, 3, 4)]
    check = [open_file(path, fields=("Y_vad",), run=run) for run in (1, 2)]
    assert [ds.sizes["t"] for ds in fit + check] == [9167] * 5 + [9166]
    for ds in fit + check:
        # The second output is the rate of the first.
        rate = np.gradient(ds["Y1"].to_numpy(), ds["t"].to_numpy())
        assert np.corrcoef(rate, ds["Y2"])[0, 1] > 0.98


def test_falling_balls(published: Path) -> None:
    path = published / "experiments" / "falling_balls.xlsx"
    with pytest.raises(DatasetError, match=r"11 of its sheets have cells.*'Golf Ball'"):
        open_file(path)
    ds = open_file(path, sheet="Golf Ball", trajectory="Drop #", run=1)
    assert list(ds.data_vars) == ["Height", "Velocity"]
    assert ds["Height"].attrs["units"] == "m"
    assert float(ds["Height"][0] - ds["Height"][-1]) > 30
