"""Tune DeepXDE on seeds 100 to 102, and freeze what was best beside this file.

    python tests/benchmarks/pinn/tune.py --case burgers

Greedy: each choice is added to the best settings so far, and stays if the median error on the
three seeds falls; one that is clearly worse on the first seed is not tried on the others. The
reference is looked at, which favours the peer. Every training is kept, so that a long tuning goes
on where it stopped; two run side by side, since budgets are CPU seconds. ``--share 0.5`` tunes with
half of them, and the file says with how many.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
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
    {"nncg": 0.3},
    {"nncg": 0.3, "damping": 1e-2},
)

#: How much worse on the first seed a choice may be to be tried on the others.
WORSE = 1.5

NAMES = ("burgers", "allen_cahn", "poisson", "helmholtz", "kdv", "wave", "kovasznay", "cavity")


def train(name: str, settings: Mapping[str, Any], share: float, seed: int) -> dict:
    """Train once, for this share of the budget."""
    statement = _statement(name)
    return peer.measure(statement, seed, settings, share * statement.budget_s)


def tune(name: str, share: float = 1.0) -> dict[str, Any]:
    """Return the best settings, and the median errors of all that was tried, each for this share of the budget."""
    statement = _statement(name)
    best: dict[str, Any] = dict(peer.DEFAULT)
    errors = _errors(name, best, share, SEEDS)
    tried = [{"settings": best, "errors": errors}]
    for choice in (*statement.choices, *SCHEDULES):
        settings = {**best, **choice}
        found = _errors(name, settings, share, SEEDS[:1])
        if found[0] <= WORSE * errors[0]:
            found = _errors(name, settings, share, SEEDS)
        tried.append({"settings": settings, "errors": found})
        if len(found) == len(SEEDS) and median(found) < median(errors):
            best, errors = settings, found
    return {"settings": best, "errors": errors, "seeds": SEEDS, "budget_s": share * statement.budget_s, "tried": tried}


def _errors(name: str, settings: Mapping[str, Any], share: float, seeds: Sequence[int]) -> list[float]:
    sources = (f"tests/benchmarks/pinn/{name}*.py", "tests/benchmarks/pinn/peer.py")
    label = sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
    label += "" if share == 1 else f"-{share:g}"
    work = partial(train, name, settings, share)
    wanted = [cells.Cell(name, f"{label}-{seed}", work, (seed,), sources, ("deepxde",)) for seed in seeds]
    kept = cells.fill("pinn-tuning", wanted)
    errors = [_error(kept[cell.name, cell.key]) for cell in wanted]
    print(f"{name} {dict(settings)}: {', '.join(f'{one:.1e}' for one in errors)}", flush=True)
    return errors


def _error(cell: dict) -> float:
    error = cell["result"]["errors"][""] if "result" in cell else float("inf")
    return error if error == error else float("inf")


def _statement(name: str) -> Statement:
    statement: Statement = import_module(f"benchmarks.pinn.{name}").STATEMENT
    return statement


def main(words: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", choices=NAMES, help="only this one")
    parser.add_argument("--share", type=float, default=1.0, help="of the CPU seconds that the table gives (default: 1)")
    options = parser.parse_args(None if words is None else list(words))
    for name in options.case or NAMES:
        found = tune(name, options.share)
        peer.FROZEN.mkdir(exist_ok=True)
        path = peer.FROZEN / f"{_statement(name).name}.json"
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
