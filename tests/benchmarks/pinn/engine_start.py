"""How long a solve takes to start in a fresh process, and what happens where there is no compiler."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from benchmarks.pinn.case import PINN, Case, Line, Part, Results

GOAL_S = 4.0

#: A whole program: what a person waits for from the command to the first step.
PROGRAM = """
import json, sys, time
import physforge as pf
problem = pf.pinn.Problem(
    pf.Equation.parse("u_t = -u*u_x + 0.01*u_xx"),
    domain={"x": (-1, 1), "t": (0, 1)},
    conditions=[pf.pinn.Initial("-sin(pi*x)"), *(pf.pinn.Dirichlet(x=end, value=0.0) for end in (-1.0, 1.0))],
)
steps = []
watch = lambda progress: steps.append((time.time(), time.process_time()))
result = pf.pinn.solve(problem, steps=3, callback=watch, progress=False)
from physforge.pinn.engine import Objective
from physforge.pinn.networks import MLP
objective = Objective(problem, MLP())
first, cpu = steps[0]
tier = {"tier": objective.tier, "note": objective.tier_note}
print(json.dumps({"first": first, "cpu": cpu, "status": result.status, **tier}))
"""


def measure(seed: int, quick: bool) -> dict:
    """Start once with nothing kept, once with all kept, and once without a compiler."""
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as empty:
        environment = {**os.environ, "PHYSFORGE_HOME": home}
        found = {name: _start(environment) for name in ("cold", "warm")}
        found["no compiler"] = _start({**environment, "PATH": empty, "CC": ""})
    return found


def lines(results: Results) -> Sequence[Line]:
    found = results["start"]
    warm, cold, without = (statistics.median(one[name]["seconds"] for one in found) for name in found[0])
    cpu = statistics.median(one["warm"]["cpu"] for one in found)
    falls_back = all(
        one["no compiler"]["tier"] == "eager" and "compiler" in one["no compiler"]["note"] for one in found
    )
    compiled = all(one["warm"]["tier"] == "compiled" for one in found)
    ended = all(one["no compiler"]["status"] == "budget reached" for one in found)
    return [
        Line(
            "start of a compiled solve, code kept: from the command to the first step",
            f"<= {GOAL_S:g} s",
            f"{warm:.1f} s ({cpu:.1f} s of CPU time)",
            warm <= GOAL_S and compiled,
        ),
        Line("the same with nothing kept", "reported", f"{cold:.1f} s", True),
        Line(
            "without a compiler",
            "eager, and says so",
            f"{'eager: ' if falls_back else ''}{found[0]['no compiler']['note']} First step after {without:.1f} s.",
            falls_back and ended,
        ),
    ]


def _start(environment: dict[str, str]) -> dict:
    begun = time.time()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    found = json.loads(done.stdout.splitlines()[-1])
    return {**found, "seconds": found["first"] - begun}


CASES = (Case("engine-start", (Part("start", measure, (*PINN, "tests/benchmarks/pinn/engine_start.py")),), lines),)
