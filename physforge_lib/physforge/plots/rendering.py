"""PyVista, loaded when the first scene is drawn, and drawing without a window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import RLock
from typing import Any

from physforge.errors import MissingExtraError
from physforge.plots.graphics import can_draw

#: VTK's graphics are for one thread at a time.
_ONE_AT_A_TIME = RLock()


def pyvista() -> Any:
    """Return the module `pyvista`.

    Returns
    -------
    module
        With VTK behind it.

    Raises
    ------
    MissingExtraError
        If it is not installed, or this machine has nothing to draw with.
    """
    if not can_draw():
        raise MissingExtraError(
            "Pictures in space need OpenGL, and there is none on this machine. It may be drawn in software: on Debian "
            "and Ubuntu, apt-get install libegl1 libgl1-mesa-dri."
        )
    try:
        return import_module("pyvista")
    except ImportError as error:
        raise MissingExtraError(
            f"Pictures in space need {error.name}, which is not installed: pip install 'physforge[plots]'."
        ) from error


@contextmanager
def quiet_vtk() -> Iterator[None]:
    """Keep VTK from writing to the terminal, one thread at a time.

    Without a display it says so in red each time before it draws by EGL or in software, as it should.
    """
    logger = import_module("vtkmodules.vtkCommonCore").vtkLogger
    with _ONE_AT_A_TIME:
        before = logger.GetCurrentVerbosityCutoff()
        logger.SetStderrVerbosity(logger.VERBOSITY_OFF)
        try:
            yield
        finally:
            logger.SetStderrVerbosity(before)
