"""VTK's XML formats, in files that VTK and meshio wrote, and in damaged and hostile ones."""

from __future__ import annotations

import base64
import re
import shutil
import struct
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from physforge.datasets.files import open_file
from physforge.errors import DatasetError

FILES = Path(__file__).parent / "vtk_files"
IMAGES = sorted(path.name for path in FILES.glob("image-*.vti"))


def changed(folder: Path, name: str, old: bytes, new: bytes) -> Path:
    content = (FILES / name).read_bytes()
    assert old in content
    path = folder / name
    path.write_bytes(content.replace(old, new, 1))
    return path


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_in_every_encoding(name: str) -> None:
    ds = open_file(FILES / name)
    assert ds["u"].dims == ("x", "y")
    np.testing.assert_array_equal(ds["x"], 1 + 0.5 * np.arange(5))
    np.testing.assert_array_equal(ds["y"], -2 + 0.25 * np.arange(4))
    np.testing.assert_array_equal(ds["u"], ds["x"] + 10 * ds["y"])
    assert list(ds.data_vars) == ["u", "velocity1", "velocity2"]  # no third component along an axis that is not there
    np.testing.assert_array_equal(ds["velocity2"], 2 * ds["u"])
    assert ds.attrs["time"] == 0.75


def test_cells_lie_between_the_points() -> None:
    ds = open_file(FILES / "image-raw-zlib.vti", data="cell")
    np.testing.assert_array_equal(ds["x"], 1.25 + 0.5 * np.arange(4))
    np.testing.assert_array_equal(ds["p"].transpose("y", "x"), np.arange(12.0).reshape(3, 4))


@pytest.mark.parametrize("name", ["blocks.vti", "blocks-lz4.vti"])
def test_several_compressed_blocks(name: str) -> None:
    ds = open_file(FILES / name)
    np.testing.assert_array_equal(ds["u"].transpose("z", "x").to_numpy().ravel(), np.arange(16000) % 7)


def test_a_rectilinear_grid() -> None:
    ds = open_file(FILES / "rect-raw-zlib.vtr")
    np.testing.assert_array_equal(ds["x"], [0, 1, 4])
    np.testing.assert_array_equal(ds["T"], ds["x"] + 10 * ds["y"] + 100 * ds["z"])


@pytest.mark.parametrize("name", ["mesh-raw-zlib.vtu", "mesh-base64-zlib.vtu"])
def test_a_mesh_is_scattered_samples(name: str) -> None:
    ds = open_file(FILES / name)
    assert ds["u"].dims == ("point",)
    assert ds.sizes["point"] == 6
    assert {name for name, coord in ds.coords.items() if coord.dims == ("point",)} == {"x", "y"}
    np.testing.assert_allclose(ds["u"], ds["x"] + 10 * ds["y"], rtol=1e-14)


def test_a_mesh_of_meshio() -> None:
    ds = open_file(FILES / "meshio.vtu")
    np.testing.assert_array_equal(ds["u"], ds["x"])


def series(folder: Path, *parts: str) -> Path:
    path = folder / "run.pvd"
    rows = "".join(f'<DataSet timestep="{0.5 * k}" part="0" file="{part}"/>' for k, part in enumerate(parts))
    path.write_text(f'<VTKFile type="Collection"><Collection>{rows}</Collection></VTKFile>')
    return path


def test_a_time_series(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    for name in ("image-raw-zlib.vti", "image-base64-none.vti"):
        shutil.copy(FILES / name, tmp_path / "steps")
    ds = open_file(series(tmp_path, "steps/image-raw-zlib.vti", "steps/image-base64-none.vti"))
    assert ds["u"].dims == ("t", "x", "y")
    np.testing.assert_array_equal(ds["t"], [0, 0.5])
    np.testing.assert_array_equal(ds["u"][1], ds["x"] + 10 * ds["y"])


def test_a_series_stays_in_its_folder_and_on_its_grid(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    shutil.copy(FILES / "image-raw-zlib.vti", tmp_path / "secret.vti")
    (inside / "link.vti").symlink_to(tmp_path / "secret.vti")
    for name in ("../secret.vti", str(tmp_path / "secret.vti"), "link.vti", "file:///etc/passwd", "C:\\secret.vti"):
        with pytest.raises(DatasetError, match=r"run\.pvd: it names .*only files in its own folder"):
            open_file(series(inside, name))
    with pytest.raises(DatasetError, match=r"no file 'gone\.vti'"):
        open_file(series(inside, "gone.vti"))
    shutil.copy(FILES / "image-raw-zlib.vti", inside)
    changed(inside, "image-base64-zlib.vti", b'Origin="1 -2 0"', b'Origin="2 -2 0"')
    with pytest.raises(DatasetError, match=r"t=0\.5 its fields or its grid"):
        open_file(series(inside, "image-raw-zlib.vti", "image-base64-zlib.vti"))


@pytest.mark.parametrize("name", [path.name for path in sorted(FILES.glob("*.vt?"))])
@pytest.mark.parametrize("tenth", range(10))
def test_a_file_cut_off_at_any_tenth_is_refused(tmp_path: Path, name: str, tenth: int) -> None:
    content = (FILES / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(content[: len(content) * tenth // 10])
    with pytest.raises(DatasetError, match=re.escape(name)):
        open_file(path)


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("image-raw-lz4.vti", b"vtkLZ4", b"vtkLZ5", "by vtkLZ5DataCompressor; write it with ZLib, LZ4, LZMA"),
        ("image-raw-lz4.vti", b'Float64" Name="u"', b'Float32" Name="u"', "160 bytes where 80 are announced"),
        ("blocks-lz4.vti", b"GQABACPw", b"GQD//yPw", "'u': it is damaged (a block is no LZ4 of 24000 bytes)"),
        ("image-raw-none.vti", b'Piece Extent="0 4', b'Piece Extent="0 3', "not the whole"),
        ("image-base64-none.vti", b'type="Float64" Name="u"', b'type="Float32" Name="u"', "'u': it has 160 bytes"),
        ("image-ascii-none.vti", b"-19 -", b"-19 3 -", "21 values where 20"),
        ("image-ascii-none.vti", b"-19 -", b"lots -", "'u': it is damaged"),
        ("image-ascii-none.vti", b'Direction="1 0', b'Direction="0 1', "turned"),
        ("image-ascii-none.vti", b'Spacing="0.5', b'Spacing="nan', "Spacing"),
        ("image-ascii-none.vti", b'type="ImageData"', b'type="PolyData"', "PolyData"),
        ("image-ascii-none.vti", b'NumberOfComponents="3"', b'NumberOfComponents="-3"', "components"),
        ("image-base64-zlib.vti", b"AQAAAACA", b"/////wCA", "'TimeValue'"),
        ("image-raw-none.vti", b'offset="', b'offset="999', "outside"),
        ("mesh-raw-zlib.vtu", b'NumberOfPoints="6"', b'NumberOfPoints="7"', "announced"),
        ("mesh-raw-zlib.vtu", b'NumberOfPoints="6"', b'NumberOfPoints="-1"', "no points"),
    ],
)
def test_a_lying_header_is_refused(tmp_path: Path, name: str, old: bytes, new: bytes, words: str) -> None:
    with pytest.raises(DatasetError) as caught:
        open_file(changed(tmp_path, name, old, new))
    assert name in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("extent", [b'"0 99999 0 99999 0 0"', b'"0 99999999 0 3 0 0"'])
def test_a_hostile_extent_takes_neither_time_nor_memory(tmp_path: Path, extent: bytes) -> None:
    path = tmp_path / "image-raw-zlib.vti"
    content = (FILES / path.name).read_bytes()
    path.write_bytes(content.replace(b'"0 4 0 3 0 0"', extent))
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(DatasetError, match=r"announces|bomb"):
        open_file(path)
    assert time.perf_counter() - start < 1
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def lz4_image(folder: Path, block: bytes, announced: int = 96, shape: tuple[int, int] = (4, 3)) -> Path:
    """Write an image of 12 numbers that its header says a block of LZ4 becomes."""
    header = struct.pack("<QQQQ", 1, announced, 0, len(block))
    text = base64.b64encode(header).decode() + base64.b64encode(block).decode()
    extent = f"0 {shape[0] - 1} 0 {shape[1] - 1} 0 0"
    path = folder / "a.vti"
    path.write_text(
        '<VTKFile type="ImageData" header_type="UInt64" compressor="vtkLZ4DataCompressor"><ImageData '
        f'WholeExtent="{extent}" Origin="0 0 0" Spacing="1 1 1"><Piece Extent="{extent}"><PointData>'
        f'<DataArray type="Float64" Name="u" format="binary">{text}</DataArray></PointData>'
        "</Piece></ImageData></VTKFile>"
    )
    return path


def test_a_block_of_lz4_is_what_its_header_announces(tmp_path: Path) -> None:
    from lz4.block import compress

    values = np.random.default_rng(0).integers(0, 3, 13) / 4
    block, short, long = (compress(values[:count].tobytes(), store_size=False) for count in (12, 11, 13))
    ds = open_file(lz4_image(tmp_path, block))
    np.testing.assert_array_equal(ds["u"].transpose("y", "x").to_numpy().ravel(), values[:12])
    for damaged in (block[:-1], block[: len(block) // 2], b"", long, b"\xff" * 40):
        with pytest.raises(DatasetError, match=r"'u': it is damaged \(a block is no LZ4 of 96 bytes\)"):
            open_file(lz4_image(tmp_path, damaged))
    with pytest.raises(DatasetError, match="'u': it has 88 bytes where 96 are announced"):
        open_file(lz4_image(tmp_path, short))
    for announced in (95, 97, 2**31, 2**63):
        with pytest.raises(DatasetError, match=f"'u': it has {announced} bytes where 96 are announced"):
            open_file(lz4_image(tmp_path, block, announced))


def test_a_block_of_lz4_takes_no_more_memory_than_it_could_become(tmp_path: Path) -> None:
    path = lz4_image(tmp_path, b"\x1f\0\x01\0" + b"\xff" * 1000, 8 * 5000**2, (5000, 5000))
    tracemalloc.start()
    with pytest.raises(DatasetError, match="'u': it is damaged"):
        open_file(path)
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def test_entities_are_refused(tmp_path: Path) -> None:
    lines = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY b "&x;&x;">]><VTKFile'
    with pytest.raises(DatasetError, match="not a readable VTK file"):
        open_file(changed(tmp_path, "image-ascii-none.vti", b"<VTKFile", lines))


def test_wanted_arrays_are_named(tmp_path: Path) -> None:
    assert list(open_file(FILES / "image-raw-zlib.vti", fields=("u",)).data_vars) == ["u"]
    with pytest.raises(DatasetError, match="no array 'w'; it has u, velocity"):
        open_file(FILES / "image-raw-zlib.vti", fields=("w",))
    with pytest.raises(DatasetError, match="no cell data, only point data"):
        open_file(FILES / "rect-raw-zlib.vtr", data="cell")
