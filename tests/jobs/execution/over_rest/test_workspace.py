"""In a session of a workbench, the same calls give the same figures: the workbench keeps jobs and data sets."""

import pandas as pd
import pytest
import xarray as xr

import physforge as pf
from physforge.client import Login
from physforge.errors import JobError
from physforge.jobs import State
from physforge.workspace import Workspace


@pytest.fixture
def workspace(access):
    return Workspace(login=Login(access.url, access.token))


def test_jobs_of_a_session_give_what_the_direct_calls_give(workspace, tmp_path):
    ds = pf.open_dataset("lynx-hare").drop_attrs(deep=False)
    version = workspace.store.add(ds, name="pelts")
    made = workspace.submit("derivatives", {"dataset": "pelts", "names": ["hare_thousands_t"]})
    batch = workspace.submit_batch({"kind": "discovery", "config": {"dataset": "pelts"}, "seeds": [3]})
    report = workspace.submit("report", {"results": [batch.jobs[0].id, made.id]})
    assert report.wait(timeout=120) is State.SUCCEEDED, report.logs()

    direct = pf.discover(workspace.open_dataset("pelts"), seed=3)
    found = batch.jobs[0].result()
    pd.testing.assert_frame_equal(found.conf_int(), direct.conf_int(), check_exact=True)
    xr.testing.assert_identical(made.result(), pf.differentiate(workspace.open_dataset("pelts"), "hare_thousands_t"))
    assert batch.table()["outcome"].tolist() == [direct.status]

    lineage = workspace.lineage(report.id)
    assert lineage.raw == (("dataset.nc", version.sha256),)
    folder = workspace.export_rocrate(report, tmp_path / "crate")
    assert (folder / "data" / f"{version.id}.nc").is_file()
    assert workspace.reproduce(made, timeout=120).identical


def test_what_is_refused_there_is_refused_here(workspace):
    with pytest.raises(JobError, match="nearest: dataset"):
        workspace.submit("discovery", {"datset": "pelts"})
