"""Which Python the clusters of a kernel get."""

import sys

import dask
import pytest

from physforge_jupyterlab.kernels import PYTHON_VARIABLE, interpreter_of


@pytest.mark.parametrize(
    ("command", "python"),
    [
        (["/home/ada/optics/bin/python", "-m", "ipykernel_launcher"], "/home/ada/optics/bin/python"),
        (["/home/ada/optics/bin/python3.13", "-m", "ipykernel_launcher"], "/home/ada/optics/bin/python3.13"),
        (["python3", "-m", "ipykernel_launcher"], sys.executable),
        (["/usr/bin/julia", "kernel.jl"], None),
        (["/usr/bin/env", "python3"], None),
        ([], None),
    ],
)
def test_a_kernels_clusters_have_its_python(command, python):
    assert interpreter_of(command) == python


def test_dask_reads_it_as_the_default_of_an_option(monkeypatch):
    from dask_gateway.utils import format_template

    monkeypatch.setenv(PYTHON_VARIABLE, interpreter_of(["/home/{ada}/50%/bin/python"]))
    dask.config.refresh()
    try:
        assert format_template(dask.config.get("gateway.cluster.options.python")) == "/home/{ada}/50%/bin/python"
    finally:
        monkeypatch.undo()
        dask.config.refresh()
