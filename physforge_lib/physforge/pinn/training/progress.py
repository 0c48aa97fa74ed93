"""How training went, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Progress:
    """Where training stands.

    Parameters
    ----------
    step : int
        Steps taken.
    seconds : float
        Since the start, waits between resumed parts not counted.
    window : float
        Share of the time span that is trained on.
    optimiser : str
        Its kind.
    loss : float
        At the training points, weighted.
    parts : mapping of str to float
        The loss of each block, by name.
    held_out : float
        Root of the mean squared residual at points apart from these, NaN before the first look.
    step_length : float
        Norm of the last step.
    """

    step: int
    seconds: float
    window: float
    optimiser: str
    loss: float
    parts: Mapping[str, float] = field(default_factory=dict)
    held_out: float = float("nan")
    step_length: float = 0.0

    def row(self) -> dict[str, Any]:
        """Return what a table and a JSON document hold."""
        return {**asdict(self), "parts": dict(self.parts)}


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the history.

    Parameters
    ----------
    rows : list of dict
        Of `Progress.row`.

    Returns
    -------
    pandas.DataFrame
        ``step``, ``seconds``, ``window``, ``optimiser``, ``loss``, ``held_out``, ``step_length``
        and ``loss of NAME`` for each block.
    """
    flat = [{**{key: value for key, value in row.items() if key != "parts"}, **_parts(row["parts"])} for row in rows]
    columns = ["step", "seconds", "window", "optimiser", "loss", "held_out", "step_length"]
    return pd.DataFrame(flat) if flat else pd.DataFrame(columns=columns)


def _parts(parts: Mapping[str, float]) -> dict[str, float]:
    return {f"loss of {name}": value for name, value in parts.items()}
