"""What a careful colleague would say of a training that has ended."""

from __future__ import annotations

import math

from physforge.pinn.engine import Objective
from physforge.pinn.training.run import Run

#: Held-out residual over training residual, above which points are too few.
_TOO_FEW = 5.0

#: A held-out residual that still falls so fast per tenth of the training is worth more time.
_STILL_FALLING = 0.9


def diagnose(status: str, run: Run, objective: Objective) -> tuple[str, ...]:
    """Name what was noticed, and the cure.

    Parameters
    ----------
    status : str
        How training ended.
    run : Run
        The training.
    objective : Objective
        The loss.

    Returns
    -------
    tuple of str
        Sentences.
    """
    found = [*getattr(run.task, "diagnostics", ())]
    if status == "diverged":
        found.append(_diverged(run))
    if not run.last_stage:
        found.append(
            f"Training reached only the first {run.stage.share:.0%} of the time span; give a longer budget_s, or "
            "fewer windows."
        )
    if status == "budget reached" and _still_falling(run):
        found.append("The held-out residual was still falling at the end; a longer budget_s lowers it.")
    apart = run.best.held_out / math.sqrt(run.state.loss) if run.state.loss > 0.0 else 0.0
    if run.last_stage and apart > _TOO_FEW:
        found.append(
            f"The residual at held-out points is {apart:.0f} times that at the training points: the network fits "
            "its points and not the law between them. Use more points (sampling=ResidualAdaptive(law=...))."
        )
    if objective.tier_note:
        found.append(objective.tier_note)
    return tuple(found)


def _diverged(run: Run) -> str:
    where = f"at step {run.step}"
    kept = f"The parameters of step {run.best.step} are kept"
    if run.step == 0:
        return (
            f"The loss is not finite at the start ({where}): the law or a condition has no finite value somewhere in "
            "the domain, for example a division by zero or the logarithm of a negative number. Change the domain, or "
            "the network's start (seed=)."
        )
    return (
        f"The loss became infinite or NaN {where}. {kept}. Try another seed=, a smaller rate "
        "(method=(Adam(rate=1e-3, steps=1000), SSBroyden())), or a law that is finite for all values of the fields."
    )


def _still_falling(run: Run) -> bool:
    looks = [row["held_out"] for row in run.rows if row["window"] == run.stage.share and math.isfinite(row["held_out"])]
    if len(looks) < 10:
        return True
    tenth = max(len(looks) // 10, 1)
    return bool(min(looks) < _STILL_FALLING * min(looks[:-tenth]))
