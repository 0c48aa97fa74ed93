"""Try the equations of a job on data that their fit never saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from physforge.apps.acts.job_data import opened_result
from physforge.apps.acts.time_limit import time_limit
from physforge.errors import DatasetError

if TYPE_CHECKING:
    from physforge.discovery import DiscoveryResult

_LONGEST_S = 120.0

#: What is shown of the candidates that compete.
_COLUMNS = ["target", "equation", "complexity", "chosen", "forecast_error", "horizon"]


def held_out(job: str, data: str) -> dict[str, Any]:
    """Simulate the equations of a job, and their rivals, from the first state of other data.

    Parameters
    ----------
    job : str
        Id of a discovery job.
    data : str
        Name of a data set in the catalog or the store.

    Returns
    -------
    dict
        ``title`` of the data, ``errors`` and ``rivals`` (rows), as `DiscoveryResult.validate` and ``forecasts``.
    """
    from physforge.apps.acts.result_figures import rows_of
    from physforge.default_workspace import open_dataset

    result = cast("DiscoveryResult", opened_result(job))
    ds = open_dataset(data)
    lost = [name for name in (*result.fields, "t") if name not in ds.variables]
    if lost:
        raise DatasetError(f"{data} has no {', '.join(lost)}; choose data with the same fields over time.")
    words = f"The simulations were not through after {_LONGEST_S:.0f} s; choose fewer data, or make a report of it."
    with time_limit(_LONGEST_S, words):
        errors, rivals = result.validate(ds), result.forecasts(ds)
    return {
        "title": str(ds.attrs.get("title", data)),
        "errors": rows_of(errors),
        "rivals": rows_of(rivals[_COLUMNS]),
    }
