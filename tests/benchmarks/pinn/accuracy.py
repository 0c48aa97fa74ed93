"""Rows about accuracy: a statement solved by ours and by DeepXDE, for the same CPU seconds."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from statistics import median

import numpy as np
from benchmarks.derivatives.rows import markdown
from benchmarks.pinn import peer
from benchmarks.pinn.case import PINN, Case, Line, Part, Results
from benchmarks.pinn.statement import Statement

OURS, DEEPXDE = "ours", "deepxde"

#: CPU seconds that show that a row works.
QUICK_S = 4.0

_FOLDER = "tests/benchmarks/pinn"


def case(statement: Statement, ratio: tuple[float, float] | None = None) -> Case:
    """Return the row of a statement; `ratio` of the peer's error to ours is a goal of its own, and its stretch."""
    module = statement.name.replace("-", "_")
    own = (f"{_FOLDER}/{module}*.py", f"{_FOLDER}/statement.py")
    return Case(
        statement.name,
        (
            Part(OURS, partial(measure_ours, module), (*PINN, *own), ("torch", "numpy", "scipy")),
            Part(
                DEEPXDE,
                partial(measure_peer, module),
                (*own, f"{_FOLDER}/peer.py", f"{_FOLDER}/tuned/{statement.name}.json"),
                ("torch", "deepxde", "numpy", "scipy"),
            ),
        ),
        partial(lines, statement, ratio),
        partial(details, statement),
    )


def measure_ours(module: str, seed: int, quick: bool) -> dict:
    """Solve with nothing set by hand but the CPU seconds, as many as the peer gets."""
    from physforge.pinn import solve

    statement = _statement(module)
    reference = statement.reference()
    wall, cpu = time.perf_counter(), cpu_seconds()
    budget = QUICK_S if quick else statement.budget_s
    result = solve(statement.problem(), budget_s=budget, clock="cpu", seed=seed)
    times = {"cpu": cpu_seconds() - cpu, "wall": time.perf_counter() - wall}
    found = result.predict(reference.points)
    errors = reference.errors({name: np.asarray(found[name]) for name in reference.fields})
    history = result.history.iloc[-1]
    return {
        "errors": errors,
        **times,
        "status": result.status,
        "steps": {str(history["optimiser"]): int(history["step"])},
        "diagnostics": list(result.diagnostics),
    }


def measure_peer(module: str, seed: int, quick: bool) -> dict:
    """Solve with DeepXDE and its frozen settings."""
    statement = _statement(module)
    settings = peer.frozen(statement.name)
    return peer.measure(statement, seed, settings, QUICK_S if quick else statement.budget_s)


def lines(statement: Statement, ratio: tuple[float, float] | None, results: Results) -> list[Line]:
    """Return the row, that of the peer, and where it is a goal that of their ratio."""
    ours, theirs = ([one["errors"][""] for one in results[who]] for who in (OURS, DEEPXDE))
    what = f"{statement.title}: relative L2 error, {statement.budget_s:g} CPU s"
    tuned = "" if all(one["settings"].get("tuned") for one in results[DEEPXDE]) else ", not tuned yet"
    found = [
        Line(what, _goal("<=", statement.required, statement.stretch), _all(ours), median(ours) <= statement.required),
        Line(f"the same: DeepXDE{tuned}", "reported", _all(theirs), None),
    ]
    if ratio is not None:
        reached = median(theirs) / median(ours)
        what = f"{statement.title}: median error of DeepXDE{tuned} over ours"
        found.append(Line(what, _goal(">=", *ratio), f"{reached:.0f}", reached >= ratio[0]))
    return found


def details(statement: Statement, results: Results) -> str:
    """Return every seed of both."""
    fields = [name for name in results[OURS][0]["errors"] if name]
    rows = [
        (
            who,
            index,
            *(f"{one['errors'][name]:.1e}" for name in ("", *fields)),
            f"{one['cpu']:.0f}",
            f"{one['wall']:.0f}",
            ", ".join(f"{name} {count}" for name, count in one["steps"].items()),
            one.get("status") or ", ".join(f"{name} {value}" for name, value in one["settings"].items()),
        )
        for who in (OURS, DEEPXDE)
        for index, one in enumerate(results[who])
    ]
    head = ("who", "seed", "error", *(f"of {name}" for name in fields), "CPU (s)", "wall (s)", "steps", "outcome")
    return f"{statement.title}.\n\n{markdown(head, rows)}"


def _statement(module: str) -> Statement:
    statement: Statement = import_module(f"benchmarks.pinn.{module}").STATEMENT
    return statement


def cpu_seconds() -> float:
    """Return those of this process and of compilers that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _goal(sign: str, required: float, stretch: float) -> str:
    return f"{sign} {required:g} ({stretch:g})"


def _all(errors: Sequence[float]) -> str:
    return f"{median(errors):.1e} (" + ", ".join(f"{one:.1e}" for one in errors) + ")"
