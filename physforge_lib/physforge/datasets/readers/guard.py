"""Have a file read by a child process first, where the library that reads it may hang or crash."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from physforge.datasets.lazy import LAZY_BYTES
from physforge.errors import DatasetError

#: Seconds that a child may take.
SECONDS = 4.0

_TRIAL = Path(__file__).with_name("hdf5_trial.py")


def try_hdf5(path: Path) -> None:
    """Refuse an HDF5 file that hangs or crashes the HDF5 library.

    Parameters
    ----------
    path : pathlib.Path
        The file. What is wrong with it in any other way is left to be found by
        whoever reads it.

    Raises
    ------
    DatasetError
        If a child process that reads it is killed or takes more than `SECONDS`.

    Notes
    -----
    It costs about 0.2 s. ``trusted=True`` leaves it out.
    """
    if not sys.executable:
        return
    # Isolated, so that no file of the current folder is imported.
    command = [sys.executable, "-I", str(_TRIAL), str(path.absolute()), str(LAZY_BYTES)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise DatasetError(
            f"{path.name}: the HDF5 library does not come to an end of it within {SECONDS:.0f} s, so it is damaged; if "
            "only its disk is slow, open it with trusted=True."
        ) from error
    if done.returncode < 0:
        raise DatasetError(f"{path.name}: it crashes the HDF5 library (signal {-done.returncode}); it is damaged.")
