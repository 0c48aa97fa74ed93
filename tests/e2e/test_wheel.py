"""The wheel alone, in an environment of its own, without the checkout."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import httpx
import pytest
from e2e.bench import Workbench

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, **options) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT)
    (built,) = tmp_path.glob("*.whl")
    return built


def test_the_wheel_alone_brings_a_workbench_to_login(wheel: Path, empty_environment: Path, tmp_path: Path):
    venv.create(empty_environment, with_pip=True, symlinks=True)
    python = empty_environment / "bin" / "python"
    # Without what this test's own environment says about where packages are.
    environment = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    constraints = ["--constraint", ROOT / "constraints.txt"]
    run(python, "-m", "pip", "install", "--quiet", *constraints, f"{wheel}[workbench]", env=environment)
    where = run(python, "-c", "import physforge; print(physforge.__file__)", cwd=tmp_path, env=environment)
    assert where.startswith(str(empty_environment))
    assert "lynx-hare" in run(empty_environment / "bin" / "physforge", "dataset", "list", cwd=tmp_path, env=environment)

    # JupyterLab's sidebar, also for a server outside a workbench.
    assert (empty_environment / "share/jupyter/labextensions/physforge_jupyterlab/package.json").is_file()
    assert (empty_environment / "etc/jupyter/jupyter_server_config.d/physforge_jupyterlab.json").is_file()

    bench = Workbench(tmp_path / "state", program=empty_environment / "bin" / "physforge")
    try:
        bench.up()
        assert str(ROOT) not in bench.programs()
        with httpx.Client(base_url=bench.url, follow_redirects=True, timeout=90) as client:
            bench.log_in(client, bench.user, bench.password)
            page = client.get("/hub/home")
            assert page.status_code == 200
            assert bench.user in page.text
    finally:
        bench.down()
