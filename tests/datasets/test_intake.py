"""Plain intake, once PhysForge is installed beside it: our catalogs, npz, VTK, and no npz taken for Excel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import xarray as xr

from physforge.datasets.catalog import Catalog
from physforge.datasets.files import open_file
from physforge.errors import CatalogError, DatasetError
from physforge.settings import DATA_CACHE_VARIABLE, Settings
from physforge.share import shared_folder

# intake leaves files open and uses what its own dependencies call deprecated.
pytestmark = pytest.mark.filterwarnings("ignore")

VTK_FILES = Path(__file__).with_name("vtk_files")
SHIPPED = shared_folder("catalogs") / "physforge.yaml"


def names(path: Path | str) -> set[str]:
    from intake.readers.datatypes import recommend

    return {kind.__name__ for kind in recommend(str(path))}


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    path = tmp_path / "run.npz"
    np.savez(path, u=np.arange(12.0).reshape(3, 4), t=np.arange(3.0), x=np.arange(4.0))
    return path


def test_npz_is_no_spreadsheet(npz: Path, tmp_path: Path) -> None:
    assert names(npz) == {"NpzFile"}
    compressed = tmp_path / "small.npz"
    np.savez_compressed(compressed, u=np.arange(3.0))
    assert names(compressed) == {"NpzFile"}
    assert "Excel" not in names(npz.rename(tmp_path / "without_extension"))


@pytest.mark.parametrize("first", ["[Content_Types].xml", "_rels/.rels", "docProps/app.xml", "xl/workbook.xml"])
def test_a_spreadsheet_still_is_one(tmp_path: Path, first: str) -> None:
    with ZipFile(tmp_path / "table", "w") as archive:
        archive.writestr(first, "<a/>")
    assert names(tmp_path / "table") == {"Excel"}
    assert "Excel" in names("nowhere/run.xlsx")


@pytest.mark.parametrize("file", sorted(VTK_FILES.glob("*.vt?")), ids=lambda path: path.name)
def test_vtk_has_a_type_by_its_name_and_by_its_content(tmp_path: Path, file: Path) -> None:
    assert "VtkFile" in names(file)
    copy = tmp_path / "without_extension"
    copy.write_bytes(file.read_bytes())
    assert "VtkFile" in names(copy)


def test_vtk_and_npz_are_read_from_a_catalog_of_version_2(npz: Path, tmp_path: Path) -> None:
    import intake
    from intake.readers.entry import Catalog as IntakeCatalog

    from physforge.datasets.intake_plugin import NpzFile, VtkFile

    catalog = IntakeCatalog()
    image = VTK_FILES / "image-raw-zlib.vti"
    for name, data in {"run": NpzFile(str(npz)), "image": VtkFile(f"file://{image}")}.items():
        catalog[name] = data.to_reader(outtype="xarray:Dataset")
        catalog.aliases[name] = name
    catalog.to_yaml_file(str(tmp_path / "catalog.yaml"))
    opened = intake.open_catalog(str(tmp_path / "catalog.yaml"))
    assert list(opened) == ["image", "run"]
    xr.testing.assert_identical(opened["run"].read(), open_file(npz))
    xr.testing.assert_identical(opened["image"].read(), open_file(image))
    with pytest.raises(DatasetError, match="https://"):
        NpzFile("http://example.org/run.npz").to_reader(outtype="xarray:Dataset").read()


def test_every_reference_problem_is_read_from_the_shipped_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    import intake

    ours = Catalog.shipped(Settings.from_environment())
    theirs = intake.open_catalog(str(SHIPPED))
    assert list(theirs) == list(ours)
    for name in ("heat", "lorenz"):
        found = theirs[name].read()
        assert found.attrs["equation"] == ours.read(name).attrs["equation"]
        xr.testing.assert_equal(found, ours.read(name))
    assert theirs["heat"].to_dask().chunks["t"] == (theirs["heat"].read().sizes["t"],)


@pytest.mark.skipif(Settings.from_environment().data_cache is None, reason=f"{DATA_CACHE_VARIABLE} is not set")
@pytest.mark.parametrize("name", ["burgers-published", "chafee-infante-published", "falling-golf-ball"])
def test_published_files_are_read_from_the_shipped_catalog(name: str) -> None:
    import intake

    wanted = Catalog.shipped(Settings.from_environment()).read(name)
    found = intake.open_catalog(str(SHIPPED))[name].read()
    xr.testing.assert_equal(found, wanted)
    assert found.attrs["licence"] == wanted.attrs["licence"]


ENTRY = """
metadata: {{version: 1}}
sources:
  run:
    driver: {driver}
    description: a run
    args: {args}
    metadata: {{title: a run, licence: MIT, source: a test, dims: [t, x]}}
"""


def entry(folder: Path, driver: str, args: dict[str, object]) -> Path:
    path = folder / "catalog.yaml"
    path.write_text(ENTRY.format(driver=driver, args=json.dumps(args)))
    return path


def test_files_beside_a_catalog_are_read(npz: Path, tmp_path: Path) -> None:
    import intake

    for text in ("{{ CATALOG_DIR }}/run.npz", "run.npz"):
        found = intake.open_catalog(str(entry(tmp_path, "npz", {"urlpath": text})))["run"].read()
        np.testing.assert_array_equal(found["u"], np.arange(12.0).reshape(3, 4))
        assert found.attrs["title"] == "a run"


@pytest.mark.parametrize(
    ("driver", "args", "why"),
    [
        ("npz", {"urlpath": "/etc/passwd"}, "inside the catalog's folder"),
        ("npz", {"urlpath": "../run.npz"}, "inside the catalog's folder"),
        ("npz", {"urlpath": "https://example.org/run.npz"}, "no SHA-256"),
        ("npz", {"urlpath": "run.npz", "allow_pickle": True}, "allow_pickle"),
        ("problem", {"name": "heat", "func": "os:system"}, "func"),
        ("vtk", {}, "urlpath"),
    ],
)
def test_an_entry_that_our_own_catalog_refuses_is_refused_here(
    npz: Path, tmp_path: Path, driver: str, args: dict[str, object], why: str
) -> None:
    import intake

    source = intake.open_catalog(str(entry(tmp_path, driver, args)))["run"]
    with pytest.raises(CatalogError, match=why):
        source.read()


def test_physforge_itself_does_not_load_the_plugin() -> None:
    code = (
        "import sys, physforge; physforge.catalog.read('heat'); "
        "sys.exit(any(name == 'intake' or name.endswith('intake_plugin') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
