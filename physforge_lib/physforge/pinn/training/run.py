"""Training under way: everything that changes from step to step."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.optimisers import Optimiser, State
from physforge.pinn.problem_like import ProblemLike
from physforge.pinn.training.goal import Goal
from physforge.pinn.training.plan import Plan, Stage
from physforge.pinn.training.progress import Progress
from physforge.pinn.training.sampling import Draw, Sampling, Sobol, sample

#: What a generator draws for: seeds of the points to train on and of those held out are kept apart by it.
_TRAINING, _HELD_OUT = 0, 1

#: Where the loss is so many times larger at new points than it was at the old ones, the network has fitted the
#: points and not the law between them: more are drawn from then on, by this factor each time, up to so many.
_FITTED = 4.0
_CROWDING = 1.25
_MOST_CROWDED = 2.5


@dataclass
class Best:
    """The parameters with the least held-out residual so far."""

    theta: Tensor
    held_out: float = math.inf
    step: int = 0


@dataclass
class Run:
    """Training under way.

    Parameters
    ----------
    task : ProblemLike
        The problem.
    goal : Goal
        Its loss.
    plan : Plan
        How it is trained.
    seed : int
        Of all points.
    state : State
        Where the optimiser stands.
    batch : Batch
        The points of now.
    best : Best
        Of the present window.
    stage_index, turn, turn_steps : int
        Which window, which of its optimisers, and that one's steps.
    step : int
        Of all.
    drawn, draws : int
        The step at which points were drawn last, and how often they were.
    crowd : float
        How many times more points are drawn than at first.
    idle : int
        Draws in a row after which no step was found.
    improved : int
        The step at which the held-out residual fell last by one per cent.
    held_out : float
        At the last look.
    seconds : float
        Of training.
    rows : list of dict
        The history.
    held_out_batch : Batch
        Of the present window; drawn when first needed.
    mark : str
        Tells what a checkpoint belongs to.
    """

    task: ProblemLike
    goal: Goal
    plan: Plan
    seed: int
    state: State
    batch: Batch
    best: Best
    stage_index: int = 0
    turn: int = 0
    turn_steps: int = 0
    step: int = 0
    drawn: int = 0
    draws: int = 0
    crowd: float = 1.0
    idle: int = 0
    improved: int = 0
    held_out: float = math.nan
    seconds: float = 0.0
    rows: list[dict[str, Any]] = field(default_factory=list)
    held_out_batch: Batch = ()
    mark: str = ""

    @classmethod
    def begin(cls, task: ProblemLike, goal: Goal, plan: Plan, seed: int) -> Run:
        """Begin at random parameters."""
        theta = goal.start(seed)
        generator = np.random.default_rng((seed, _TRAINING, 0))
        stage = plan.stages[0]
        batch = sample(
            task, goal, theta, rule=Sobol(), sizes=plan.sizes, draw=Draw(task, stage.share), generator=generator
        )
        batch = plan.weighting.apply(task, goal, theta, batch)
        state = stage.optimisers[0].start(goal, batch, theta)
        run = cls(task, goal, plan, seed, state, batch, Best(theta))
        run.look()
        return run

    @property
    def stage(self) -> Stage:
        """The window and optimisers of now."""
        return self.plan.stages[self.stage_index]

    @property
    def optimiser(self) -> Optimiser:
        """That of now."""
        return self.stage.optimisers[self.turn]

    @property
    def last_stage(self) -> bool:
        """Whether the whole time span is trained on."""
        return self.stage_index == len(self.plan.stages) - 1

    def advance(self) -> None:
        """Take one step, in the window and by the optimiser of now."""
        self.state = self.optimiser.step(self.goal, self.batch, self.state)
        self.step += 1
        self.turn_steps += 1

    def draw(self, *, alike: bool = True) -> None:
        """Draw points anew and weight them; `alike` where they are drawn as the last ones were."""
        # A generator of its own for each draw: its state need not be kept (nor could it, for SciPy spawns from it).
        self.draws += 1
        batch = self._sample(self.plan.sampling, np.random.default_rng((self.seed, _TRAINING, self.draws)), self.crowd)
        self.batch = self.plan.weighting.apply(self.task, self.goal, self.state.theta, batch)
        before, self.state = self.state.loss, self.optimiser.moved(self.goal, self.batch, self.state)
        if alike and self.state.loss > _FITTED * before:
            self.crowd = min(_CROWDING * self.crowd, _MOST_CROWDED)
        self.drawn = self.step

    def next_optimiser(self) -> None:
        """Hand over to the next optimiser, which begins without a memory."""
        self.turn += 1
        self.turn_steps = 0
        self.state = self.optimiser.start(self.goal, self.batch, self.state.theta)
        self.draw(alike=False)

    def next_stage(self) -> None:
        """Widen the window, from the best parameters of the one before."""
        kept = self.optimiser
        self.state.theta = self.best.theta.clone()
        self.stage_index += 1
        self.turn = self.turn_steps = self.idle = 0
        self.held_out_batch = ()
        if self.optimiser != kept:
            self.state = self.optimiser.start(self.goal, self.batch, self.state.theta)
        self.draw(alike=False)
        self.best = Best(self.state.theta.clone(), step=self.step)
        self.improved = self.step
        self.look()

    def look(self) -> None:
        """Measure the residual at held-out points, and keep the parameters if they are the best."""
        if not self.held_out_batch:
            self.held_out_batch = self._held_out_points()
        with torch.no_grad():
            loss = float(self.goal.loss(self.state.theta, self.held_out_batch))
        self.held_out = math.sqrt(loss) if loss >= 0.0 else math.nan
        if self.held_out < self.best.held_out:
            if self.held_out < 0.99 * self.best.held_out:
                self.improved = self.step
            self.best = Best(self.state.theta.clone(), self.held_out, self.step)

    def _held_out_points(self) -> Batch:
        return self._sample(Sobol(), np.random.default_rng((self.seed, _HELD_OUT)))

    def _sample(self, rule: Sampling, generator: np.random.Generator, crowd: float = 1.0) -> Batch:
        return sample(
            self.task,
            self.goal,
            self.state.theta,
            rule=rule,
            sizes=(int(self.plan.sizes[0] * crowd), int(self.plan.sizes[1] * crowd**0.5)),
            draw=Draw(self.task, self.stage.share),
            generator=generator,
        )

    def progress(self) -> Progress:
        """Say where training stands."""
        names = [block.name for block in self.task.blocks]
        return Progress(
            step=self.step,
            seconds=self.seconds,
            window=self.stage.share,
            optimiser=self.optimiser.kind,
            loss=self.state.loss,
            parts=dict(zip(names, self.state.parts.tolist(), strict=True)),
            held_out=self.held_out,
            step_length=self.state.step_length,
        )

    def to_checkpoint(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return all that changes: tensors, and what JSON holds."""
        state = self.state
        tensors = {
            "theta": state.theta,
            "gradient": state.gradient,
            "parts": state.parts,
            "best": self.best.theta,
            **{_MEMORY + name: tensor for name, tensor in state.tensors.items()},
        }
        for index, entry in enumerate(self.batch):
            tensors |= {f"batch.{index}.place.{which}": place for which, place in enumerate(entry.places)}
            tensors |= {f"batch.{index}.values": entry.values, f"batch.{index}.weights": entry.weights}
        facts = {
            "state": {name: getattr(state, name) for name in _STATE},
            "numbers": state.numbers,
            "run": {name: getattr(self, name) for name in _RUN},
            "best": {"held_out": self.best.held_out, "step": self.best.step},
            "places": [len(entry.places) for entry in self.batch],
            "mark": self.mark,
        }
        return tensors, facts

    @classmethod
    def from_checkpoint(
        cls, task: ProblemLike, goal: Goal, plan: Plan, seed: int, tensors: dict[str, Tensor], facts: dict[str, Any]
    ) -> Run:
        """Go on where `to_checkpoint` was called."""
        if len(tensors["theta"]) != goal.size:
            raise PinnError("The checkpoint belongs to a network of another size; delete it to begin anew.")
        like = goal.start(seed)
        tensors = {name: tensor.to(like.device).clone() for name, tensor in tensors.items()}
        memory = {
            name.removeprefix("memory."): tensor for name, tensor in tensors.items() if name.startswith("memory.")
        }
        state = State(
            tensors["theta"],
            gradient=tensors["gradient"],
            parts=tensors["parts"],
            tensors=memory,
            numbers=facts["numbers"],
            **facts["state"],
        )
        batch = tuple(
            BlockBatch(
                tuple(tensors[f"batch.{index}.place.{which}"] for which in range(places)),
                tensors[f"batch.{index}.values"],
                tensors[f"batch.{index}.weights"],
            )
            for index, places in enumerate(facts["places"])
        )
        best = Best(tensors["best"], **facts["best"])
        made = cls(task, goal, plan, seed, state, batch, best, **facts["run"])
        made.mark = facts["mark"]
        return made


#: Begins the names of what the optimiser remembers.
_MEMORY = "memory."

#: What of a `State` and of a `Run` JSON holds.
_STATE = ("loss", "outcome", "step_length", "evaluations")
_RUN = (
    "stage_index",
    "turn",
    "turn_steps",
    "step",
    "drawn",
    "draws",
    "crowd",
    "idle",
    "improved",
    "held_out",
    "seconds",
    "rows",
)
