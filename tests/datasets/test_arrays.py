"""Arrays of .npz, .npy, .mat and .h5 files: matched to axes by name and length, or refused."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.io
import xarray as xr

from physforge.datasets.files import open_file
from physforge.datasets.readers.mat5 import read_mat5
from physforge.errors import DatasetError

T = np.linspace(0, 1, 7)
X = np.linspace(-1, 1, 9)
U = np.random.default_rng(0).normal(size=(9, 7))

Writer = Callable[..., Path]


def write_npz(folder: Path, **arrays: Any) -> Path:
    np.savez(folder / "a.npz", **arrays)
    return folder / "a.npz"


def write_npz_compressed(folder: Path, **arrays: Any) -> Path:
    np.savez_compressed(folder / "a.npz", **arrays)
    return folder / "a.npz"


def write_mat5(folder: Path, **arrays: Any) -> Path:
    scipy.io.savemat(folder / "a.mat", arrays)
    return folder / "a.mat"


def write_mat5_compressed(folder: Path, **arrays: Any) -> Path:
    scipy.io.savemat(folder / "a.mat", arrays, do_compression=True)
    return folder / "a.mat"


def write_mat4(folder: Path, **arrays: Any) -> Path:
    scipy.io.savemat(folder / "a.mat", arrays, format="4")
    return folder / "a.mat"


def write_mat73(folder: Path, **arrays: Any) -> Path:
    """Write what MATLAB does: every array two-dimensional and transposed, complex as a compound, a user block."""
    with h5py.File(folder / "a.mat", "w", userblock_size=512) as file:
        for name, values in arrays.items():
            array = np.atleast_2d(values).T
            if array.dtype.kind == "c":
                parts = np.empty(array.shape, dtype=[("real", float), ("imag", float)])
                parts["real"], parts["imag"] = array.real, array.imag
                array = parts
            file[name] = array
    return folder / "a.mat"


def write_hdf5(folder: Path, **arrays: Any) -> Path:
    with h5py.File(folder / "a.h5", "w") as file:
        group = file.create_group("run")
        for name, values in arrays.items():
            group[name] = values
    return folder / "a.h5"


WRITERS = [write_npz, write_npz_compressed, write_mat4, write_mat5, write_mat5_compressed, write_mat73, write_hdf5]
writers = pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)


@writers
@pytest.mark.parametrize("name", ["u", "uu", "usol"])
@pytest.mark.parametrize("flip", [False, True])
def test_a_field_is_matched_by_length_whichever_way_it_lies(
    tmp_path: Path, write: Writer, name: str, flip: bool
) -> None:
    ds = open_file(write(tmp_path, x=X, tt=T, nu=0.1, **{name: U.T if flip else U}))
    assert list(ds.data_vars) == ["u"]
    assert ds["u"].dims == ("t", "x")
    np.testing.assert_array_equal(ds["u"], U.T)
    np.testing.assert_array_equal(ds["x"], X)
    np.testing.assert_array_equal(ds["t"], T)
    assert {variable.dtype for variable in ds.variables.values()} == {np.dtype(float)}


@writers
def test_equal_lengths_ask_for_dims(tmp_path: Path, write: Writer) -> None:
    square = U[:7]
    path = write(tmp_path, t=T, x=X[:7], u=square)
    with pytest.raises(DatasetError, match=r"'u', shape \(7, 7\).*equally long.*dims=\('t', 'x'\)"):
        open_file(path)
    np.testing.assert_array_equal(open_file(path, dims=("x", "t"))["u"], square.T)
    np.testing.assert_array_equal(open_file(path, dims=("t", "x"))["u"], square)


@writers
def test_meshgrids_collapse_and_settle_equal_lengths(tmp_path: Path, write: Writer) -> None:
    x, t = np.meshgrid(X[:7], T, indexing="ij")
    ds = open_file(write(tmp_path, t=t, x=x, u=U[:7], v=-U[:7]))
    assert list(ds.data_vars) == ["u", "v"]
    np.testing.assert_array_equal(ds["x"], X[:7])
    np.testing.assert_array_equal(ds["u"], U[:7].T)
    np.testing.assert_array_equal(ds["v"], -U[:7].T)


@pytest.mark.parametrize("write", [write_npz, write_mat5, write_mat5_compressed, write_mat73, write_hdf5])
def test_a_complex_field_is_split_unless_its_imaginary_part_is_round_off(tmp_path: Path, write: Writer) -> None:
    ds = open_file(write(tmp_path, t=T, x=X, h=U + 2j * U))
    assert list(ds.data_vars) == ["h_re", "h_im"]
    np.testing.assert_array_equal(ds["h_re"], U.T)
    np.testing.assert_array_equal(ds["h_im"], 2 * U.T)
    ds = open_file(write(tmp_path, t=T, x=X, h=U + 1e-8j * U))
    assert list(ds.data_vars) == ["h"]
    np.testing.assert_array_equal(ds["h"], U.T)
    ds = open_file(write(tmp_path, t=T, x=X, h=U + 1e-3j * U), units={"h": "V"})
    assert ds["h_re"].attrs["units"] == ds["h_im"].attrs["units"] == "V"


@writers
def test_vectors_of_one_length_are_a_system(tmp_path: Path, write: Writer) -> None:
    ds = open_file(write(tmp_path, t=T, x=np.sin(T), p=np.cos(T)))
    assert dict(ds.sizes) == {"t": 7}
    assert sorted(map(str, ds.data_vars)) == ["p", "x"]


def test_the_columns_of_one_array_are_a_system(tmp_path: Path) -> None:
    ds = open_file(write_npz(tmp_path, t=T, u=U[:3].T))
    assert list(ds.data_vars) == ["u1", "u2", "u3"]
    np.testing.assert_array_equal(ds["u2"], U[1])


def test_two_and_three_dimensions(tmp_path: Path) -> None:
    u = np.random.default_rng(1).normal(size=(3, 4, 5, 6))
    ds = open_file(write_npz(tmp_path, y=np.arange(3.0), t=np.arange(4.0), z=np.arange(5.0), x=np.arange(6.0), u=u))
    assert ds["u"].dims == ("t", "x", "y", "z")
    np.testing.assert_array_equal(ds["u"], u.transpose(1, 3, 0, 2))


def test_a_capital_letter_beside_a_small_one_is_a_field(tmp_path: Path) -> None:
    ds = open_file(write_npz(tmp_path, t=T, x=X, T=U))
    assert list(ds.data_vars) == ["T"]
    ds = open_file(write_npz(tmp_path, T=2 * T, t=T, x=X, u=U))
    np.testing.assert_array_equal(ds["t"], T)
    np.testing.assert_array_equal(ds["T"], 2 * T)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"t": T, "u": np.ones((30, 7))}, ["'u'", "(30, 7)", "only 't' (7)"]),
        ({"t": T, "u": np.ones((7, 7))}, ["'u'", "(7, 7)"]),
        ({"t": T, "x": X, "u": U[:5]}, ["'u'", "(5, 7)", "x (9)"]),
        ({"u": U}, ["'u'", "none"]),
        ({"t": T, "x": X}, ["different lengths", "t (7)", "x (9)"]),
        ({"title": np.array("a text"), "nu": np.array(0.1)}, ["no array of numbers", "title"]),
        ({"t": T, "x": X, "u": np.full((9, 7), np.nan)}, ["'u'", "NaN"]),
        ({"t": T, "x": np.r_[X[:8], X[7]], "u": U}, ["'x'", "more than once"]),
    ],
)
def test_arrays_that_do_not_fit(tmp_path: Path, arrays: dict[str, Any], words: list[str]) -> None:
    path = write_npz(tmp_path, **arrays)
    with pytest.raises(DatasetError) as caught:
        open_file(path)
    assert all(word in str(caught.value) for word in ["a.npz", *words]), caught.value


def test_wrong_dims_say_which_axis_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"'t' an axis of length 9.*has 7 values"):
        open_file(write_npz(tmp_path, t=T, x=X, u=U), dims=("t", "x"))


def test_fields_selects(tmp_path: Path) -> None:
    path = write_npz(tmp_path, t=T, x=X, u=U, mask=np.ones((4, 4)))
    with pytest.raises(DatasetError, match=r"'mask' has shape \(4, 4\).*fields="):
        open_file(path)
    assert list(open_file(path, fields=("u",)).data_vars) == ["u"]
    with pytest.raises(DatasetError, match="'w'"):
        open_file(path, fields=("w",))


def test_npy_with_companions(tmp_path: Path) -> None:
    np.save(tmp_path / "u.npy", U)
    np.save(tmp_path / "t.npy", T)
    ds = open_file(tmp_path / "u.npy", coords={"t": "t.npy", "x": X}, name="pressure")
    np.testing.assert_array_equal(ds["pressure"], U.T)
    with pytest.raises(DatasetError, match=r"shape \(9, 7\) without axes.*coords="):
        open_file(tmp_path / "u.npy")
    with pytest.raises(DatasetError, match=r"there is no file .*s\.npy for the coordinate 't'"):
        open_file(tmp_path / "u.npy", coords={"t": "s.npy", "x": X})


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_a_pickle_is_refused_and_not_run(tmp_path: Path, suffix: str) -> None:
    trap = np.array([Trap(tmp_path / "sprung")], dtype=object)
    path = tmp_path / f"a.{suffix}"
    if suffix == "npy":
        np.save(path, trap, allow_pickle=True)
    else:
        np.savez(path, u=trap, allow_pickle=True)
    with pytest.raises(DatasetError, match="pickled"):
        open_file(path, **({"coords": {"t": T}} if suffix == "npy" else {}))
    assert not (tmp_path / "sprung").exists()


def test_a_lying_header_is_refused_before_memory_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "u.npy"
    np.save(path, U)
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }"
    header += b" " * (118 - len(header) - 1) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + b"\0" * 64)
    with pytest.raises(DatasetError, match=r"announces 8000000000000 bytes of data and 64 follow"):
        open_file(path, coords={"t": T})


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (40000000,), }"
    header += b" " * (118 - len(header) - 1) + b"\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("u.npy", "w") as member:
        member.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
        for _ in range(32):
            member.write(bytes(10_000_000))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(DatasetError, match="bomb"):
        open_file(path)


def test_hdf5_that_announces_more_than_memory(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("u", shape=(10**6, 10**6), dtype=float, chunks=(1000, 1000))
    with pytest.raises(DatasetError, match="GiB"):
        open_file(tmp_path / "a.h5")


@pytest.mark.parametrize("kind", ["external link", "external storage", "virtual"])
@pytest.mark.parametrize("suffix", ["h5", "nc", "mat"])
def test_hdf5_that_reaches_into_another_file_is_refused(tmp_path: Path, kind: str, suffix: str) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["u"] = U
    (tmp_path / "secret.bin").write_bytes(U.tobytes())
    path = tmp_path / f"a.{suffix}"
    with h5py.File(path, "w") as file:
        file["x"], file["t"] = X, T
        if kind == "external link":
            file.create_group("deep")["u"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/u")
        elif kind == "external storage":
            file.create_dataset("u", shape=U.shape, dtype=float, external=str(tmp_path / "secret.bin"))
        else:
            layout = h5py.VirtualLayout(shape=U.shape, dtype=float)
            layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "u", shape=U.shape)
            file.create_virtual_dataset("u", layout)
    with pytest.raises(DatasetError, match="not followed"):
        open_file(path)


def test_hdf5_groups_in_a_circle_end(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"], file["t"], file["u"] = X, T, U
        group = file.create_group("g")
        group["up"] = file["/"]
        group["self"] = h5py.SoftLink("/g")
        group["nowhere"] = h5py.SoftLink("/missing")
    assert open_file(tmp_path / "a.h5", fields=("u",))["u"].shape == (7, 9)


def test_a_mat_file_without_numbers_says_what_it_holds(tmp_path: Path) -> None:
    cell = np.empty((2, 1), dtype=object)
    cell[:, 0] = [T, X]
    path = write_mat5(tmp_path, runs=cell, dt=0.1, note="text", settings={"a": 1})
    with pytest.raises(DatasetError, match=r"runs \(cell\).*note \(char\).*settings \(struct\)"):
        open_file(path)


@pytest.mark.parametrize("dtype", ["f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "c16"])
@pytest.mark.parametrize("compress", [False, True])
def test_the_mat_reader_agrees_with_scipy(tmp_path: Path, dtype: str, compress: bool) -> None:
    values = np.random.default_rng(2).integers(0, 100, size=(3, 4, 5)).astype(dtype)
    path = tmp_path / "a.mat"
    scipy.io.savemat(
        path, {"a_rather_long_name": values, "v": values[0, 0], "n": values[:0, 0]}, do_compression=compress
    )
    ours, _ = read_mat5(path)
    theirs = scipy.io.loadmat(path)
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name])
        assert array.dtype == theirs[name].dtype
    assert set(ours) == {"a_rather_long_name", "v", "n"}


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Cut the content off, or flip up to three bits of it."""
    if rng.random() < 0.25:
        return content[: rng.integers(0, len(content))]
    changed = bytearray(content)
    # Half of the flips go to the beginning, where the headers are.
    size = len(content) if rng.random() < 0.5 else min(len(content), 400)
    for _ in range(rng.integers(1, 4)):
        changed[rng.integers(0, size)] ^= 1 << rng.integers(0, 8)
    return bytes(changed)


def write_netcdf4(folder: Path, **arrays: Any) -> Path:
    ds = xr.Dataset({"u": (("x", "t"), arrays["u"])}, {"x": arrays["x"], "t": arrays["t"]})
    ds.to_netcdf(folder / "a.nc", engine="h5netcdf")
    return folder / "a.nc"


def write_netcdf3(folder: Path, **arrays: Any) -> Path:
    ds = xr.Dataset({"u": (("x", "t"), arrays["u"])}, {"x": arrays["x"], "t": arrays["t"]})
    ds.to_netcdf(folder / "a.nc", engine="scipy")
    return folder / "a.nc"


@pytest.mark.parametrize("write", [*WRITERS, write_netcdf4, write_netcdf3], ids=lambda write: write.__name__)
@pytest.mark.filterwarnings("ignore")  # a flipped bit may make SciPy, xarray or NumPy wonder aloud
def test_a_damaged_file_is_an_error_and_no_crash(tmp_path: Path, write: Writer) -> None:
    path = write(tmp_path, t=T, x=X, u=U)
    content = path.read_bytes()
    rng = np.random.default_rng(3)
    refused = 0
    for _ in range(60):
        path.write_bytes(damaged(content, rng))
        try:
            open_file(path)
        except DatasetError:
            refused += 1
    assert refused > 15


def test_beside_a_time_a_capital_t_is_a_field_of_a_series_too(tmp_path: Path) -> None:
    t = np.arange(5.0)
    np.savez(tmp_path / "series.npz", T=t**2, t=t, u=1.0 + t)
    ds = open_file(tmp_path / "series.npz")
    np.testing.assert_array_equal(ds["t"], t)
    np.testing.assert_array_equal(ds["T"], t**2)
    assert ds["u"].dims == ("t",)
