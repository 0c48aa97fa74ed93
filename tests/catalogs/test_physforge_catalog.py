"""The catalog that is shipped: complete, consistent, and readable by intake alone."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from physforge.citations import BIBTEX
from physforge.datasets.catalog import Catalog
from physforge.datasets.conventions import field_names, period_of
from physforge.datasets.registry import RemoteFile, read_registry
from physforge.equations import System
from physforge.problems import get_problem, names
from physforge.settings import DATA_CACHE_VARIABLE, Settings
from physforge.share import shared_folder

SETTINGS = Settings.from_environment()
CATALOG = Catalog.shipped(SETTINGS)
REMOTE = [name for name, entry in CATALOG.items() if any(isinstance(file, RemoteFile) for file in entry.files.values())]
MEASURED = ["falling-golf-ball", "falling-basketball", "pendulum-arm"]
PROBLEMS = [name for name, entry in CATALOG.items() if entry.driver == "problem"]


def test_what_is_in_it() -> None:
    assert sorted(PROBLEMS) == sorted(names())
    assert len(REMOTE) == 12
    assert set(MEASURED) <= set(CATALOG)
    assert next(iter(CATALOG)) == "lynx-hare"


def test_lynx_and_hare_are_the_published_numbers() -> None:
    ds = CATALOG.read("lynx-hare")
    assert dict(ds.sizes) == {"t": 21}
    assert list(ds.data_vars) == ["hare_thousands", "lynx_thousands"]
    np.testing.assert_array_equal(ds["t"], np.arange(1900, 1921))
    assert ds["t"].attrs["units"] == "year"
    assert float(ds["hare_thousands"].sum()) == pytest.approx(715.7)
    assert float(ds["lynx_thousands"].sum()) == pytest.approx(423.5)
    assert "Lotka-Volterra" in ds.attrs["equation"]


def test_every_remote_file_is_pinned_and_every_line_of_the_registry_is_used() -> None:
    registry = read_registry(shared_folder("catalogs"))
    used = {file.address for name in REMOTE for file in CATALOG[name].files.values() if isinstance(file, RemoteFile)}
    assert used == set(registry)
    names = [file.name for file in registry.values()]
    assert len(set(names)) == len(names)
    for address in used:
        assert re.fullmatch(r"https://raw\.githubusercontent\.com/[\w-]+/[\w-]+/[0-9a-f]{40}/[\w./]+", address), address


@pytest.mark.skipif(SETTINGS.data_cache is None, reason=f"{DATA_CACHE_VARIABLE} is not set")
@pytest.mark.parametrize("name", sorted(set(REMOTE) - set(MEASURED)))
def test_a_published_field_opens_with_the_axes_promised(name: str) -> None:
    entry = CATALOG[name]
    ds = CATALOG.read(name)
    assert tuple(ds.dims) == entry.dims
    assert ds.attrs["sha256"] == entry.sha256
    assert ds.attrs["equation"] == entry.equation
    # What the catalog says of the period is what the data say themselves.
    found = period_of(ds.assign_coords(x=ds["x"].to_numpy()), "x")
    if entry.period:
        assert found == pytest.approx(entry.period["x"], rel=1e-6)
        assert period_of(ds.isel(t=0), "x") == entry.period["x"]
    assert ("periodic" in entry.description) == bool(entry.period)
    places, times = re.match(r"(\d+) places, (\d+) times", entry.description).groups()
    assert dict(ds.sizes) == {"t": int(times), "x": int(places)}
    assert tuple(field_names(ds)) == entry.fields


@pytest.mark.skipif(SETTINGS.data_cache is None, reason=f"{DATA_CACHE_VARIABLE} is not set")
@pytest.mark.parametrize("name", MEASURED)
def test_a_measured_run_opens_with_the_fields_and_units_promised(name: str) -> None:
    entry = CATALOG[name]
    ds = entry.open()
    assert tuple(ds.dims) == entry.dims == ("t",)
    assert tuple(field_names(ds)) == entry.fields
    assert {one: ds[one].attrs["units"] for one in ("t", *entry.fields)} == entry.units
    # Each second field is the rate of the first, whatever the file calls it.
    first, second = (ds[field].to_numpy() for field in entry.fields)
    rate = np.abs(np.gradient(first, ds["t"].to_numpy()))
    assert np.corrcoef(rate[2:-2], np.abs(second[2:-2]))[0, 1] > 0.9


@pytest.mark.skipif(SETTINGS.data_cache is None, reason=f"{DATA_CACHE_VARIABLE} is not set")
def test_other_runs_of_a_measurement_are_options_away() -> None:
    assert CATALOG.read("falling-golf-ball", run=2).sizes != CATALOG.read("falling-golf-ball").sizes
    assert CATALOG.read("falling-golf-ball", sheet="Bowling Ball").attrs["sheet"] == "Bowling Ball"
    assert CATALOG.read("pendulum-arm", fields=("Y_vad",), run=2).sizes["t"] == 9166


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_reference_problem_is_computed_with_the_equation_that_the_catalog_states(name: str) -> None:
    entry = CATALOG[name]
    ds = CATALOG.read(name)
    assert tuple(ds.dims) == entry.dims
    assert tuple(field_names(ds)) == entry.fields
    assert entry.citation == get_problem(entry.arguments["name"]).citation
    assert System.parse(ds.attrs["equation"]).matches(System.parse(entry.equation), rtol=1e-12)
    assert ("x" in ds.dims) == (len(ds.dims) > 1)
    if "x" in ds.dims:
        assert period_of(ds, "x") is not None


def test_every_citation_is_one_that_bibtex_has() -> None:
    cited = {name: CATALOG[name].citation for name in CATALOG if CATALOG[name].citation is not None}
    assert {name: key for name, key in cited.items() if key not in BIBTEX} == {}
    assert "10.1016/j.jcp.2018.10.045" in CATALOG["burgers-shock"].facts()["cite"]


# intake leaves files open and uses what its own dependencies call deprecated.
@pytest.mark.filterwarnings("ignore")
def test_intake_reads_it_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import intake

    monkeypatch.chdir(tmp_path)
    catalog = intake.open_catalog(str(shared_folder("catalogs") / "physforge.yaml"))
    assert list(catalog) == list(CATALOG)
    frame = catalog["lynx-hare"].read()
    assert list(frame.columns) == ["year", "hare_thousands", "lynx_thousands"]
    np.testing.assert_array_equal(frame["lynx_thousands"], CATALOG.read("lynx-hare")["lynx_thousands"])


def test_our_own_reading_needs_no_intake() -> None:
    import subprocess

    code = "import sys, physforge; physforge.catalog.read('lynx-hare'); sys.exit('intake' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
