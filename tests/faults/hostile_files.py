"""Files that no instrument wrote: each function writes one and returns it, with nothing else in its folder.

The name of a function is the row of the table in test_files.py.
"""

from __future__ import annotations

import io
import json
import os
import pickle  # noqa: TID251 - to see that it is not read
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray as xr

#: What a file outside the data folder holds; it must not turn up anywhere.
SECRET = 987654.321

T = np.linspace(0, 1, 6)
X = np.linspace(0, 2, 5)
U = np.arange(30.0).reshape(6, 5)


class Payload:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, int]]:
        return os.mkdir, (str(self.mark), 0o700)


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def npy_bytes(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, allow_pickle=True)
    return stream.getvalue()


def archive(folder: Path, name: str, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(folder / name, "w", method) as zipped:
        for member, content in members.items():
            zipped.writestr(member, content)
    return folder / name


def zeros_npy(count: int, times: int) -> bytes:
    """An array of ``count * times`` zeros, whose header is right."""
    header = io.BytesIO()
    facts = {"descr": "<f8", "fortran_order": False, "shape": (count * times,)}
    np.lib.format.write_array_header_1_0(header, facts)
    return header.getvalue()


# Bombs and lying headers


def npz_bomb(folder: Path) -> Path:
    path = folder / "a.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped,
        zipped.open("u.npy", "w", force_zip64=True) as member,
    ):
        member.write(zeros_npy(2**20, 256))
        for _ in range(256):
            member.write(bytes(2**23))
    return path


def npz_that_lies_of_its_size(folder: Path) -> Path:
    path = archive(folder, "a.npz", {"t.npy": npy_bytes(T), "u.npy": npy_bytes(np.zeros(10**6))})
    content = bytearray(path.read_bytes())
    # The directory's entry for the unpacked size of the second member, made small.
    at = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, 176)
    return write(folder, "a.npz", bytes(content))


def npy_of_seven_tebibytes(folder: Path) -> Path:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**6)})
    return write(folder, "a.npy", header.getvalue() + bytes(800))


def npy_of_a_negative_shape(folder: Path) -> Path:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (-10, -10)})
    return write(folder, "a.npy", header.getvalue() + bytes(800))


def npy_whose_header_is_code(folder: Path) -> Path:
    text = "{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (1,)}".ljust(117) + "\n"
    return write(folder, "a.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + text.encode())


def hdf5_of_seven_tebibytes(folder: Path) -> Path:
    with h5py.File(folder / "a.h5", "w") as file:
        file["t"] = T
        file.create_dataset("u", (10**6, 10**6), dtype="f8", chunks=(100, 100))
    return folder / "a.h5"


def hdf5_bomb(folder: Path) -> Path:
    with h5py.File(folder / "a.h5", "w") as file:
        data = file.create_dataset("u", (2**27,), dtype="f8", chunks=(2**22,), compression="gzip", fillvalue=1.0)
        packed = zlib.compress(bytes(2**25), 9)
        for k in range(0, 2**27, 2**22):
            data.id.write_direct_chunk((k,), packed)
    return folder / "a.h5"


def netcdf3_of_many_gibibytes(folder: Path) -> Path:
    xr.Dataset({"u": (("t", "x"), U)}, {"t": T, "x": X}).to_netcdf(folder / "a.nc", engine="scipy")
    content = (folder / "a.nc").read_bytes()
    return write(
        folder,
        "a.nc",
        content.replace(b"\x01t\0\0\0\0\0\0\x06", b"\x01t\0\0\0\x7f\xff\xff\xff").replace(
            struct.pack(">I", 6), struct.pack(">I", 2**31 - 1), 1
        ),
    )


def zarr_of_seven_tebibytes(folder: Path) -> Path:
    path = zarr_folder(folder)
    facts = {"shape": [10**6, 10**6], "dimension_names": ["y", "z"]}
    change_metadata(path / "u" / "zarr.json", lambda old: old.update(facts))
    return path


def zarr_of_one_huge_chunk(folder: Path) -> Path:
    def grow(facts: dict[str, Any]) -> None:
        facts.update(shape=[10**5, 10**5], dimension_names=["y", "z"])
        facts["chunk_grid"]["configuration"]["chunk_shape"] = [10**5, 10**5]

    path = zarr_folder(folder)
    change_metadata(path / "u" / "zarr.json", grow)
    return path


def xlsx_bomb(folder: Path) -> Path:
    return archive(folder, "a.xlsx", {"xl/worksheets/sheet1.xml": b"<row>" + bytes(2**26)})


def xlsx_with_entities(folder: Path) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["t", "u"])
    book.save(folder / "b.xlsx")
    with zipfile.ZipFile(folder / "b.xlsx") as zipped:
        members = {name: zipped.read(name) for name in zipped.namelist()}
    (folder / "b.xlsx").unlink()
    members["xl/worksheets/sheet1.xml"] = entities("worksheet").encode()
    return archive(folder, "a.xlsx", members)


def vti_with_entities(folder: Path) -> Path:
    return write(folder, "a.vti", entities("VTKFile"))


def vti_that_reads_a_file(folder: Path) -> Path:
    text = '<?xml version="1.0"?><!DOCTYPE VTKFile [<!ENTITY x SYSTEM "file:///etc/passwd">]><VTKFile>&x;</VTKFile>'
    return write(folder, "a.vti", text)


def entities(root: str) -> str:
    lines = ['<!ENTITY a0 "ha">', *(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 12))]
    return f'<?xml version="1.0"?><!DOCTYPE {root} [{"".join(lines)}]><{root}>&a11;</{root}>'


def vti_of_a_huge_extent(folder: Path) -> Path:
    extent = "0 99999 0 99999 0 99999"
    body = (
        f'<VTKFile type="ImageData"><ImageData WholeExtent="{extent}" Origin="0 0 0" Spacing="1 1 1"><Piece '
        f'Extent="{extent}"><PointData><DataArray type="Float64" Name="u" format="ascii">1</DataArray></PointData>'
        "</Piece></ImageData></VTKFile>"
    )
    return write(folder, "a.vti", body)


def json_of_deep_lists(folder: Path) -> Path:
    return write(folder, "a.json", "[" * 10**6)


def json_of_deep_lists_that_close(folder: Path) -> Path:
    return write(folder, "a.json", '{"t": ' + "[" * 900 + "1" + "]" * 900 + "}")


def json_of_a_huge_number(folder: Path) -> Path:
    return write(folder, "a.json", '{"t": [0, 1], "u": [1, ' + "9" * 10**6 + "]}")


def parquet_bomb(folder: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    zeros = pa.table({"t": np.zeros(10**6), "u": np.zeros(10**6)})
    with pq.ParquetWriter(folder / "a.parquet", zeros.schema) as writer:
        for _ in range(70):
            writer.write_table(zeros)
    return folder / "a.parquet"


def mat_bomb(folder: Path) -> Path:
    element = struct.pack("<II", 14, 2**31 - 8)
    packed = zlib.compressobj(9)
    content = packed.compress(element) + b"".join(packed.compress(bytes(2**20)) for _ in range(600)) + packed.flush()
    header = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
    return write(folder, "a.mat", header + struct.pack("<II", 15, len(content)) + content)


def csv_of_two_gibibytes(folder: Path) -> Path:
    with (folder / "a.csv").open("wb") as stream:
        stream.write(b"t,u\n0,1\n1,2\n")
        stream.truncate(2**31)
    return folder / "a.csv"


def csv_of_one_endless_line(folder: Path) -> Path:
    return write(folder, "a.csv", b"t,u\n" + b"1" * (80 * 2**20))


# Files that lead elsewhere


def hdf5_with_an_external_link(folder: Path) -> Path:
    with h5py.File(folder / "a.h5", "w") as file:
        file["t"] = T
        file["u"] = h5py.ExternalLink(str(secret(folder)), "u")
    return folder / "a.h5"


def hdf5_with_external_storage(folder: Path) -> Path:
    with h5py.File(folder / "a.h5", "w") as file:
        file["t"] = T
        file.create_dataset("u", (6,), dtype="f8", external=[(str(secret(folder)), 0, 48)])
    return folder / "a.h5"


def hdf5_with_a_virtual_dataset(folder: Path) -> Path:
    layout = h5py.VirtualLayout((6,), "f8")
    layout[:] = h5py.VirtualSource(str(secret(folder)), "u", (6,))
    with h5py.File(folder / "a.h5", "w") as file:
        file["t"] = T
        file.create_virtual_dataset("u", layout)
    return folder / "a.h5"


def mat73_with_an_external_link(folder: Path) -> Path:
    return hdf5_with_an_external_link(folder).rename(folder / "a.mat")


def netcdf4_with_an_external_link(folder: Path) -> Path:
    xr.Dataset({"u": (("t", "x"), U)}, {"t": T, "x": X}).to_netcdf(folder / "a.nc", engine="h5netcdf")
    with h5py.File(folder / "a.nc", "a") as file:
        file["v"] = h5py.ExternalLink(str(secret(folder)), "u")
    return folder / "a.nc"


def zarr_with_a_link_out_of_it(folder: Path) -> Path:
    path = zarr_folder(folder)
    chunk = next(part for part in (path / "u").rglob("*") if part.is_file() and part.name != "zarr.json")
    chunk.unlink()
    chunk.symlink_to(secret(folder))
    return path


def zarr_with_a_linked_array(folder: Path) -> Path:
    path = zarr_folder(folder)
    outside = folder.parent / f"{folder.name}-outside"
    outside.mkdir()
    (path / "u").rename(outside / "u")
    (path / "u").symlink_to(outside / "u")
    return path


def zarr_with_a_pipe(folder: Path) -> Path:
    path = zarr_folder(folder)
    os.mkfifo(path / "u" / "pipe")
    return path


def zarr_whose_keys_climb(folder: Path) -> Path:
    path = zarr_folder(folder)

    def climb(facts: dict[str, Any]) -> None:
        facts["chunk_key_encoding"] = {"name": "default", "configuration": {"separator": "/../../../"}}

    change_metadata(path / "u" / "zarr.json", climb)
    return path


def zarr_whose_consolidated_metadata_climb(folder: Path) -> Path:
    path = zarr_folder(folder)
    inner = json.loads((path / "u" / "zarr.json").read_text())

    def climb(facts: dict[str, Any]) -> None:
        facts["consolidated_metadata"] = {"kind": "inline", "must_understand": False, "metadata": {"../../v": inner}}

    change_metadata(path / "zarr.json", climb)
    return path


def pvd_that_climbs(folder: Path) -> Path:
    row = '<DataSet timestep="0" part="0" file="../../secret.vti"/>'
    return write(folder, "a.pvd", f'<VTKFile type="Collection"><Collection>{row}</Collection></VTKFile>')


def npz_with_a_link(folder: Path) -> Path:
    path = folder / "a.npz"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("t.npy", npy_bytes(T))
        link = zipfile.ZipInfo("../../u.npy")
        link.create_system, link.external_attr = 3, (0o120777 << 16)
        zipped.writestr(link, str(secret(folder)))
    return path


def a_device(folder: Path) -> Path:
    (folder / "a.csv").symlink_to("/dev/zero")
    return folder / "a.csv"


def a_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "a.csv")
    return folder / "a.csv"


def secret(folder: Path) -> Path:
    path = folder.parent / f"{folder.name}-secret.h5"
    with h5py.File(path, "w") as file:
        file["u"] = np.full(6, SECRET)
    return path


# Files that run code when they are read


def npz_with_a_pickle(folder: Path) -> Path:
    payload = np.array([Payload(mark(folder))], dtype=object)
    return archive(folder, "a.npz", {"t.npy": npy_bytes(T), "u.npy": npy_bytes(payload)})


def npy_with_a_pickle(folder: Path) -> Path:
    return write(folder, "a.npy", npy_bytes(np.array([Payload(mark(folder))], dtype=object)))


def a_bare_pickle_called_npy(folder: Path) -> Path:
    return write(folder, "a.npy", pickle.dumps(Payload(mark(folder))))


def a_pickle(folder: Path) -> Path:
    return write(folder, "a.pkl", pickle.dumps(Payload(mark(folder))))


def a_joblib_file(folder: Path) -> Path:
    return write(folder, "a.joblib", pickle.dumps(Payload(mark(folder))))


def a_torch_file(folder: Path) -> Path:
    return archive(folder, "a.pt", {"archive/data.pkl": pickle.dumps(Payload(mark(folder)))})


def zarr_with_a_pickle_codec(folder: Path) -> Path:
    path = folder / "a.zarr"
    xr.Dataset({"u": (("t", "x"), U)}, {"t": T, "x": X}).to_zarr(path, zarr_format=2, consolidated=False)

    def pickled(facts: dict[str, Any]) -> None:
        facts.update(dtype="|O", filters=[{"id": "pickle", "protocol": 4}], compressor=None, fill_value=None)

    change_metadata(path / "u" / ".zarray", pickled)
    for chunk in (path / "u").iterdir():
        if not chunk.name.startswith("."):
            chunk.write_bytes(pickle.dumps(Payload(mark(folder))))
    return path


def zarr_with_an_unknown_codec(folder: Path) -> Path:
    path = zarr_folder(folder)
    change_metadata(path / "u" / "zarr.json", lambda facts: facts["codecs"].append({"name": "numcodecs.pickle"}))
    return path


def mark(folder: Path) -> Path:
    return folder.parent / f"{folder.name}-mark"


# Values


def columns(folder: Path, **arrays: Any) -> Path:
    np.savez(folder / "a.npz", **arrays)
    return folder / "a.npz"


def values_with_infinity(folder: Path) -> Path:
    return columns(folder, t=T, x=X, u=np.where(U == 7, np.inf, U))


def values_all_nan(folder: Path) -> Path:
    return columns(folder, t=T, x=X, u=np.full((6, 5), np.nan))


def values_with_nan(folder: Path) -> Path:
    return columns(folder, t=T, x=X, u=np.where(U == 7, np.nan, U))


def values_constant(folder: Path) -> Path:
    return columns(folder, t=T, x=X, u=np.ones((6, 5)))


def values_complex(folder: Path) -> Path:
    return columns(folder, t=T, x=X, u=U * (1 + 2j))


def values_of_one_row(folder: Path) -> Path:
    return write(folder, "a.csv", "t,u\n0,1\n")


def values_empty(folder: Path) -> Path:
    return columns(folder, t=np.zeros(0), u=np.zeros(0))


def times_not_monotonic(folder: Path) -> Path:
    return columns(folder, t=T[[0, 2, 1, 3, 4, 5]], x=X, u=U)


def times_with_nan(folder: Path) -> Path:
    return columns(folder, t=np.where(np.arange(6) == 2, np.nan, T), x=X, u=U)


def an_empty_file(folder: Path) -> Path:
    return write(folder, "a.nc", b"")


def formulas_in_a_workbook(folder: Path) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["t", "u"], [0, '=WEBSERVICE("http://example.org")'], [1, "=1+1"]):
        book.active.append(row)
    book.save(folder / "a.xlsx")
    return folder / "a.xlsx"


def formulas_in_text(folder: Path) -> Path:
    return write(folder, "a.csv", "t,u\n0,=cmd|' /C calc'!A0\n1,2\n")


# Names


def a_name_with_a_zero_byte(folder: Path) -> Path:
    return folder / "a\0.csv"


def a_name_that_climbs(folder: Path) -> Path:
    return folder / ".." / "missing" / "a.csv"


def a_name_written_from_right_to_left(folder: Path) -> Path:
    return write(folder, "a\u202evsc.csv", "t,u\n0,1\n1,2\n")


def a_name_of_255_bytes(folder: Path) -> Path:
    return write(folder, "a" * 251 + ".csv", "t,u\n0,1\n1,2\n")


def a_name_of_256_bytes(folder: Path) -> Path:
    return folder / ("a" * 252 + ".csv")


def variables_that_are_twins(folder: Path) -> Path:
    twins = {"caf\u00e9": T, "cafe\u0301": T}
    return columns(folder, t=T, **twins)


def a_variable_that_climbs(folder: Path) -> Path:
    return columns(folder, t=T, **{"../../u": T})


def a_variable_of_255_bytes(folder: Path) -> Path:
    return write(folder, "a.csv", f"t,{'u' * 255}\n0,1\n1,2\n")


def a_variable_written_from_right_to_left(folder: Path) -> Path:
    return write(folder, "a.csv", "t,u\u202eabc\n0,1\n1,2\n")


def zarr_folder(folder: Path) -> Path:
    path = folder / "a.zarr"
    encoding = {"u": {"compressors": None}}
    ds = xr.Dataset({"u": (("t", "x"), U)}, {"t": T, "x": X})
    ds.to_zarr(path, zarr_format=3, consolidated=False, encoding=encoding)
    return path


def change_metadata(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))
