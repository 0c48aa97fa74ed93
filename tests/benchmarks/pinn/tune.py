"""Tune DeepXDE on seeds 100 to 102, and freeze what was best beside this file.

    python tests/benchmarks/pinn/tune.py --case burgers

Greedy: each choice is added to the best settings so far, and stays if the median error on the
three seeds falls. The reference is looked at, which favours the peer. Every training is kept, so
that a long tuning goes on where it stopped.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", DDE_BACKEND="pytorch")

from benchmarks import cells
from benchmarks.pinn import peer
from benchmarks.pinn.statement import Statement

SEEDS = (100, 101, 102)

#: How the optimisers share the time, tried after what a statement has to choose.
SCHEDULES: tuple[Mapping[str, Any], ...] = (
    {"adam": 0.05},
    {"adam": 0.5},
    {"rate": 5e-3},
    {"decay": True},
    {"nncg": 0.3},
    {"nncg": 0.3, "damping": 1e-2},
)

NAMES = ("burgers", "allen_cahn", "poisson", "helmholtz", "kdv", "wave", "kovasznay", "cavity")


def train(name: str, settings: Mapping[str, Any], seed: int) -> dict:
    """Train once, for the whole budget."""
    statement = _statement(name)
    return peer.measure(statement, seed, settings, statement.budget_s)


def tune(name: str) -> dict[str, Any]:
    """Return the best settings, and the median errors of all that was tried."""
    statement = _statement(name)
    best: dict[str, Any] = dict(peer.DEFAULT)
    error = _score(name, best)
    tried = [{"settings": best, "error": error}]
    for choice in (*statement.choices, *SCHEDULES):
        settings = {**best, **choice}
        found = _score(name, settings)
        tried.append({"settings": settings, "error": found})
        if found < error:
            best, error = settings, found
    return {"settings": best, "error": error, "seeds": list(SEEDS), "budget_s": statement.budget_s, "tried": tried}


def _score(name: str, settings: Mapping[str, Any]) -> float:
    sources = (f"tests/benchmarks/pinn/{name}*.py", "tests/benchmarks/pinn/peer.py")
    label = sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
    wanted = [
        cells.Cell(name, f"{label}-{seed}", partial(train, name, settings), (seed,), sources, ("deepxde",), alone=True)
        for seed in SEEDS
    ]
    kept = cells.fill("pinn-tuning", wanted)
    errors = [_error(kept[cell.name, cell.key]) for cell in wanted]
    print(f"{name} {dict(settings)}: {', '.join(f'{one:.1e}' for one in errors)}", flush=True)
    return median(errors)


def _error(cell: dict) -> float:
    error = cell["result"]["errors"][""] if "result" in cell else float("inf")
    return error if error == error else float("inf")


def _statement(name: str) -> Statement:
    statement: Statement = import_module(f"benchmarks.pinn.{name}").STATEMENT
    return statement


def main(words: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", choices=NAMES, help="only this one")
    chosen = parser.parse_args(None if words is None else list(words)).case or NAMES
    for name in chosen:
        found = tune(name)
        peer.FROZEN.mkdir(exist_ok=True)
        path = peer.FROZEN / f"{_statement(name).name}.json"
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
