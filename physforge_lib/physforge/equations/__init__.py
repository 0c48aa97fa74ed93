"""Equations as immutable data: parsed, compared, printed and evaluated, never executed."""

from __future__ import annotations

from physforge.equations.coordinate_function import CoordinateFunction
from physforge.equations.equation import Equation
from physforge.equations.names import derivative_name, split_derivative
from physforge.equations.system import System
from physforge.equations.term import canonical_term, evaluate_term

__all__ = [
    "CoordinateFunction",
    "Equation",
    "System",
    "canonical_term",
    "derivative_name",
    "evaluate_term",
    "split_derivative",
]
