"""What a report says of a network that was trained on a law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from physforge.errors import PinnError
from physforge.reports.document import Formula, Heading, Items, Paragraph, Part, Table, Words
from physforge.reports.pictures import history_picture

if TYPE_CHECKING:
    from physforge.pinn import PinnResult


def training_parts(result: PinnResult) -> tuple[Part, ...]:
    """Say what was solved, how well, and what was found on the way.

    Parameters
    ----------
    result : PinnResult
        Any.

    Returns
    -------
    tuple of Part
        In order.
    """
    problem = result.problem
    system = getattr(problem, "system", None) or ()
    stated = _conditions(problem)
    ends = ", ".join(f"{name} from {low:g} to {high:g}" for name, (low, high) in _box(result))
    held = [Heading("Held by the loss"), Items(stated)] if stated else [Paragraph("Every condition holds by itself.")]
    return (
        *(Formula(one) for one in system),
        Paragraph(f"Solved for {ends}."),
        *held,
        *_parameters(result),
        Heading("How training went"),
        *history_picture(result.history),
        Heading("In words"),
        Words(result.summary()),
    )


def _conditions(problem: Any) -> list[str]:
    """Return the names of what is in the loss beside the laws; a problem that was read again knows no more."""
    laws = [block.name for block in problem.blocks if block.kind == "law"]
    names = getattr(problem, "names", None) or [block.name for block in problem.blocks]
    return [name for name in names if name not in laws]


def _box(result: PinnResult) -> list[tuple[str, tuple[float, float]]]:
    return [
        (name, (float(low), float(high)))
        for name, (low, high) in zip(result.problem.coordinates, result.problem.box, strict=True)
    ]


def _parameters(result: PinnResult) -> tuple[Part, ...]:
    if not result.problem.unknown:
        return ()
    try:
        return Heading("Parameters, with intervals of 95 %"), Table(result.conf_int(0.95))
    except PinnError as reason:
        found = pd.DataFrame({"parameter": list(result.parameters), "estimate": list(result.parameters.values())})
        return Heading("Parameters"), Table(found), Paragraph(str(reason))
