"""What a user may choose for a new Dask cluster: one declaration gives the check and the widget."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psutil
from dask_gateway_server.options import Float, Integer, Mapping, Options, String

_GIB = 2**30
#: A worker with less cannot import the packages of the workbench.
_LEAST_MEMORY_GIB = 0.5
DEFAULT_MEMORY_GIB = 2.0


#: Longer paths are refused by the system.
_LONGEST_PATH = 4096


class ProgramPath(String):  # type: ignore[misc]
    """The absolute path of a program, or nothing."""

    def validate(self, x: object) -> str:
        """Return the path if it is one.

        Parameters
        ----------
        x : object
            What was asked for.

        Returns
        -------
        str
            The same.

        Raises
        ------
        ValueError
            If it is relative, or no path at all.
        """
        path: str = super().validate(x)
        if path and not (Path(path).is_absolute() and path.isprintable() and len(path) < _LONGEST_PATH):
            raise ValueError(
                f"{self.field} must be the absolute path of a Python, such as sys.executable has it, "
                f"and not {path[:200]!r}"
            )
        return path


def cluster_options() -> Options:
    """Declare the choices, bounded by the machine.

    Returns
    -------
    dask_gateway_server.options.Options
        Cores and memory of each worker, environment variables for the workers'
        programs, and the Python in which scheduler and workers run. In a notebook: ``Gateway().cluster_options()``.
    """
    most_memory = max(psutil.virtual_memory().total / _GIB, DEFAULT_MEMORY_GIB)
    return Options(
        Integer("worker_cores", default=1, min=1, max=os.cpu_count() or 1, label="Cores of each worker"),
        Float(
            "worker_memory",
            default=DEFAULT_MEMORY_GIB,
            min=_LEAST_MEMORY_GIB,
            max=most_memory,
            label="Memory of each worker (GiB)",
        ),
        Mapping("environment", default={}, label="Environment variables"),
        ProgramPath("python", default="", label="Python of the cluster (empty for the workbench's own)"),
        handler=_as_configuration,
    )


def _as_configuration(options: Any) -> dict[str, Any]:
    own = [options.python, "-m", "dask"]
    return {
        **({"scheduler_cmd": [*own, "scheduler"], "worker_cmd": [*own, "worker"]} if options.python else {}),
        "worker_cores": options.worker_cores,
        "worker_memory": int(options.worker_memory * _GIB),
        "environment": {str(name): str(value) for name, value in options.environment.items()},
    }
