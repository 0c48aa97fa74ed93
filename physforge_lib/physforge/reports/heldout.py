"""What a report says of equations that were tried on data which their fit never saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from physforge.errors import PhysForgeError
from physforge.reports.document import Paragraph, Part, Table

if TYPE_CHECKING:
    from physforge.discovery import DiscoveryResult

_NOT_TRIED = (
    "The equations were not simulated beside data that were held out: pf.report(..., holdout=ds) does that, as "
    "r.validate(ds) does."
)

#: What is shown of the candidates that compete.
_COLUMNS = ["target", "equation", "complexity", "chosen", "forecast_error", "horizon"]


def heldout_parts(result: DiscoveryResult, holdout: xr.Dataset | None) -> tuple[Part, ...]:
    """Simulate from the first held-out state, and say how far off the equations and their rivals are.

    Parameters
    ----------
    result : DiscoveryResult
        With an equation for each target, or the sentence says that there is none.
    holdout : xarray.Dataset or None
        Data that were not used; None where there are none.

    Returns
    -------
    tuple of Part
        Tables; or a sentence that says why there are none.
    """
    if holdout is None:
        return (Paragraph(_NOT_TRIED),)
    title = str(holdout.attrs.get("title") or "data without a title")
    absent = [name for name in (*result.fields, "t") if name not in holdout.variables]
    if absent:
        return (Paragraph(f"They were not tried on the held-out data, {title}, which have no {', '.join(absent)}."),)
    try:
        errors, rivals = result.validate(holdout), result.forecasts(holdout)
    except PhysForgeError as reason:
        return (Paragraph(f"They could not be tried on the held-out data, {title}: {reason}"),)
    return (
        Paragraph(f"Simulated from the first state of held-out data, {title}, and compared with the rest of them:"),
        Table(errors),
        Paragraph("So do the best candidates, each beside the chosen equations of the other targets:"),
        Table(rivals[_COLUMNS]),
    )
