"""Reference problems with known answers, generated in seconds."""

from __future__ import annotations

from physforge.problems.problem import Problem
from physforge.problems.registry import get_problem, names

__all__ = ["Problem", "get_problem", "names"]
