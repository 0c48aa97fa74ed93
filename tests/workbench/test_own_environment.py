"""An environment of a user's own: it has the workbench's packages, and room for more."""

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

PHYSFORGE = str(Path(sys.executable).with_name("physforge"))


def physforge(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(home), "COLUMNS": "300"}
    for name in ("JUPYTER_DATA_DIR", "XDG_DATA_HOME", "JUPYTER_CONFIG_DIR"):
        environment.pop(name, None)
    return subprocess.run(
        [PHYSFORGE, "environment", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_has_what_the_workbench_has_and_a_kernel(tmp_path):
    done = physforge(tmp_path, "optics")
    assert done.returncode == 0, done.stderr
    python = tmp_path / "environments" / "optics" / "bin" / "python"
    assert f"{python} -m pip install" in done.stdout
    kernel = json.loads((tmp_path / ".local/share/jupyter/kernels/optics/kernel.json").read_text())
    assert kernel["argv"][0] == str(python)
    code = """
import sys, physforge, distributed
print(distributed.__version__, physforge.__version__, sys.prefix)
"""
    told = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert told == [version("distributed"), version("physforge"), str(python.parents[1])]
    # What is installed in it comes first, and goes nowhere else.
    where = subprocess.run(
        [python, "-m", "pip", "--version"], capture_output=True, text=True, check=True, env={"HOME": str(tmp_path)}
    ).stdout
    assert str(python.parents[1]) in where
    again = physforge(tmp_path, "optics")
    assert again.returncode == 2
    assert "is there already; remove it, or choose another one with --folder" in again.stderr


@pytest.mark.parametrize("name", ["python3", "../optics", "Optics", "a b", ".hidden", "-x"])
def test_a_name_that_no_kernel_can_have(tmp_path, name):
    done = physforge(tmp_path, "--", name)
    assert done.returncode == 2
    assert "cannot be called" in done.stderr
    assert list(tmp_path.iterdir()) == []
