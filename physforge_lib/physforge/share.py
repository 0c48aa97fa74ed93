"""Find the files that travel beside the code: configuration, catalogs, notebooks.

An installed wheel carries them as ``physforge/_share``; in a checkout they are
the top folders of the same names.
"""

from __future__ import annotations

from pathlib import Path

from physforge.errors import PhysForgeError

_PACKAGE = Path(__file__).resolve().parent


def shared_folder(name: str) -> Path:
    """Return the folder of shared files called `name`.

    Parameters
    ----------
    name : {"hub_config", "dask_config", "catalogs", "notebooks"}
        Which one.

    Returns
    -------
    pathlib.Path
        An existing folder, to be read and never written.

    Raises
    ------
    PhysForgeError
        If the installation is incomplete.
    """
    packed = _PACKAGE / "_share" / name
    checkout = _PACKAGE.parents[1] / name
    for folder in (packed, checkout):
        if folder.is_dir():
            return folder
    raise PhysForgeError(f"The folder {name!r} is missing from this installation of PhysForge; install it again.")
