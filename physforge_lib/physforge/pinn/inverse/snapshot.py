"""A fit between two stages, as a checkpoint holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from physforge.pinn.block import Float, Points
from physforge.pinn.inverse.batches import Collocation
from physforge.pinn.inverse.fit import State
from physforge.pinn.inverse.look import Look
from physforge.pinn.inverse.noise import Noise

#: What of a `State` JSON holds.
_NUMBERS = ("weight", "damping", "decrease", "loss")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All that a fit needs to go on as if it had never stopped.

    Parameters
    ----------
    tensors : dict of str to torch.Tensor
        By name.
    facts : dict
        What JSON holds.
    """

    tensors: dict[str, Tensor]
    facts: dict[str, Any]

    @classmethod
    def of(
        cls,
        looks: Sequence[Look],
        rows: Sequence[Mapping[str, Any]],
        generator: np.random.Generator,
        facts: Mapping[str, Any],
    ) -> Self:
        """Take down a fit.

        Parameters
        ----------
        looks : sequence of Look
            One after each stage; the next begins with the state of the last one.
        rows : sequence of mapping
            The history.
        generator : numpy.random.Generator
            Of the points.
        facts : mapping
            What else is kept.

        Returns
        -------
        Snapshot
            That later stages do not change.
        """
        tensors: dict[str, Tensor] = {}
        described = [_take_down(look, f"look.{number}", tensors) for number, look in enumerate(looks)]
        drawn = {"state": generator.bit_generator.state, "children": _children(generator)}
        return cls(tensors, {**facts, "looks": described, "rows": list(rows), "generator": drawn})

    def looks(self, device: torch.device) -> list[Look]:
        """Return the looks, with their states on a device."""
        return [_take_up(facts, f"look.{number}", self.tensors, device) for number, facts in enumerate(self._looks)]

    def generator(self, seed: int) -> np.random.Generator:
        """Return the generator of the points, which `seed` was given to at first."""
        kept = self.facts["generator"]
        made = np.random.default_rng(np.random.SeedSequence(seed, n_children_spawned=kept["children"]))
        made.bit_generator.state = kept["state"]
        return made

    @property
    def _looks(self) -> list[dict[str, Any]]:
        return list(self.facts["looks"])


def _children(generator: np.random.Generator) -> int:
    """Return how many generators SciPy has spawned from one: the next child depends on that alone."""
    return int(getattr(generator.bit_generator.seed_seq, "n_children_spawned", 0))


def _take_down(look: Look, name: str, tensors: dict[str, Tensor]) -> dict[str, Any]:
    """Add the arrays of a look to `tensors`, and return the rest."""
    state = look.state
    arrays = {"values": look.values, "covariance": look.covariance, "newton": look.newton}
    arrays |= {f"misfit.{block}": misfit for block, misfit in state.misfits.items()}
    for number, one in enumerate(state.collocation):
        arrays |= {f"drawn.{number}.place.{which}": place for which, place in enumerate(one.points.places)}
        arrays |= {f"drawn.{number}.values": one.points.values, f"drawn.{number}.scales": one.scales}
    tensors |= {f"{name}.{key}": torch.from_numpy(np.ascontiguousarray(array)) for key, array in arrays.items()}
    tensors[f"{name}.theta"] = state.theta
    return {
        "names": list(look.names),
        "violation": look.violation,
        "noises": {field: [one.scale, one.degrees] for field, one in state.noises.items()},
        "misfits": list(state.misfits),
        "drawn": [[one.block, len(one.points.places)] for one in state.collocation],
        "numbers": {key: getattr(state, key) for key in _NUMBERS},
    }


def _take_up(facts: Mapping[str, Any], name: str, tensors: Mapping[str, Tensor], device: torch.device) -> Look:
    """Return the look that `_take_down` was given."""

    def array(key: str) -> Float:
        # Copied, so that it lies in memory as it did at first.
        return np.array(tensors[f"{name}.{key}"].numpy())

    drawn = []
    for number, (block, places) in enumerate(facts["drawn"]):
        points = Points(
            tuple(array(f"drawn.{number}.place.{which}") for which in range(places)), array(f"drawn.{number}.values")
        )
        drawn.append(Collocation(block, points, array(f"drawn.{number}.scales")))
    state = State(
        tensors[f"{name}.theta"].clone().to(device),
        {field: Noise(*given) for field, given in facts["noises"].items()},
        {block: array(f"misfit.{block}") for block in facts["misfits"]},
        tuple(drawn),
        **facts["numbers"],
    )
    return Look(state, tuple(facts["names"]), array("values"), array("covariance"), array("newton"), facts["violation"])
