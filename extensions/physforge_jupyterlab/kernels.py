"""Tell each kernel's Dask clusters to use the kernel's own Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.kernelmanager import ServerKernelManager

#: Read by Dask as ``gateway.cluster.options.python``: the default of a cluster's option.
PYTHON_VARIABLE = "DASK_GATEWAY__CLUSTER__OPTIONS__PYTHON"


class OwnPythonKernelManager(ServerKernelManager):
    """Start kernels so that ``Gateway().new_cluster()`` has workers with the kernel's packages."""

    async def start_kernel(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Start the kernel, with its own interpreter as the default of its clusters.

        Parameters
        ----------
        *args, **kwargs : object
            As for the original; what is in ``env``, or in the kernel's specification,
            comes first.

        Returns
        -------
        object
            What the original returns.
        """
        environment = dict(kwargs.get("env") or os.environ)
        python = interpreter_of(self.kernel_spec.argv if self.kernel_spec else ())
        if python is not None:
            environment.setdefault(PYTHON_VARIABLE, python)
        return await super().start_kernel(*args, **{**kwargs, "env": environment})


def interpreter_of(command: Sequence[str]) -> str | None:
    """Return the Python that a kernel runs in, as Dask's settings spell it.

    Parameters
    ----------
    command : sequence of str
        From the kernel's specification.

    Returns
    -------
    str or None
        None for a kernel of another language, or one that is started through another
        program: its clusters run in the workbench's own Python unless told otherwise.
    """
    if not command:
        return None
    program = Path(command[0])
    if not program.name.startswith("python"):
        return None
    if not program.is_absolute():
        # Jupyter runs these with the server's own interpreter.
        program = Path(sys.executable)
    # Dask fills in what is between braces.
    return str(program).replace("{", "{{").replace("}", "}}")
