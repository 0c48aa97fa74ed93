"""A large text table: refused when it is opened, made Parquet and opened then, always in little memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ROWS, PLACES = 6000, 1000
MEGABYTES = 1024.0

#: An interrupt counts even where the tests were started with interrupts ignored, as in the background of a shell.
CONVERT = """
import json, signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)
from physforge.datasets.convert import text_to_parquet
from physforge.datasets.files import open_file
start = time.perf_counter()
ds = open_file(text_to_parquet(sys.argv[1], sys.argv[2]))
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
facts = {"megabytes": int(peak.split()[1]) / 1024, "sizes": dict(ds.sizes), "lazy": ds["u"].chunks is not None}
facts["last"] = [float(ds["t"][-1]), float(ds["x"][-1]), float(ds["u"][-1, -1])]
facts["seconds"] = time.perf_counter() - start
sys.stdout.write(json.dumps(facts))
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grid of six million samples, of 140 MB."""
    path = tmp_path_factory.mktemp("large") / "big.csv"
    rng = np.random.default_rng(0)
    rows = [f"{place / 8},{value:.9g}" for place, value in enumerate(rng.normal(size=PLACES))]
    with path.open("w") as stream:
        stream.write("t [s],x [m],u\n")
        for k in range(ROWS):
            stream.write(f"{k / 64}," + f"\n{k / 64},".join(rows) + "\n")
    return path


@pytest.mark.faults
def test_a_table_that_is_refused_as_text_opens_as_parquet(table: Path, request: pytest.FixtureRequest) -> None:
    from physforge.datasets.files import open_file
    from physforge.errors import DatasetError

    start = time.perf_counter()
    with pytest.raises(DatasetError, match=r"physforge dataset convert big\.csv big\.parquet"):
        open_file(table)
    assert time.perf_counter() - start < 5
    to = table.with_suffix(".parquet")
    done = subprocess.run(
        [sys.executable, "-c", CONVERT, str(table), str(to)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    if request.config.getoption("fault_table", default=False):
        size = table.stat().st_size / 2**20
        sys.stdout.write(f"{size:.0f} MB of text: {found['seconds']:.1f} s, {found['megabytes']:.0f} MB of memory\n")
    assert found["megabytes"] < MEGABYTES
    assert found["sizes"] == {"t": ROWS, "x": PLACES}
    assert found["lazy"]
    last = table.read_bytes()[-80:].decode().split("\n")[-2]
    assert found["last"] == pytest.approx([float(cell) for cell in last.split(",")], rel=1e-15)


@pytest.mark.faults
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_conversion_that_is_stopped_leaves_no_table(table: Path, how: signal.Signals) -> None:
    to = table.with_name(f"stopped-{how.name}.parquet")
    child = subprocess.Popen([sys.executable, "-c", CONVERT, str(table), str(to)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(table.parent.glob(f".{to.name}.*.part")):
        assert time.monotonic() < deadline
        assert child.poll() is None
        time.sleep(0.02)
    os.kill(child.pid, how)
    assert child.wait(60) != 0
    assert not to.exists()
    hidden = list(table.parent.glob(f".{to.name}.*.part"))
    assert not hidden or how == signal.SIGKILL
    for part in hidden:
        part.unlink()
