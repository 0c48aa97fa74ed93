"""``physforge environment``: packages of one's own, in notebooks and on Dask workers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from physforge.cli.console import errors, output


def environment(
    name: Annotated[str, typer.Argument(help="Of the environment and of its kernel in JupyterLab.")],
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where to make it; by default ~/environments/NAME.")
    ] = None,
) -> None:
    """Make an environment of your own with all that the workbench has, to install more packages in."""
    from physforge.workbench.own_environment import FOLDER, make_environment

    place = (folder.expanduser() if folder else Path.home() / FOLDER / name).absolute()
    python = make_environment(name, place, lambda text: errors().print(text, markup=False, highlight=False))
    output().print(
        f"Choose the kernel {name} in JupyterLab. Install packages in it with\n"
        f"  {python} -m pip install PACKAGE\n"
        "Dask clusters that are started from it have them too.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
