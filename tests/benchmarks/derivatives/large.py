"""Write a large field to zarr, and differentiate it through dask: a process of its own.

large.py write FOLDER GIGABYTES
large.py differentiate FOLDER        prints {"seconds": ..., "peak": bytes}
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

#: Samples along t and x in a chunk, and chunks along x.
CHUNK, ACROSS = 1000, 10


def write(folder: Path, gigabytes: float) -> None:
    """Write waves with 10 % noise in float64, uncompressed, chunk by chunk."""
    import zarr

    down = max(1, round(gigabytes * 1e9 / (8 * CHUNK**2 * ACROSS)))
    x, t = 0.01 * np.arange(ACROSS * CHUNK), 0.01 * np.arange(down * CHUNK)
    group = zarr.open_group(folder, mode="w", zarr_format=3)
    for name, values in (("t", t), ("x", x)):
        group.create_array(name, data=values, dimension_names=(name,))
    shape = (len(t), len(x))
    field = group.create_array(
        "u", shape=shape, chunks=(CHUNK, CHUNK), dtype="f8", compressors=None, dimension_names=("t", "x")
    )
    for row in range(down):
        for column in range(ACROSS):
            rng = np.random.default_rng([row, column])
            rows, columns = slice(row * CHUNK, (row + 1) * CHUNK), slice(column * CHUNK, (column + 1) * CHUNK)
            angle = x[None, columns] - t[rows, None]
            field[rows, columns] = (
                np.sin(angle) + np.sin(1.7 * angle + t[rows, None]) + 0.1 * rng.standard_normal((CHUNK, CHUNK))
            )


def peak_memory() -> int:
    """Return the most memory that this process has held, in bytes: getrusage would count its parent's too."""
    (line,) = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM:")]
    return 1024 * int(line.split()[1])


def differentiate(folder: Path) -> dict:
    """Differentiate, and write the derivative and its sd (in float32, to spare the disk)."""
    import physforge as pf

    warnings.simplefilter("ignore")
    start = time.perf_counter()
    ds = pf.open_dataset(str(folder))
    d = pf.differentiate(ds, ["u_x"], method="gp")[["u_x", "u_x_sd"]]
    d.astype("f4").to_zarr(folder.with_name("derivatives.zarr"), mode="w", zarr_format=3, consolidated=False)
    return {"seconds": time.perf_counter() - start, "peak": peak_memory(), "bytes": int(ds["u"].nbytes)}


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]), float(sys.argv[3]))
    else:
        print(json.dumps(differentiate(Path(sys.argv[2]))))
