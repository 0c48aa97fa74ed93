"""How fast a loss and its gradient are, beside DeepXDE's, in float64 on one thread."""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

import torch
from benchmarks.derivatives.rows import markdown
from benchmarks.pinn.case import ENGINE, Case, Line, Part, Results
from benchmarks.pinn.engine_laws import LAWS, batch_of, peer_step, theta_of

from physforge.pinn.engine import Objective
from physforge.pinn.networks import MLP

SOURCES = (*ENGINE, "tests/benchmarks/pinn/engine_speed.py", "tests/benchmarks/pinn/engine_laws.py")
DEPTH = 3
#: Law, width, how many times faster is wanted, and hoped for.
GOALS = (
    ("Burgers", 20, 2.5, 3.8),
    ("Burgers", 32, 2.4, 3.4),
    ("Burgers", 64, 2.1, 2.6),
    ("KdV", 64, 4.5, 6.0),
    ("diffusion in 2D", 64, 2.5, 4.0),
)


def measure(seed: int, quick: bool, *, law: str, width: int) -> dict:
    """Alternate the peer's step and each tier's, and keep the median CPU time of each."""
    torch.set_num_threads(1)
    chosen = LAWS[law]
    peer, model = peer_step(chosen, width, DEPTH, seed)
    batch, theta = batch_of(chosen, model), theta_of(model, chosen)
    steps = {"DeepXDE": peer}
    tiers = {}
    for tier in ("eager", "compiled"):
        objective = Objective(chosen, MLP(width=width, depth=DEPTH), tier=tier)
        steps[tier] = partial(_step, objective, theta, batch)
        tiers[tier] = objective
    losses = {name: step() for name, step in steps.items()}
    rounds = 3 if quick else 41
    seconds = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            seconds[name].append(_cpu(step))
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    return {"seconds": medians, "losses": losses, "note": tiers["compiled"].tier_note}


def lines(results: Results) -> Sequence[Line]:
    return [_line(law, width, goal, hope, results[_part(law, width)]) for law, width, goal, hope in GOALS]


def details(results: Results) -> str:
    rows = []
    for law, width, *_ in GOALS:
        for one in results[_part(law, width)]:
            seconds = one["seconds"]
            rows.append((law, width, *(f"{seconds[name] * 1e3:.2f}" for name in ("DeepXDE", "eager", "compiled"))))
    head = ("law", "width", "DeepXDE (CPU-ms)", "eager (CPU-ms)", "compiled (CPU-ms)")
    return f"A row for each seed; 2,780 points for the law and 240 for conditions.\n\n{markdown(head, rows)}"


def _line(law: str, width: int, goal: float, hope: float, found: Sequence[dict]) -> Line:
    ratios = [one["seconds"]["DeepXDE"] / one["seconds"]["compiled"] for one in found]
    median = statistics.median(ratios)
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    figure = f"{median:.2f} times faster than DeepXDE ({spread})"
    return Line(f"loss and gradient, {law}, 3 x {width}", f">= {goal} (hoped for {hope})", figure, median >= goal)


def _step(objective: Objective, theta: torch.Tensor, batch: tuple) -> float:
    return float(objective.loss_and_gradient(theta, batch)[0])


def _cpu(step: Callable[[], float]) -> float:
    """Return the CPU time of a step that follows another of its kind, as it does in training."""
    step()
    start = time.process_time()
    step()
    return time.process_time() - start


def _part(law: str, width: int) -> str:
    return f"{law.replace(' ', '-')}-{width}"


CASES = (
    Case(
        "engine-speed",
        tuple(
            Part(_part(law, width), partial(measure, law=law, width=width), SOURCES, ("torch", "deepxde"))
            for law, width, *_ in GOALS
        ),
        lines,
        details,
    ),
)
