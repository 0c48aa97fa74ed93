"""The notebooks that need no workbench run from top to bottom."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

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
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    NotebookClient(notebook, timeout=400, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []) if "text" in output
    )
    for words in says:
        assert words in printed
