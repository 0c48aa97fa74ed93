"""Look a dataset over, and say in words what was found and what it means for the methods."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np
import xarray as xr

from physforge.datasets import looks
from physforge.datasets.conventions import POINT, field_names, validate
from physforge.datasets.lazy import glimpse
from physforge.errors import DatasetError

Verdict = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    topic : str
        For example ``"axis t"`` or ``"missing samples"``.
    verdict : {"ok", "note", "problem"}
        A note changes what the methods do or can promise; a problem stands in the
        way of an equation.
    sentence : str
        What was found, and what it means.
    """

    topic: str
    verdict: Verdict
    sentence: str

    def __str__(self) -> str:
        return f"{self.verdict:7}  {self.topic}: {self.sentence}"


@dataclass(frozen=True)
class Check:
    """What `check` found.

    Parameters
    ----------
    title : str
        What was looked at.
    findings : tuple of Finding
        In the order in which they were looked at.
    """

    title: str
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict among the findings."""
        found = {finding.verdict for finding in self.findings}
        return "problem" if "problem" in found else "note" if "note" in found else "ok"

    @property
    def problems(self) -> tuple[Finding, ...]:
        """The findings that stand in the way of an equation."""
        return tuple(finding for finding in self.findings if finding.verdict == "problem")

    def about(self, topic: str) -> tuple[Finding, ...]:
        """Return the findings on one topic.

        Parameters
        ----------
        topic : str
            For example ``"units"``.

        Returns
        -------
        tuple of Finding
            Empty where it was not looked at.
        """
        return tuple(finding for finding in self.findings if finding.topic == topic)

    def __str__(self) -> str:
        return "\n".join((self.title, *map(str, self.findings)))

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(one.verdict)}</td><td>{escape(one.topic)}</td>"
            f"<td style='text-align: left'>{escape(one.sentence)}</td></tr>"
            for one in self.findings
        )
        return f"<table><caption>{escape(self.title)}</caption>{rows}</table>"


def check(ds: xr.Dataset) -> Check:
    """Look a dataset over before anything is computed from it.

    Parameters
    ----------
    ds : xarray.Dataset
        Measured fields; need not follow the conventions.

    Returns
    -------
    Check
        On axes, periods, units, missing samples, constant fields, precision and
        noise. A dataset that breaks the conventions has one finding, which says how.
        Of data that stay on disk (dask arrays) a part from the middle is read, and
        the first finding says which.

    Notes
    -----
    The noise is estimated from sixth differences between neighbours; it is a hint,
    and too large for fields that their samples do not resolve.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.linspace(0, 1, 100)
    >>> found = check(xr.Dataset({"u": ("t", np.exp(-t)), "w": ("t", np.ones(100))}, {"t": t}))
    >>> found.verdict, found.problems[0].topic
    ('problem', 'field w')
    """
    title = str(ds.attrs.get("title") or "dataset")
    try:
        validate(ds, title)
    except DatasetError as error:
        return Check(title, (Finding("conventions", "problem", str(error).removeprefix(f"{title}: ")),))
    # Axes and units are looked at as a whole; the values of what stays on disk only in part.
    part = glimpse(ds)
    fields = [part[name] for name in field_names(ds)]
    remarks = [] if part is ds else [looks.at_part(ds, part)]
    if POINT in ds.dims:
        remarks.append(looks.at_points(ds))
    for dim in ds.dims:
        remarks += looks.at_axis(ds, str(dim))
    remarks += looks.at_units(ds)
    remarks += [*looks.at_infinite(fields), *looks.at_missing(fields)]
    for field in fields:
        known = field.where(np.isfinite(field))
        if known.notnull().any():
            remarks += [*looks.at_variation(known), *looks.at_precision(known), *looks.at_noise(part, known)]
    return Check(title, tuple(Finding(*remark) for remark in remarks))
