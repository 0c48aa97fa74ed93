"""The only file that knows pyoperon: a search for expressions by genetic programming.

pyoperon (MIT licence) supplies operators, local fits of constants and the evolution of a
front of short and accurate expressions. Its names never leave this file.
"""

from __future__ import annotations

import math
import sys
from types import ModuleType
from typing import Any

import numpy as np

from physforge.discovery.symbolic.engine import Search
from physforge.equations.text import number_text
from physforge.errors import MissingExtraError

#: Expressions alive at a time, and steps of Levenberg and Marquardt for each new one.
_POPULATION, _LOCAL_STEPS = 500, 5

#: Largest nesting of an expression.
_DEPTH = 8

#: Chances of crossover and mutation.
_CROSSOVER, _MUTATION = 1.0, 0.25

#: Functions of the grammar by their name in pyoperon.
_FUNCTIONS = {"sin": "Sin", "cos": "Cos", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "tanh": "Tanh", "abs": "Abs"}

_OPERATORS = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"}


def search_with_operon(search: Search) -> list[str]:
    """Search expressions with pyoperon, on one thread.

    Parameters
    ----------
    search : Search
        What to find.

    Returns
    -------
    list of str
        The front of length against error. The same search gives the same texts.

    Raises
    ------
    MissingExtraError
        If pyoperon is not installed.
    """
    op = _package()
    scales = _scales(search.table)
    table, unit = search.table / scales, float(_scales(search.target[:, None])[0])
    columns = np.asfortranarray(np.column_stack([table, search.target / unit]))
    data = op.Dataset(columns)
    variables = sorted(data.Variables, key=lambda variable: int(variable.Index))
    names = {
        int(variable.Hash): (name, float(scale))
        for variable, name, scale in zip(variables[:-1], search.names, scales, strict=True)
    }
    front = _evolve(op, data, variables, search)
    # Errors are measured after the best offset and factor, so an offset belongs to each.
    return [
        f"{number_text(unit)}*({text}) + {number_text(unit)}" for text in (_written(t, names) for t in front) if text
    ]


def check_operon() -> None:
    """Raise early where pyoperon is missing.

    Raises
    ------
    MissingExtraError
        If pyoperon is not installed.
    """
    _package()


def _package() -> ModuleType:
    try:
        import pyoperon
    except ImportError as missing:
        raise MissingExtraError(
            "Symbolic regression needs pyoperon: pip install pyoperon. There are wheels for Linux on x86-64 and "
            "macOS on arm64; elsewhere use SymbolicRegression(engine='pysr')."
        ) from missing
    module: ModuleType = pyoperon
    return module


def _scales(table: Any) -> Any:
    scales = np.sqrt(np.mean(np.asarray(table) ** 2, axis=0))
    return np.where(scales > 0.0, scales, 1.0)


def _evolve(op: ModuleType, data: Any, variables: list[Any], search: Search) -> list[Any]:
    """Run one search. Objects are named because the engine keeps pointers, and properties give copies."""
    inputs = [variable.Hash for variable in variables[:-1]]
    problem = op.Problem(data)
    problem.TrainingRange = op.Range(0, data.Rows)
    problem.TestRange = op.Range(data.Rows - 1, data.Rows)
    problem.Target, problem.InputHashes = variables[-1], inputs
    problem.ConfigurePrimitiveSet(_primitives(op, search.functions))
    primitives = problem.PrimitiveSet
    creator = op.BalancedTreeCreator(primitives, inputs, 0.0)
    coefficients = op.NormalCoefficientInitializer()
    coefficients.ParameterizeDistribution(0, 1)
    dispatch = op.DispatchTable()
    optimizer = op.LMOptimizer(dispatch, problem, _LOCAL_STEPS, 0)
    local = op.CoefficientOptimizer(optimizer)
    parts = [op.Evaluator(problem, dispatch, op.R2(), True), op.LengthEvaluator(problem)]
    evaluator = op.MultiEvaluator(problem)
    for part in parts:
        part.Budget = search.evaluations
        evaluator.Add(part)
    evaluator.Budget = search.evaluations
    comparison = op.CrowdedComparison()
    selectors = [op.TournamentSelector(comparison), op.TournamentSelector(comparison)]
    for selector in selectors:
        selector.TournamentSize = 5
    crossover = op.SubtreeCrossover(0.9, _DEPTH, search.length)
    mutations = _mutations(op, primitives, creator, coefficients, inputs, search.length)
    mutation = op.MultiMutation()
    for one in mutations:
        mutation.Add(one, 1.0)
    generator = op.BasicOffspringGenerator(evaluator, crossover, mutation, *selectors, local)
    initializer = op.UniformLengthTreeInitializer(creator)
    initializer.ParameterizeDistribution(2, min(10, search.length))
    initializer.MinDepth, initializer.MaxDepth = 1, 1000
    reinserter, sorter = op.KeepBestReinserter(comparison), op.RankSorter()
    config, random = _config(op, search), op.RandomGenerator(np.uint64(search.seed))
    algorithm = op.NSGA2Algorithm(config, problem, initializer, coefficients, generator, reinserter, sorter)
    algorithm.Run(random, None, 1, False)
    return [individual.Genotype for individual in algorithm.BestFront]


def _primitives(op: ModuleType, functions: tuple[str, ...]) -> int:
    kinds = [*_OPERATORS, "Constant", "Variable", *(_FUNCTIONS[name] for name in functions)]
    total = 0
    for kind in kinds:
        total |= int(getattr(op.NodeType, kind))
    return total


def _mutations(op: ModuleType, primitives: Any, creator: Any, coefficients: Any, inputs: Any, length: int) -> list[Any]:
    one_point, many_points = op.NormalOnePointMutation(), op.NormalMultiPointMutation()
    for points in (one_point, many_points):
        points.ParameterizeDistribution(0, 1)
    return [
        one_point,
        many_points,
        op.ChangeVariableMutation(inputs),
        op.ChangeFunctionMutation(primitives),
        op.ReplaceSubtreeMutation(creator, coefficients, _DEPTH, length),
        op.InsertSubtreeMutation(creator, coefficients, _DEPTH, length),
        op.RemoveSubtreeMutation(primitives),
    ]


def _config(op: ModuleType, search: Search) -> Any:
    return op.GeneticAlgorithmConfig(
        generations=sys.maxsize,
        max_evaluations=search.evaluations,
        local_iterations=_LOCAL_STEPS,
        population_size=_POPULATION,
        pool_size=_POPULATION,
        p_crossover=_CROSSOVER,
        p_mutation=_MUTATION,
        epsilon=1e-6,
        seed=search.seed,
        max_time=sys.maxsize if search.budget_s is None else max(1, math.ceil(search.budget_s)),
    )


def _written(tree: Any, names: dict[int, tuple[str, float]]) -> str | None:
    """Write a tree, which is kept in postfix order with the first operand last."""
    stack: list[str] = []
    for node in tree.Nodes:
        if node.IsVariable:
            name, scale = names[int(node.HashValue)]
            text = _product(float(node.Value) / scale, name)
        elif node.IsConstant:
            text = _product(float(node.Value), "")
        else:
            operands = [stack.pop() for _ in range(int(node.Arity))] if len(stack) >= int(node.Arity) else []
            text = _applied(str(node.Type).rpartition(".")[2], operands)
        if text is None:
            return None
        stack.append(text)
    return stack[0] if len(stack) == 1 else None


def _product(value: float, name: str) -> str | None:
    if not math.isfinite(value):
        return None
    return f"({number_text(value)}{'*' if name else ''}{name})"


def _applied(kind: str, operands: list[str]) -> str | None:
    if kind in _OPERATORS and len(operands) > 1:
        return f"({_OPERATORS[kind].join(operands)})"
    name = next((ours for ours, theirs in _FUNCTIONS.items() if theirs == kind), None)
    return f"{name}({operands[0]})" if name and len(operands) == 1 else None
