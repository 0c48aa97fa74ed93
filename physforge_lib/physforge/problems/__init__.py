"""Reference problems with known answers, generated in seconds."""

from __future__ import annotations

from physforge.problems.ordinary_problem import OrdinaryProblem
from physforge.problems.periodic_problem import PeriodicProblem
from physforge.problems.plane_problem import PlaneProblem
from physforge.problems.problem import Problem
from physforge.problems.registry import get_problem, names

__all__ = ["OrdinaryProblem", "PeriodicProblem", "PlaneProblem", "Problem", "get_problem", "names"]
