"""A fit under way: stages one after the other, each looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from physforge.errors import PinnError
from physforge.pinn.inverse.batches import NotFiniteError
from physforge.pinn.inverse.fit import InverseFit, State
from physforge.pinn.inverse.look import Look, look_at
from physforge.pinn.inverse.snapshot import Snapshot
from physforge.pinn.inverse.verdict import best_look, has_settled, judge, may_stiffen, neighbour_correlation
from physforge.pinn.training import checkpoint
from physforge.pinn.training.loop import Limits
from physforge.pinn.training.progress import Progress

#: Share of the budget that is kept for the last look.
_RESERVED = 0.03


@dataclass
class InverseRun:
    """Stages of a fit until something says to stop.

    Parameters
    ----------
    fit : InverseFit
        Whose stages they are.
    limits : Limits
        When to stop, and where to keep what is needed to go on.
    seed : int
        Of the network that it begins with.
    mark : str, default ""
        Tells what a checkpoint belongs to.

    Attributes
    ----------
    step : int
        Steps made.
    looks : list of Look
        One after each stage; of those that cannot become the best any more, without their points.
    rows : list of dict
        The history.
    """

    fit: InverseFit
    limits: Limits
    seed: int
    mark: str = ""
    step: int = field(default=0, init=False)
    looks: list[Look] = field(default_factory=list, init=False)
    rows: list[dict[str, Any]] = field(default_factory=list, init=False)
    _cancelled: bool = field(default=False, init=False)
    _whole: bool = field(default=True, init=False)
    _kept: Snapshot | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._started = self.limits.clock()
        self._written = 0.0
        if self.limits.checkpoint is not None and self.limits.checkpoint.exists():
            self._go_on(self.limits.checkpoint)

    @property
    def seconds(self) -> float:
        """Time of the fit, that between resumed parts not counted."""
        return self.limits.clock() - self._started

    def train(self) -> str:
        """Make stages until something says to stop.

        Returns
        -------
        str
            ``"converged"``, ``"budget reached"``, ``"diverged"`` or ``"cancelled"``.

        Raises
        ------
        NotFiniteError
            If the law is not finite before anything was found.
        """
        try:
            if self.looks:
                self._tell(self._progress(self.looks[-1].state))
            status = self._train()
        except KeyboardInterrupt:
            if not self.looks:
                raise
            status = "cancelled"
        if self._kept is not None:
            self._write(self._kept)
        return status

    def structure(self, state: State) -> float:
        """Return by how much what a fit leaves of neighbouring samples is alike (see `neighbour_correlation`)."""
        box = self.fit.objective.problem.box
        places = [(one.places - box[:, 0]) / (box[:, 1] - box[:, 0]) for one in self.fit.samples.values()]
        return neighbour_correlation([state.misfits[block] for block in self.fit.samples], places)

    def _train(self) -> str:
        while (status := self._ended()) is None:
            try:
                state = self._made()
            except NotFiniteError:
                if not self.looks:
                    raise
                return "diverged"
            self._look(state)
        return status

    def _made(self) -> State:
        """Return what a stage makes, with points drawn afresh."""
        state = self.fit.stage(self._next(), self._goes_on)
        if self.step and not math.isfinite(state.loss):
            raise NotFiniteError(
                "The sum of squares is infinite; begin with other values in unknown= or another seed=."
            )
        return self.fit.renew(state)

    def _next(self) -> State:
        """Return what the next stage begins with."""
        if not self.looks:
            return self.fit.begin(self.seed)
        state = self.looks[-1].state
        return self.fit.stiffen(state) if may_stiffen(self.looks) else state

    def _ended(self) -> str | None:
        if not self.looks:
            return None
        if self._cancelled:
            return "cancelled"
        if has_settled(self.looks) and not self._doubts():
            return "converged"
        return "budget reached" if self._over() else None

    def _doubts(self) -> tuple[str, ...]:
        best = best_look(self.looks)
        return judge(self.looks, best, 1.0, self.fit.count, self.structure(self.looks[best].state)).doubts

    def _goes_on(self, state: State) -> bool:  # noqa: ARG002
        self.step += 1
        self._cancelled = self._cancelled or self.limits.cancelled()
        # A stage that is broken off is not what one without that limit would have been: it is not kept.
        self._whole = not (self._cancelled or self._over())
        return self._whole

    def _over(self) -> bool:
        used = max(self.seconds / ((1 - _RESERVED) * self.limits.seconds), self.step / self.limits.steps)
        return used >= 1

    def _look(self, state: State) -> None:
        looks = [*self.looks, look_at(self.fit, state)]
        needed = {len(looks) - 1, min(range(len(looks)), key=lambda index: looks[index].badness)}
        self.looks = [look if index in needed else look.without_points() for index, look in enumerate(looks)]
        told = self._progress(state)
        look = self.looks[-1]
        found = zip(look.names, look.values, look.sd, strict=True)
        estimates = {key: float(one) for name, value, sd in found for key, one in ((name, value), (f"{name}_sd", sd))}
        self.rows.append({**told.row(), "law's weight": state.weight, **estimates})
        if self._whole and self.limits.checkpoint is not None:
            self._keep()
        self._tell(told)

    def _tell(self, told: Progress) -> None:
        if self.limits.callback is not None:
            self.limits.callback(told)

    def _progress(self, state: State) -> Progress:
        objective = self.fit.objective
        parts = [
            float((one.weights * objective.pointwise(state.theta, number, one.places, one.values) ** 2).sum())
            for number, one in enumerate(self.fit.batch(state))
        ]
        names = [block.name for block in objective.problem.blocks]
        return Progress(
            self.step,
            self.seconds,
            1.0,
            "levenberg-marquardt",
            sum(parts),
            dict(zip(names, parts, strict=True)),
            held_out_residual(self.fit, state),
        )

    def _keep(self) -> None:
        """Take down where the fit stands after a whole stage, and write it where that is due."""
        seconds = self.seconds
        self._kept = Snapshot.of(
            self.looks, self.rows, self.fit.generator, {"mark": self.mark, "step": self.step, "seconds": seconds}
        )
        if seconds - self._written >= self.limits.checkpoint_seconds:
            self._write(self._kept)
            self._written = seconds

    def _write(self, kept: Snapshot) -> None:
        if self.limits.checkpoint is not None:
            checkpoint.write(self.limits.checkpoint, kept.tensors, kept.facts)
        self._kept = None

    def _go_on(self, path: Path) -> None:
        """Take up where a checkpoint of the same fit was written."""
        kept = Snapshot(*checkpoint.read(path))
        if kept.facts.get("mark") != self.mark:
            raise PinnError(
                f"{path} belongs to another problem, other data, or another network, schedule or seed; choose another "
                "file, or delete it to begin anew."
            )
        self.looks, self.rows = kept.looks(self.fit.objective.device), list(kept.facts["rows"])
        self.fit.generator = kept.generator(self.seed)
        self.step, self._written = int(kept.facts["step"]), float(kept.facts["seconds"])
        self._started -= self._written


def held_out_residual(fit: InverseFit, state: State) -> float:
    """Return the root mean square of the law's residual at points that were not trained on.

    Parameters
    ----------
    fit : InverseFit
        Whose.
    state : State
        Renewed.

    Returns
    -------
    float
        In the law's own unit, over points that lie denser where it is violated most.
    """
    found = []
    for one in state.collocation:
        places = tuple(torch.as_tensor(place, device=fit.objective.device) for place in one.points.places)
        values = torch.as_tensor(one.points.values, device=fit.objective.device)
        found.append(fit.objective.pointwise(state.theta, one.block, places, values).flatten())
    return float(torch.cat(found).square().mean().sqrt()) if found else math.nan
