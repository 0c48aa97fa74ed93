"""The store of a workspace, and how names are found in it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import physforge as pf
from physforge.errors import DatasetError, UnknownDatasetError
from physforge.testing.dataset_store import bare, dataset
from physforge.workspace import Workspace

CSV = "t,u\n0,1\n1,2\n2,3\n"


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Workspace:
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run7.csv").write_text(CSV)
    return Workspace()


def test_a_stored_name_opens_like_any_other(workspace):
    workspace.store.add("run7.csv")
    workspace.store.add(dataset(), name="tank")
    np.testing.assert_array_equal(pf.open_dataset("run7")["u"], [1, 2, 3])
    xr.testing.assert_identical(bare(pf.open_dataset("tank")), dataset())
    assert pf.open_dataset("run7", units={"u": "mm"})["u"].attrs["units"] == "mm"


def test_old_versions_open_by_reference_and_by_number(workspace):
    workspace.store.add(dataset(1), name="tank")
    workspace.store.add(dataset(2), name="tank")
    xr.testing.assert_identical(bare(pf.open_dataset("tank@1")), dataset(1))
    xr.testing.assert_identical(bare(pf.open_dataset("tank", version=1)), dataset(1))
    xr.testing.assert_identical(bare(pf.open_dataset("tank")), dataset(2))
    with pytest.raises(UnknownDatasetError, match="no version 3; it has 1 to 2"):
        pf.open_dataset("tank", version=3)
    with pytest.raises(DatasetError, match="of the catalog, which has no versions"):
        pf.open_dataset("lynx-hare", version=1)


def test_a_name_of_the_catalog_is_not_given_twice(workspace):
    with pytest.raises(DatasetError, match="catalog has a data set 'lynx-hare' already"):
        workspace.store.add("run7.csv", name="lynx-hare")
    assert pf.open_dataset("lynx-hare").sizes["t"] == 21


def test_a_name_that_the_catalog_got_later_is_an_error_and_not_a_surprise(workspace):
    workspace.store.add("run7.csv")
    workspace.store.remove("run7")
    workspace.store.restore("run7", name="lynx-hare")
    with pytest.raises(DatasetError, match=r"Both the catalog and the store .*store\.open\('lynx-hare'\)"):
        pf.open_dataset("lynx-hare")
    assert workspace.store.open("lynx-hare").sizes["t"] == 3


def test_a_name_that_is_also_a_file_is_an_error_and_a_dot_asks_for_the_file(workspace):
    workspace.store.add("run7.csv", name="run7.csv")
    Path("run7.csv").write_text("t,u\n0,5\n1,6\n")
    with pytest.raises(DatasetError, match=r"is a file and also a data set of the store; write \./run7\.csv"):
        pf.open_dataset("run7.csv")
    assert pf.open_dataset("./run7.csv").sizes["t"] == 2
    assert pf.open_dataset(Path("run7.csv")).sizes["t"] == 2
    assert pf.open_dataset("run7.csv@1").sizes["t"] == 3


def test_an_unknown_name_is_looked_for_in_both(workspace):
    workspace.store.add("run7.csv", name="tank-run")
    with pytest.raises(UnknownDatasetError, match=r"neither the catalog nor the store has .* nearest are tank-run"):
        pf.open_dataset("tank-rum")
    with pytest.raises(UnknownDatasetError, match="lynx-hare"):
        pf.open_dataset("lynx-hair")
    workspace.store.remove("tank-run")
    with pytest.raises(UnknownDatasetError, match="in the trash; restore it first"):
        pf.open_dataset("tank-run")


def test_looking_for_a_name_makes_no_store(workspace, tmp_path):
    pf.open_dataset("lynx-hare")
    pf.open_dataset("run7.csv")
    with pytest.raises(UnknownDatasetError):
        pf.open_dataset("nothing")
    assert not (tmp_path / "home").exists()
    assert list(workspace.store.list()) == []
    assert (tmp_path / "home" / "physforge.sqlite").exists()


def test_lineage_of_a_name_and_of_an_opened_dataset(workspace):
    workspace.store.add("run7.csv", message="as measured")
    ds = pf.open_dataset("run7")
    assert pf.lineage(ds).to_dict() == pf.lineage("run7").to_dict()
    assert "run7.csv" in str(pf.lineage("run7"))
    with pytest.raises(DatasetError, match="not opened from the store"):
        pf.lineage(dataset())


def test_a_derived_dataset_knows_its_source(workspace):
    workspace.store.add("run7.csv")
    ds = pf.open_dataset("run7")
    ds["u"] = ds["u"] - ds["u"].mean()
    version = workspace.store.add(ds, name="centred")
    assert [one.source for one in version.derived_from] == [workspace.store.get("run7").id]
    # A next version of the same data set goes on from it, and is not derived as well.
    assert workspace.store.add(ds * 2, name="run7").derived_from == ()


def test_the_catalog_alone_loads_no_database(workspace):
    code = "import physforge as pf, sys; pf.open_dataset('lynx-hare'); print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
