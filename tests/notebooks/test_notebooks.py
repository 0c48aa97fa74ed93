"""The notebooks that need no workbench run from top to bottom."""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from physforge.jobs import Selection, State
from physforge.workspace import Workspace

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


# The first one needs a Dask cluster of the workbench: tests/e2e runs it in a browser.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("02_datasets", ["2 Without the start", "['run7']", "run7@1"]),
        ("03_derivatives", ["lie in the bands of 95 %", "are not white along 't'"]),
        (
            "04_discovery",
            [
                "0.1*u_xx - found",
                "no equation supported",
                "an equation with the terms u_xxx + u*u_x",
                "21 points cannot settle",
            ],
        ),
    ],
)
def test_a_notebook_runs(name, says, tmp_path):
    printed = run_notebook(name, tmp_path)
    for words in says:
        assert words in printed


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_notebook_of_networks_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("PHYSFORGE_SMALL", "1")
    printed = run_notebook("05_pinn", tmp_path)
    for words in ("after 600 steps", "Converged after", "(95 %: ", "the same to the last bit: True"):
        assert words in printed


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_notebook_of_jobs_runs(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("PHYSFORGE_HOME", str(home))
    monkeypatch.setenv("PHYSFORGE_SMALL", "1")
    try:
        printed = run_notebook("07_jobs_on_dask", tmp_path)
    finally:
        end_runner(home)
    for words in (
        "datset: there is no such setting; nearest: dataset",
        "alike to the last bit: True",
        "the same job: True",
        "├─ results.0: discovery job",
        "Identical: ",
    ):
        assert words in printed
    counts = Workspace(home).batch(next(iter(batches(home)))).counts()
    assert counts == {State.SUCCEEDED: 4}


def run_notebook(name, folder):
    """Return what a notebook prints; an error in a cell is raised."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    NotebookClient(notebook, timeout=400, resources={"metadata": {"path": str(folder)}}).execute()
    return "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []) if "text" in output
    )


def batches(home):
    return {job.batch for job in Workspace(home).jobs.find(Selection()) if job.batch}


def end_runner(home):
    log = home / "jobs" / "runner.log"
    for pid in re.findall(r"The runner (\d+) begins", log.read_text() if log.exists() else ""):
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGTERM)
