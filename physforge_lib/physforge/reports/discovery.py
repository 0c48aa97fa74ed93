"""What a report says of equations that were found in data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from physforge.reports.document import Formula, Heading, Items, Paragraph, Part, Table, Words
from physforge.reports.heldout import heldout_parts
from physforge.reports.pictures import interval_picture

if TYPE_CHECKING:
    import xarray as xr

    from physforge.discovery import DiscoveryResult
    from physforge.discovery.finding import Finding

#: How many of the equations that were considered are shown.
_MOST = 12


def discovery_parts(result: DiscoveryResult, holdout: xr.Dataset | None = None) -> tuple[Part, ...]:
    """Say what was found, with intervals and alternatives.

    Parameters
    ----------
    result : DiscoveryResult
        Any.
    holdout : xarray.Dataset, optional
        Data that were not used, on which the equations are tried.

    Returns
    -------
    tuple of Part
        In order.
    """
    formulas: list[Part] = [Formula(one) for one in result.equations.values()]
    intervals = result.conf_int(0.95)
    considered = result.candidates.groupby("target", sort=False).head(_MOST)
    return (
        Heading("What was found"),
        *(formulas or [Paragraph("No equation is supported by these data.")]),
        Heading("Coefficients, with intervals of 95 %"),
        *interval_picture(intervals),
        Table(intervals),
        Heading("How probable each term is"),
        Table(result.inclusion_probability.query("probability >= 0.01")),
        Heading("What else was considered"),
        Table(considered),
        *_tested(result, holdout),
        Heading("In words"),
        Words(result.summary()),
    )


def _tested(result: DiscoveryResult, holdout: xr.Dataset | None) -> tuple[Part, ...]:
    """Say on what each equation was tried, and what it would have missed."""
    said = [_trial(one) for one in result.findings if one.terms]
    limits = result.detection_limits.groupby("target", sort=False).head(_MOST)
    if not said:
        return ()
    parts: list[Part] = [Heading("Validation"), Items(said), *heldout_parts(result, holdout)]
    if len(limits):
        parts += [Paragraph("A further term is seen in 19 cases of 20 where its coefficient is above its limit:")]
        parts += [Table(limits)]
    return tuple(parts)


def _trial(finding: Finding) -> str:
    where = "of parts of the data that its fit left out" if finding.resamples else "beyond the noise of the data"
    return (
        f"{finding.target}: {finding.unexplained:.2%} of its root mean square is left {where}, judged by "
        f"{finding.blocks} {'blocks' if finding.resamples else 'test functions'} and {finding.samples} samples. "
        f"Exactly these terms have a probability of {finding.probability:.0%}."
    )
