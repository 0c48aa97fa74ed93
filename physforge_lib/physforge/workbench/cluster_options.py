"""What a user may choose for a new Dask cluster: one declaration gives the check and the widget."""

from __future__ import annotations

import os
from typing import Any

import psutil
from dask_gateway_server.options import Float, Integer, Mapping, Options

_GIB = 2**30
#: A worker with less cannot import the packages of the workbench.
_LEAST_MEMORY_GIB = 0.5
DEFAULT_MEMORY_GIB = 2.0


def cluster_options() -> Options:
    """Declare the choices, bounded by the machine.

    Returns
    -------
    dask_gateway_server.options.Options
        Cores and memory of each worker, and environment variables for the workers'
        programs. In a notebook: ``Gateway().cluster_options()``.
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
        handler=_as_configuration,
    )


def _as_configuration(options: Any) -> dict[str, Any]:
    return {
        "worker_cores": options.worker_cores,
        "worker_memory": int(options.worker_memory * _GIB),
        "environment": {str(name): str(value) for name, value in options.environment.items()},
    }
