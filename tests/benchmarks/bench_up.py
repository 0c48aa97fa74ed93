"""How long a person waits: ``make up``, the first cell, the first cluster."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx
import nbformat
from benchmarks.cells import ROOT, Case, run
from e2e.bench import Workbench, wait_for
from e2e.chromium import chromium, find_chromium
from e2e.kernel import execute

# Also where root measures: many users have a bench of their own.
os.environ["PHYSFORGE_SINGLE_USER"] = "1"

CLUSTER = """
import time
from dask_gateway import Gateway
gateway = Gateway()
start = time.perf_counter()
cluster = gateway.new_cluster()
cluster.scale(2)
client = cluster.get_client()
client.wait_for_workers(2, timeout=60)
seconds = time.perf_counter() - start
client.close()
cluster.shutdown()
print(seconds)
"""


def fresh_start(_repeat: int) -> float:
    """Clone, then ``make up`` with pip's cache warm and nothing else."""
    with tempfile.TemporaryDirectory(prefix="pf-") as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        bench = Workbench(Path(folder) / "state")
        try:
            return make_up(bench, clone)
        finally:
            make(bench, clone, "down")


def warm_start(_repeat: int) -> float:
    """``make up`` in a checkout whose environment is there, with a state folder that was used before."""
    with tempfile.TemporaryDirectory(prefix="pf-") as folder:
        bench = Workbench(Path(folder) / "state")
        bench.up()
        bench.down()
        try:
            return make_up(bench, ROOT)
        finally:
            bench.down()


def make_up(bench: Workbench, checkout: Path) -> float:
    start = time.perf_counter()
    make(bench, checkout, "up", f"PORT_BASE={bench.base}")
    seconds = time.perf_counter() - start
    assert bench.answers("/hub/login")
    return seconds


def make(bench: Workbench, checkout: Path, *words: str) -> None:
    environment = {**os.environ, "PHYSFORGE_HOME": str(bench.home)}
    subprocess.run(["make", "-C", str(checkout), *words], env=environment, check=True, capture_output=True)


@contextmanager
def started():
    with tempfile.TemporaryDirectory(prefix="pf-") as folder:
        bench = Workbench(Path(folder) / "state")
        try:
            bench.up()
            yield bench
        finally:
            bench.down()


def first_cell(_repeat: int) -> float:
    """From the click on "Sign in" to the output of the first cell, in a real browser."""
    with started() as bench, chromium(find_chromium()) as browser:
        write_notebook(bench)
        page = browser.new_page()
        page.goto(f"{bench.url}/hub/login?next=/hub/user-redirect/lab/tree/first.ipynb")
        page.fill("#username_input", bench.user)
        page.fill("#password_input", bench.password)
        start = time.perf_counter()
        page.click("#login_submit")
        # A cell that is run before the kernel is connected is forgotten.
        page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=90_000)
        page.click(".jp-NotebookPanel .jp-Cell .cm-content")
        page.keyboard.press("Shift+Enter")
        page.wait_for_selector(".jp-OutputArea-output >> text=42", timeout=60_000)
        return time.perf_counter() - start


def write_notebook(bench: Workbench) -> None:
    folder = bench.state.user_home(bench.user) / "notebooks"
    folder.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("print(6 * 7)")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}},
    )
    nbformat.write(notebook, folder / "first.ipynb")


def first_cluster(_repeat: int) -> float:
    """From asking for a cluster to two workers ready, in a notebook's kernel."""
    with started() as bench:
        token = bench.token_of(bench.user, bench.password)
        own = {"Authorization": f"token {token}"}
        httpx.post(f"{bench.url}/hub/api/users/{bench.user}/server", headers=own, timeout=60).raise_for_status()
        kernels = f"/user/{bench.user}/api/kernels"
        wait_for(lambda: bench.answers(kernels, headers=own), "the session", 60)
        kernel = httpx.post(bench.url + kernels, headers=own, timeout=30).json()["id"]
        return float(execute(bench.url, kernel, CLUSTER, token, bench.user))


CASES = [
    Case("warm", "`make up` again", 6, warm_start),
    Case("cell", "login to first cell output, in Chromium", 10, first_cell),
    Case("cluster", "new cluster with 2 workers", 5, first_cluster),
    Case("fresh", "fresh clone, `make up`, warm package cache", 180, fresh_start),
]

if __name__ == "__main__":
    run(
        title="How long a person waits",
        name="up",
        cases=CASES,
        sources=[
            "physforge_lib/physforge/workbench/*.py",
            "physforge_lib/physforge/cli/*.py",
            "hub_config/**/*.*",
            "dask_config/*.py",
            "constraints.txt",
            "tests/benchmarks/bench_up.py",
        ],
        packages=["jupyterhub", "jupyterlab", "dask-gateway-server", "distributed"],
    )
