"""Write a version of a data set to a file on the person's own server, from where the browser downloads it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from physforge.apps.acts.opening import workspace

#: Below the folder of the kernel, which is that of the person's notebooks.
FOLDER = "exports"

#: Format -> ending of the file; a zarr folder is packed.
ENDINGS = {"netcdf": ".nc", "csv": ".csv", "hdf5": ".h5", "zarr": ".zarr"}


def export(data: str, version: int, format: str) -> dict[str, Any]:  # noqa: A002
    """Write a version.

    Parameters
    ----------
    data : str
        Id of the data set.
    version : int
        Which.
    format : {"netcdf", "csv", "hdf5", "zarr"}
        In what form.

    Returns
    -------
    dict
        ``path`` below the person's folder, and ``size`` in bytes.
    """
    store = workspace().store
    # A name of the store is none of a path.
    name = f"{store.get(data, version).name}-v{version}{ENDINGS[format]}"
    folder = Path(FOLDER)
    folder.mkdir(exist_ok=True)
    target = folder / name
    if format != "zarr":
        target.unlink(missing_ok=True)
        store.export(data, target, format, version=version)
    else:
        target = folder / f"{name}.zip"
        with tempfile.TemporaryDirectory(dir=folder, prefix=".zarr-") as place:
            written = store.export(data, Path(place) / name, format, version=version)
            packed = shutil.make_archive(str(Path(place) / "packed"), "zip", written.parent, name)
            Path(packed).replace(target)
    return {"path": f"{FOLDER}/{target.name}", "size": target.stat().st_size}
