"""What each process of a test runs: the same evaluations and the same training, written to a file."""

import sys
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from physforge import pinn
from physforge.pinn.batch import BlockBatch
from physforge.pinn.parallel.sharded import ShardedObjective, make_objective


def problem():
    """Burgers' equation with soft conditions, one of them at a single point."""
    return pinn.Problem(
        "u_t = -u*u_x + 0.1*u_xx",
        domain={"x": (-1.0, 1.0), "t": (0.0, 1.0)},
        conditions=[pinn.Initial("-sin(pi*x)"), pinn.Data({"x": [0.5], "t": [0.5], "u": [-0.3]})],
        exact="never",
    )


def batch(stated):
    generator = np.random.default_rng(0)
    parts = []
    for block in stated.blocks:
        points = block.region.sample(33, generator)
        weights = generator.uniform(0.5, 1.5, (block.rows, len(points))) / len(points)
        places = tuple(torch.as_tensor(place) for place in points.places)
        parts.append(BlockBatch(places, torch.as_tensor(points.values), torch.as_tensor(weights)))
    return tuple(parts)


def evaluations(tier):
    stated = problem()
    objective = make_objective(stated, pinn.MLP(width=7, depth=2), tier=tier)
    theta, points = objective.start(0), batch(stated)
    loss, gradient, losses = objective.loss_and_gradient(theta, points)
    matrix, vector, _ = objective.normal_equations(theta, points)
    law = objective.pointwise(theta, 0, points[0].places, points[0].values)
    found = {"loss": loss, "gradient": gradient, "losses": losses, "matrix": matrix, "vector": vector, "law": law}
    found["alone"] = objective.loss(theta, points)
    return {f"{tier}.{name}": value.numpy() for name, value in found.items()}, objective


def trainings():
    method = (pinn.Adam(steps=10), pinn.SSBroyden())
    small, quiet = pinn.MLP(width=7, depth=2), {"tier": "eager", "progress": False}
    solved = pinn.solve(problem(), network=small, method=method, steps=60, resample=20, **quiet)
    t = np.linspace(0.0, 2.0, 40)
    noisy = np.exp(-1.5 * t) + 0.01 * np.random.default_rng(0).standard_normal(40)
    ds = xr.Dataset({"u": ("t", noisy)}, {"t": t})
    inferred = pinn.infer("u_t = -k*u", ds, {"k": 1.0}, network=pinn.MLP(width=5, depth=1), steps=60)
    timed = pinn.solve(problem(), network=small, budget_s=0.5, **quiet)
    return {
        "solved": solved.theta.numpy(),
        "inferred": np.array([inferred.parameters["k"], *inferred.inference.sd]),
        "steps": np.array([timed.rows[-1]["step"]]),
        "timed": timed.theta.numpy(),
    }


def run(target, together):
    found, objective = evaluations("eager")
    found |= evaluations("auto")[0]
    assert isinstance(objective, ShardedObjective) == together
    np.savez(target, **found, **trainings())


def main():
    torch.set_num_threads(1)
    folder, together = Path(sys.argv[1]), sys.argv[2] == "together"
    if not together:
        run(folder / "alone.npz", together)
        return
    with pinn.data_parallel(f"file://{folder / 'meeting'}") as rank:
        run(folder / f"rank{rank}.npz", together)


if __name__ == "__main__":
    main()
