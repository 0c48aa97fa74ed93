"""What each choice of the trainer is worth: Burgers' equation with one thing changed at a time."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
from benchmarks.derivatives.rows import Line, markdown
from benchmarks.pinn import burgers
from benchmarks.pinn.case import PINN, Case, Part, Results

#: CPU seconds of each training, and of a look at whether it works.
BUDGET_S, QUICK_S = 60.0, 4.0


def _optimiser(kind: str) -> dict:
    from physforge import pinn

    return {
        "method": {
            "BFGS, self-scaled": pinn.SSBroyden(form="bfgs"),
            "L-BFGS": pinn.LBFGS(),
            "Levenberg-Marquardt": pinn.LevenbergMarquardt(),
            "Adam": pinn.Adam(),
            "SOAP, then self-scaled Broyden": (pinn.SOAP(steps=300), pinn.SSBroyden()),
        }[kind]
    }


#: What is changed -> options of `solve`.
CHANGES: dict[str, Callable[[], dict]] = {
    "nothing": dict,
    **{
        f"optimiser: {kind}": partial(_optimiser, kind)
        for kind in (
            "BFGS, self-scaled",
            "L-BFGS",
            "Levenberg-Marquardt",
            "Adam",
            "SOAP, then self-scaled Broyden",
        )
    },
    "sampling: evenly spread": partial(dict, sampling="sobol"),
    "weights: self-adaptive": partial(dict, weighting="self-adaptive"),
    "weights: causal": partial(dict, weighting="causal"),
    "one window": partial(dict, windows=1),
    "five windows": partial(dict, windows=5),
    "engine: eager": partial(dict, tier="eager"),
}


def measure(seed: int, quick: bool, *, change: str) -> dict:
    """Solve with one option changed, and score against the exact solution."""
    from physforge import pinn

    reference = burgers.reference()
    wall, cpu = time.perf_counter(), time.process_time()
    result = pinn.solve(
        burgers.problem(),
        budget_s=QUICK_S if quick else BUDGET_S,
        clock="cpu",
        seed=seed,
        progress=False,
        **CHANGES[change](),
    )
    return {
        "error": reference.errors({"u": np.asarray(result.predict(reference.points)["u"])})[""],
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "steps": int(result.history["step"].iloc[-1]),
        "status": result.status,
    }


def lines(results: Results) -> list[Line]:
    """Return a row for each change, its error beside that of nothing changed."""
    base = median(one["error"] for one in results["nothing"])
    found = []
    for change, runs in results.items():
        error = median(one["error"] for one in runs)
        figure = f"{error:.1e}, {error / base:.1f} times that of the default"
        found.append(Line(f"Burgers, {BUDGET_S:g} CPU s; changed: {change}", "reported", figure, None))
    return found


def details(results: Results) -> str:
    """Return every seed."""
    rows = [
        (change, index, f"{one['error']:.1e}", one["steps"], f"{one['cpu']:.0f}", f"{one['wall']:.0f}", one["status"])
        for change, runs in results.items()
        for index, one in enumerate(runs)
    ]
    return markdown(("changed", "seed", "error", "steps", "CPU (s)", "wall (s)", "outcome"), rows)


CASES = (
    Case(
        "burgers-ablation",
        tuple(
            Part(change, partial(measure, change=change), (*PINN, "tests/benchmarks/pinn/ablation.py"))
            for change in CHANGES
        ),
        lines,
        details,
        seeds=(0, 1, 2),
    ),
)
