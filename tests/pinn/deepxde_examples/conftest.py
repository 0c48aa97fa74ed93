"""DeepXDE as its documentation imports it, in double precision, with its and torch's settings put back."""

import contextlib
import io
import os
import warnings

import pytest
import torch


@pytest.fixture(scope="session")
def _imported():
    before = torch.get_default_dtype()
    os.environ.setdefault("DDE_BACKEND", "pytorch")
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        import deepxde
    yield deepxde
    torch.set_default_dtype(before)
    torch.set_default_device(None)


@pytest.fixture
def dde(_imported):
    """DeepXDE, which makes float64."""
    real, dtype = _imported.config.real, torch.get_default_dtype()
    before = (real.precision, real.reals)
    real.set_float64()
    torch.set_default_dtype(torch.float64)
    yield _imported
    real.precision, real.reals = before
    torch.set_default_dtype(dtype)
    _imported.grad.clear()
