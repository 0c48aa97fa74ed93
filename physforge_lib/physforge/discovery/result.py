"""What discovery returns."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import pandas as pd
import xarray as xr

from physforge.discovery.finding import Finding
from physforge.discovery.holdout import compare_forecasts, forecast_errors
from physforge.equations import Equation, System
from physforge.errors import DiscoveryError
from physforge.results import Arrays, Result
from physforge.views import find_view


@dataclass(frozen=True, kw_only=True, eq=False)
class DiscoveryResult(Result):
    """Equations found in data, with what speaks for and against them.

    Parameters
    ----------
    fields : tuple of str
        Names of the fields.
    sizes : mapping of str to int
        Samples along each dim of the data.
    findings : tuple of Finding
        One for each target.
    candidates : pandas.DataFrame
        Every equation considered, best first for each target: ``target``, ``equation``,
        ``complexity`` (number of terms), ``misfit`` (held-out rms error as a share of the
        target's; in the weak form chi-square), ``criterion`` (what is minimised), ``chosen`` and, but
        for symbolic regression, ``proposed_by``: in the weak form any of ``"significance"`` (elimination of
        the least significant term), ``"thresholds"`` (a path of thresholds), ``"few terms"`` (the best of all
        with one to three terms), ``"halves"`` (what recurs on halves of the data) and ``"greedy search"``
        (term by term, by the criterion); in the strong form ``"optimizer"`` or ``"exchanges"`` of single
        terms. Who proposed an equation counts for nothing: the least criterion is chosen.
    """

    kind: ClassVar[str] = "discovery"
    schema_version: ClassVar[int] = 2

    fields: tuple[str, ...]
    sizes: Mapping[str, int]
    findings: tuple[Finding, ...]
    candidates: pd.DataFrame

    @property
    def equations(self) -> dict[str, Equation]:
        """The equations by target; a target for which none is supported is left out."""
        return {finding.target: finding.equation(self.fields) for finding in self.findings if finding.terms}

    @property
    def equation(self) -> Equation:
        """The equation, where there is one target.

        Raises
        ------
        DiscoveryError
            If there are several targets, or no equation is supported.
        """
        if len(self.findings) > 1:
            keys = ", ".join(repr(finding.target) for finding in self.findings)
            raise DiscoveryError(f"There are {len(self.findings)} targets; take one of r.equations[...]: {keys}.")
        return self._supported()[0]

    @property
    def system(self) -> System:
        """The equations together.

        Raises
        ------
        DiscoveryError
            If some target has no supported equation.
        """
        return System(tuple(self._supported()))

    def _supported(self) -> list[Equation]:
        missing = [finding.target for finding in self.findings if not finding.terms]
        if missing:
            raise DiscoveryError(
                f"No equation for {', '.join(missing)} is supported by these data; r.diagnostics says why, and "
                "r.candidates lists what was considered."
            )
        return list(self.equations.values())

    def conf_int(self, level: float = 0.95, by: Literal["covariance", "bootstrap"] = "covariance") -> pd.DataFrame:
        """Return confidence intervals of the coefficients.

        Parameters
        ----------
        level : float, default 0.95
            Coverage, between 0 and 1.
        by : {"covariance", "bootstrap"}, default "covariance"
            Where they come from: the covariance that the noise gives, or quantiles of resampled
            coefficients, which need no model of the noise. Where the two differ much, the noise is
            not what it is taken for, or the law lacks something.

        Returns
        -------
        pandas.DataFrame
            ``target``, ``term``, ``low``, ``estimate``, ``high``. The intervals hold given
            these terms; that the terms may be others is in `inclusion_probability`, and the
            bias that noise in the terms leaves is in neither.

        Raises
        ------
        DiscoveryError
            If `level` is not between 0 and 1, or the method does not resample.
        """
        if not 0.0 < level < 1.0:
            raise DiscoveryError(f"The level of an interval must be between 0 and 1, not {level}.")
        if by not in ("covariance", "bootstrap"):
            raise DiscoveryError(f"Intervals come by 'covariance' or by 'bootstrap', not by {by!r}.")
        rows = [
            (finding.target, term, low, estimate, high)
            for finding in self.findings
            for term, estimate, (low, high) in zip(
                finding.names, finding.estimates, finding.intervals(level, bootstrap=by == "bootstrap"), strict=True
            )
        ]
        return pd.DataFrame(rows, columns=["target", "term", "low", "estimate", "high"])

    @property
    def inclusion_probability(self) -> pd.DataFrame:
        """How probable each candidate is: ``target``, ``term``, ``probability``.

        In the strong form it is the share of resampled blocks that chose the term; in the weak
        form the sum of the probabilities of the equations that have it, by Schwarz's criterion.
        """
        rows = [
            (finding.target, term, share)
            for finding in self.findings
            for term, share in sorted(finding.inclusion.items(), key=lambda item: -item[1])
        ]
        return pd.DataFrame(rows, columns=["target", "term", "probability"])

    @property
    def detection_limits(self) -> pd.DataFrame:
        """What would have been seen: ``target``, ``term``, ``limit``.

        A term that was left out, with a coefficient larger than ``limit`` in size, would have
        been chosen in 19 cases of 20. Empty where the method does not know.
        """
        rows = [
            (finding.target, term, limit)
            for finding in self.findings
            for term, limit in sorted(finding.limits.items(), key=lambda item: item[1])
        ]
        return pd.DataFrame(rows, columns=["target", "term", "limit"])

    def validate(self, holdout: xr.Dataset) -> pd.DataFrame:
        """Simulate from the first held-out state and compare with the rest.

        Parameters
        ----------
        holdout : xarray.Dataset
            Data that were not used, over the same dims. The first state is smoothed where it is
            noisy; the errors are against the data as they are, noise included.

        Returns
        -------
        pandas.DataFrame
            A row for each field: ``rms_error``, ``largest_error``, ``relative_error`` (as a share
            of the field's standard deviation), ``horizon`` (until when that is below 0.1) and ``status``.

        Raises
        ------
        DiscoveryError
            If no equation is supported.
        SimulationError
            If the system is of a kind that cannot be simulated: ODEs and periodic PDEs of
            first order in time in one dimension can.
        """
        return forecast_errors(self.system, holdout)

    def forecasts(self, holdout: xr.Dataset, most: int = 5) -> pd.DataFrame:
        """Let the best candidates compete in simulating held-out data.

        Each is simulated from the first held-out state beside the chosen equations of the other
        targets. Where two candidates fit alike, this is the test that they did not choose.

        Parameters
        ----------
        holdout : xarray.Dataset
            Data that were not used, over the same dims.
        most : int, default 5
            Candidates of each target; more take longer.

        Returns
        -------
        pandas.DataFrame
            Rows of `candidates` with ``forecast_error`` (as `validate`'s ``relative_error``) and
            ``horizon``; the best of each target first.

        Raises
        ------
        DiscoveryError
            If no equation is supported, or `most` is less than one.
        SimulationError
            If the system is of a kind that cannot be simulated.
        """
        if most < 1:
            raise DiscoveryError(f"At least one candidate must compete; most={most} is none.")
        _ = self.system
        return compare_forecasts(self.equations, self.candidates, holdout, most)

    def leave_out(self, ds: xr.Dataset | Sequence[xr.Dataset], most: int = 5, stretches: int = 5) -> pd.DataFrame:
        """Let the best candidates compete on stretches of the data that were left out of their fits.

        Each is refitted without a stretch of time, and tried on it; then the next stretch is left out. An equation
        with a term too many is worse there, and one with a term too few as well. Nothing is simulated, so that
        it works for every equation of the weak and the strong form.

        Parameters
        ----------
        ds : xarray.Dataset or sequence of xarray.Dataset
            The data that the equations were found in. Of several runs, whole runs are left out.
        most : int, default 5
            Candidates of each target; more take longer.
        stretches : int, default 5
            Into so many the data are parted, or into fewer where they would be too short.

        Returns
        -------
        pandas.DataFrame
            Rows of `candidates` with ``left_out_misfit``, the mean square of what an equation leaves on a stretch
            over what noise alone would leave (1 is as good as can be), averaged over the stretches, and
            ``worst_stretch``; the best of each target first. ``table.attrs["summary"]`` says in words what
            follows.

        Raises
        ------
        DiscoveryError
            If the data are too few or have other fields, `most` or `stretches` is too small, or the equations are
            from symbolic regression.
        """
        from physforge.discovery.leave_out import leave_out_scores

        if most < 1 or stretches < 2:
            raise DiscoveryError(
                f"At least one candidate must compete on two stretches; most={most} and stretches={stretches} will "
                "not do."
            )
        return leave_out_scores(self, ds, most, stretches)

    def plot(self, **options: Any) -> Any:
        """Draw each coefficient with its interval of 95 %, and the equations considered.

        Parameters
        ----------
        **options : Any
            Passed on, such as ``title="Burgers"``.

        Returns
        -------
        holoviews.Layout
            The intervals, and for each target complexity against misfit, the chosen equation marked.

        Raises
        ------
        MissingExtraError
            If the packages that draw are not installed.
        """
        return find_view("discovery.plot")(self, **options)

    def explore(self, data: xr.Dataset | None = None) -> Any:
        """Show the candidates with controls, in a notebook.

        Parameters
        ----------
        data : xarray.Dataset, optional
            Data on a grid, beside which the picked equation is simulated; with sliders for its coefficients.

        Returns
        -------
        ipywidgets.Widget
            See `physforge.widgets.explore_discovery`.

        Raises
        ------
        MissingExtraError
            If the packages that draw are not installed.
        """
        return find_view("discovery.explore")(self, data)

    def summary(self) -> str:
        """Say in plain words what was found and how sure it is."""
        from physforge.discovery.summary import summarise

        return summarise(self)

    def figures(self) -> dict[str, Any]:
        """Return the outcome, and the chosen equation of each target with its misfit."""
        found = super().figures()
        supported = self.equations
        for row in self.candidates[self.candidates["chosen"]].to_dict("records"):
            if row["target"] in supported:
                found |= {row["target"]: row["equation"], f"misfit of {row['target']}": row["misfit"]}
        return found

    def to_document(self) -> tuple[dict[str, Any], Arrays]:
        """Return the facts and the arrays; see `Result.to_document`."""
        document = {
            "fields": list(self.fields),
            "sizes": dict(self.sizes),
            "findings": [finding.to_document() for finding in self.findings],
            "candidates": self.candidates.to_dict(orient="list"),
        }
        arrays: Arrays = {}
        for index, finding in enumerate(self.findings):
            arrays[f"estimates_{index}"] = finding.estimates
            arrays[f"covariance_{index}"] = finding.covariance
            if finding.draws is not None:
                arrays[f"draws_{index}"] = finding.draws
        return document, arrays

    @classmethod
    def from_document(cls, document: dict[str, Any], arrays: Arrays) -> Self:
        """Build the result from what `to_document` returned."""
        findings = tuple(
            Finding.from_document(
                facts, arrays[f"estimates_{index}"], arrays[f"covariance_{index}"], arrays.get(f"draws_{index}")
            )
            for index, facts in enumerate(document["findings"])
        )
        return cls(
            fields=tuple(document["fields"]),
            sizes=dict(document["sizes"]),
            findings=findings,
            candidates=pd.DataFrame(document["candidates"]),
            **document["base"],
        )

    def _repr_html_(self) -> str:
        equations = "".join(
            f"<p>$\\displaystyle {html.escape(equation.to_latex())}$</p>" for equation in self.equations.values()
        )
        doubts = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.diagnostics)
        table = self.conf_int().to_html(index=False, float_format=lambda value: f"{value:.4g}", border=0)
        return f"<div><p><b>{html.escape(self.status)}</b></p>{equations}{table}<ul>{doubts}</ul></div>"

    def _repr_latex_(self) -> str | None:
        equations = tuple(self.equations.values())
        return System(equations)._repr_latex_() if equations else None

    def __repr__(self) -> str:
        found = "; ".join(str(equation) for equation in self.equations.values()) or "none"
        return f"DiscoveryResult({self.status!r}, {found})"
