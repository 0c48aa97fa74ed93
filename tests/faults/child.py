"""Open one file in a process of its own, with little memory, and say what came of it as a line of JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any


def main() -> None:
    path, options, memory = Path(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
    # Imports are not what is measured.
    import dask.array
    import h5netcdf
    import openpyxl
    import pandas as pd
    import pyarrow.parquet
    import scipy.io
    import zarr

    from physforge.datasets.files import open_file
    from physforge.errors import DatasetError

    del dask, h5netcdf, openpyxl, pd, pyarrow, scipy, zarr
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + memory, _address_space() + memory))
    start = time.perf_counter()
    outcome: dict[str, Any] = {}
    try:
        ds = open_file(path, **options)
        outcome["opened"] = {str(dim): size for dim, size in ds.sizes.items()}
        outcome["dims"] = [str(dim) for dim in ds.dims]
        if options.get("lazy"):
            ds.compute()
    except DatasetError as error:
        outcome["refused"] = str(error)
    except Exception as error:  # noqa: BLE001 - any other is what the tests look for
        outcome["failed"] = f"{type(error).__name__}: {error}"
    outcome["seconds"] = time.perf_counter() - start
    # Not ru_maxrss, which begins with what the parent had.
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    outcome["megabytes"] = int(peak.split()[1]) / 1024
    sys.stdout.write(json.dumps(outcome) + "\n")


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    main()
