"""Put the numbered notebooks into a home; run as its owner, so that no link there can lead root astray.

Only the standard library is used: the hub runs this file at each start of a session.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


def copy_notebooks(source: Path, folder: Path) -> None:
    """Copy the notebooks that are not there yet.

    Parameters
    ----------
    source : pathlib.Path
        Where they come from.
    folder : pathlib.Path
        Made if missing. A notebook that is already there is the user's own and stays
        as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for notebook in sorted(source.glob("*.ipynb")):
        target = folder / notebook.name
        if not target.exists():
            shutil.copyfile(notebook, target)


if __name__ == "__main__":
    copy_notebooks(Path(sys.argv[1]), Path(sys.argv[2]))
