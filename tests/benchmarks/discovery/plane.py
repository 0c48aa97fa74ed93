"""Discover the laws of two fields in the plane: a process of its own, whose memory is looked at.

plane.py FILE POLYNOMIAL        prints {"cpu": ..., "wall": ..., "peak": bytes, "data": bytes, ...}
"""

import json
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

import physforge as pf
from physforge.discovery import WeakForm
from physforge.features import CandidateLibrary


def main(path: str, polynomial: int) -> dict:
    """Use the library once on a small field from a file, load the data, and discover."""
    warnings.simplefilter("ignore")
    library = CandidateLibrary(polynomial=polynomial, derivatives=2, conservative=True, include_interactions=False)
    rng = np.random.default_rng(0)
    axis = np.arange(24.0)
    small = {name: (("t", "x", "y"), rng.standard_normal((24, 24, 24))) for name in ("u", "v")}
    few = CandidateLibrary(polynomial=1, derivatives=1, conservative=True, include_interactions=False)
    # From a file as well: the libraries that read it are none of what the data need.
    with tempfile.TemporaryDirectory() as folder:
        xr.Dataset(small, {"t": axis, "x": axis, "y": axis}).to_netcdf(Path(folder) / "small.nc")
        pf.discover(xr.load_dataset(Path(folder) / "small.nc"), library=few, method=WeakForm(rows=50))
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins again
    before = _memory("VmRSS")
    ds = xr.load_dataset(path)
    wall, cpu = time.perf_counter(), time.process_time()
    r = pf.discover(ds, library=library)
    spent = time.perf_counter() - wall, time.process_time() - cpu
    fields = tuple(ds.data_vars)
    return {
        "wall": spent[0],
        "cpu": spent[1],
        "peak": _memory("VmHWM") - before,
        "data": sum(int(ds[name].nbytes) for name in fields),
        "terms": len(list(library.resolve(fields, ("t", "x", "y")).make_terms(fields, ("t", "x", "y")))),
        "found": {target: dict(equation.terms) for target, equation in r.equations.items()},
    }


def _memory(what: str) -> int:
    """Read bytes from the kernel: getrusage's peak begins with that of the process which started this one."""
    (line,) = (one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith(what))
    return 1024 * int(line.split()[1])


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
