"""The only file that knows PySR: a search for expressions in Julia.

PySR (Apache licence) supplies an evolution of several populations. It loads Julia when it is
imported, and downloads it where there is none: it is imported late, and only where Julia is
there already. Its names never leave this file.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from physforge.discovery.symbolic.engine import Search
from physforge.errors import MissingExtraError

#: Variables are passed on by number: the names of fields may mean something in Julia.
_NUMBERED = re.compile(r"\bx(\d+)\b")


def check_julia() -> None:
    """Make sure that PySR and Julia are there, without loading either.

    Raises
    ------
    MissingExtraError
        If one of them is missing; the message says what to install.
    """
    if find_spec("pysr") is None:
        raise MissingExtraError(
            "SymbolicRegression(engine='pysr') needs PySR: pip install 'physforge[pysr]', and Julia 1.10 or newer "
            "(https://julialang.org/downloads) with `julia` on the PATH. The default engine='pyoperon' needs neither."
        )
    named = os.environ.get("PYTHON_JULIAPKG_EXE") or os.environ.get("PYTHON_JULIACALL_EXE")
    # Where PySR was used before, its helper has put a Julia here.
    own = Path(sys.prefix, "julia_env", "pyjuliapkg", "install", "bin", "julia")
    if shutil.which(named or "julia") is None and (named or not own.exists()):
        raise MissingExtraError(
            f"PySR is installed, but there is no Julia: {named or 'julia'!r} is no program on the PATH. Install Julia "
            "1.10 or newer (https://julialang.org/downloads), or set PYTHON_JULIAPKG_EXE to where it is. The default "
            "engine='pyoperon' needs no Julia."
        )


def search_with_pysr(search: Search) -> list[str]:
    """Search expressions with PySR, deterministically and in one thread.

    Parameters
    ----------
    search : Search
        What to find.

    Returns
    -------
    list of str
        The front of complexity against error, in the grammar of equations.
    """
    from pysr import PySRRegressor

    regressor = PySRRegressor(
        niterations=1_000_000,
        max_evals=search.evaluations,
        timeout_in_seconds=search.budget_s,
        maxsize=search.length,
        binary_operators=["+", "-", "*", "/"],
        unary_operators=list(search.functions),
        random_state=search.seed,
        deterministic=True,
        parallelism="serial",
        temp_equation_file=True,
        progress=False,
        verbosity=0,
    )
    regressor.fit(search.table, search.target)
    return [in_grammar(str(text), search.names) for text in regressor.equations_["equation"]]


def in_grammar(text: str, names: tuple[str, ...]) -> str:
    """Write one of PySR's expressions in the grammar of equations.

    Parameters
    ----------
    text : str
        With variables x0, x1 and so on.
    names : tuple of str
        What they are.

    Returns
    -------
    str
        With an offset, which the fit of its numbers may need.
    """
    return f"{_NUMBERED.sub(lambda found: names[int(found[1])], text)} + 1"
