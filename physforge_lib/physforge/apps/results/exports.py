"""Equations in the languages of other programs."""

from __future__ import annotations

from physforge.equations import System

#: Names of the languages, and endings of their files.
LANGUAGES = {"LaTeX": "tex", "SymPy": "py", "Python": "py", "Julia": "jl", "PhysForge": "txt"}


def exported(system: System, language: str) -> str:
    """Write equations in a language.

    Parameters
    ----------
    system : System
        The equations.
    language : str
        One of `LANGUAGES`.

    Returns
    -------
    str
        Source text.
    """
    match language:
        case "LaTeX":
            return system.to_latex() if len(system) > 1 else next(iter(system)).to_latex()
        case "SymPy":
            return _sympy_source(system)
        case "Python":
            return "\n\n".join(one.to_python() for one in system).replace("\n\nimport numpy as np\n", "")
        case "Julia":
            return "\n".join(one.to_julia() for one in system)
    return str(system)


def _sympy_source(system: System) -> str:
    """Write the program that makes the equations in SymPy."""
    import sympy

    equations = system.to_sympy()
    symbols = sorted({str(one) for equation in equations for one in equation.free_symbols})
    functions = sorted(
        {str(one.func) for equation in equations for one in equation.atoms(sympy.core.function.AppliedUndef)}
    )
    lines = ["import sympy as sp", "from sympy import *", ""]
    if symbols:
        lines.append(f"{', '.join(symbols)} = sp.symbols({' '.join(symbols)!r})")
    if functions:
        lines.append(f"{', '.join(functions)} = sp.symbols({' '.join(functions)!r}, cls=sp.Function)")
    lines += [f"equation_{number} = {one!r}" for number, one in enumerate(equations, 1)]
    return "\n".join(lines) + "\n"
