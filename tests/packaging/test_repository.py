"""The repository itself: what is tracked, and what the first page says."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return done.stdout.splitlines()


def test_the_top_holds_only_the_folders_of_the_design(tracked):
    folders = {name.split("/")[0] for name in tracked if "/" in name}
    assert folders <= {
        ".ci",
        "catalogs",
        "dask_config",
        "extensions",
        "hub_config",
        "notebooks",
        "physforge_lib",
        "tests",
    }


def test_notebooks_are_stripped(tracked):
    import nbformat

    notebooks = [name for name in tracked if name.endswith(".ipynb")]
    assert notebooks
    for name in notebooks:
        cells = nbformat.read(ROOT / name, as_version=4).cells
        assert not [cell for cell in cells if cell.cell_type == "code" and (cell.outputs or cell.execution_count)], name


def test_no_file_is_large(tracked):
    large = [name for name in tracked if (ROOT / name).stat().st_size > 1_500_000]
    assert large == []


def test_the_first_page_begins_with_the_two_commands():
    text = (ROOT / "README.md").read_text()
    assert re.search(r"make up.*\n\s*make test", text)
    assert text.index("make up") < 400
