"""PySR's expressions are read, and what is missing is named, without PySR or Julia."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from physforge.discovery.symbolic.form import read_formula
from physforge.discovery.symbolic.pysr_adapter import check_julia, in_grammar
from physforge.errors import MissingExtraError


@pytest.fixture
def pysr_without_julia(tmp_path, monkeypatch):
    """A package of that name that must not be imported, and a PATH without Julia."""
    (tmp_path / "pysr.py").write_text("raise RuntimeError('importing this downloads Julia')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    for name in ("PYTHON_JULIAPKG_EXE", "PYTHON_JULIACALL_EXE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_without_julia_pysr_is_not_imported(pysr_without_julia):
    with pytest.raises(MissingExtraError, match="PySR is installed, but there is no Julia: 'julia' is no program"):
        check_julia()
    assert "pysr" not in sys.modules


def test_a_julia_that_is_named_but_missing_is_named(pysr_without_julia, monkeypatch):
    monkeypatch.setenv("PYTHON_JULIAPKG_EXE", "/nowhere/julia")
    with pytest.raises(MissingExtraError, match="'/nowhere/julia' is no program"):
        check_julia()


def test_julia_on_the_path_is_enough(pysr_without_julia):
    program = pysr_without_julia / "julia"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    check_julia()
    assert "pysr" not in sys.modules


def test_expressions_are_read():
    text = in_grammar("(x0 * -0.5) / (x11 + sin(x1 * 2.0e-1))", tuple(f"v{index}" for index in range(12)))
    formula = read_formula(text, {f"v{index}" for index in range(12)}, [f"v{index}" for index in range(12)])
    assert formula.form.terms == ("1", "v0/(v11 + sin(c1*v1))")
    np.testing.assert_allclose(formula.values, [0.2])
