"""What only the arrays of a result say: intervals, and pictures of fields."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from physforge.apps.acts.job_data import opened_result

if TYPE_CHECKING:
    import pandas as pd

    from physforge.discovery import DiscoveryResult
    from physforge.tasks.dataset_result import DatasetResult


def result_figures(job: str) -> dict[str, Any]:
    """Describe what a job made, as far as that is not in its ``result.json``.

    Parameters
    ----------
    job : str
        Its id.

    Returns
    -------
    dict
        ``summary`` in words; of a discovery ``latex`` with standard errors, ``intervals``,
        ``inclusion`` and ``limits`` (rows); of a trained network
        see `network_figures`; of a data set ``fields`` (see `field_picture`).
    """
    result = opened_result(job)
    found: dict[str, Any] = {"summary": result.summary()}
    match result.kind:
        case "discovery":
            return found | _discovery(cast("DiscoveryResult", result))
        case "pinn":
            from physforge.apps.acts.network_figures import network_figures

            return found | network_figures(job)
        case "simulation" | "derivatives":
            from physforge.apps.acts.field_pictures import dataset_pictures

            return found | {"fields": dataset_pictures(cast("DatasetResult", result).dataset)}
    return found


def _discovery(result: DiscoveryResult) -> dict[str, Any]:
    return {
        "latex": [one.to_latex() for one in result.equations.values()],
        "intervals": rows_of(result.conf_int()),
        "inclusion": rows_of(result.inclusion_probability),
        "limits": rows_of(result.detection_limits),
    }


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Write a table as rows for JSON, which has no NaN.

    Parameters
    ----------
    table : pandas.DataFrame
        Any.

    Returns
    -------
    list of dict
        None where there is no number.
    """
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return rows
