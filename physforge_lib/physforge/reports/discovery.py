"""What a report says of equations that were found in data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from physforge.reports.document import Formula, Heading, Paragraph, Part, Table, Words
from physforge.reports.pictures import interval_picture

if TYPE_CHECKING:
    from physforge.discovery import DiscoveryResult

#: How many of the equations that were considered are shown.
_MOST = 12


def discovery_parts(result: DiscoveryResult) -> tuple[Part, ...]:
    """Say what was found, with intervals and alternatives.

    Parameters
    ----------
    result : DiscoveryResult
        Any.

    Returns
    -------
    tuple of Part
        In order.
    """
    formulas: list[Part] = [Formula(one) for one in result.equations.values()]
    intervals = result.conf_int(0.95)
    considered = result.candidates.groupby("target", sort=False).head(_MOST)
    return (
        *(formulas or [Paragraph("No equation is supported by these data.")]),
        Heading("Coefficients, with intervals of 95 %"),
        *interval_picture(intervals),
        Table(intervals),
        Heading("How probable each term is"),
        Table(result.inclusion_probability.query("probability >= 0.01")),
        Heading("What else was considered"),
        Table(considered),
        Heading("In words"),
        Words(result.summary()),
    )
