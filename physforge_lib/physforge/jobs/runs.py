"""Runs side by side: the settings in which they differ, how they went, and the figures of what they made."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from physforge.jobs.records import JobRecord
from physforge.jobs.sweep import settings_of, varying

#: How a series of numbers becomes one, by name.
AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "last": lambda values: values[-1],
    "min": min,
    "max": max,
    "median": statistics.median,
}

#: Longest text of a figure in a run record.
_LONGEST = 2000


def summarise_series(series: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """Summarise numbers that were measured on the way.

    Parameters
    ----------
    series : mapping of str to sequence of float
        Such as losses; what is not finite is left out.

    Returns
    -------
    dict of str to dict of str to float
        For each the names of `AGGREGATES`; nothing for one without numbers.

    Examples
    --------
    >>> summarise_series({"loss": [4.0, 1.0, 2.0]})
    {'loss': {'last': 2.0, 'min': 1.0, 'max': 4.0, 'median': 2.0}}
    """
    finite = {name: [one for one in values if math.isfinite(one)] for name, values in series.items()}
    return {
        name: {how: float(take(values)) for how, take in AGGREGATES.items()}
        for name, values in finite.items()
        if values
    }


def plain_figures(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures as JSON has them.

    Parameters
    ----------
    figures : mapping
        Of a result.

    Returns
    -------
    dict
        Texts, finite numbers, truth values and None.
    """
    return {str(name): _plain(value) for name, value in figures.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int) else str(value)[:_LONGEST]


def compared(
    records: Sequence[JobRecord],
    *,
    figures: Callable[[JobRecord], Mapping[str, Any]] | None = None,
    only_varying: bool = True,
    aggregate: str = "last",
) -> list[dict[str, Any]]:
    """Compare runs.

    Parameters
    ----------
    records : sequence of JobRecord
        Of jobs of one kind, mostly.
    figures : callable, optional
        Figures of one of them; by default those that its run record has.
    only_varying : bool, default True
        Whether to leave out the settings that all share.
    aggregate : str, default "last"
        How what was measured on the way becomes one number: a name of `AGGREGATES`.

    Returns
    -------
    list of dict
        For each run its settings, ``seed``, ``state``, ``seconds``, figures and what was measured.
    """
    configs = [record.spec.config for record in records]
    settings = varying(configs) if only_varying else [dict(settings_of(one)) for one in configs]
    return [
        {
            **of_one,
            "seed": record.spec.seed,
            "state": str(record.state),
            "seconds": seconds_of(record),
            **(recorded_figures(record) if figures is None else figures(record)),
            **measured(record, aggregate),
        }
        for record, of_one in zip(records, settings, strict=True)
    ]


def recorded_figures(record: JobRecord) -> dict[str, Any]:
    """Return the figures of a result that are known without it.

    Parameters
    ----------
    record : JobRecord
        Of any job.

    Returns
    -------
    dict
        Of one that failed the reason; nothing of one whose worker kept no figures.
    """
    if record.error:
        return {"error": record.error}
    return dict(record.run.get("figures", {}))


def measured(record: JobRecord, aggregate: str) -> dict[str, float]:
    """Return what was measured while a job ran.

    Parameters
    ----------
    record : JobRecord
        Of any job.
    aggregate : str
        A name of `AGGREGATES`.

    Returns
    -------
    dict of str to float
        By name and aggregate, such as ``"loss (last)"``.
    """
    found = record.run.get("measured", {})
    return {f"{name} ({aggregate})": one[aggregate] for name, one in found.items() if aggregate in one}


def seconds_of(record: JobRecord) -> float | None:
    """Say how long the last attempt took.

    Parameters
    ----------
    record : JobRecord
        Of any job.

    Returns
    -------
    float or None
        In seconds; None before its end.
    """
    if record.started_at is None or record.finished_at is None:
        return None
    return round((record.finished_at - record.started_at).total_seconds(), 3)
