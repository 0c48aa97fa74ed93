"""Discover governing equations: one entry point for every method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np
import pandas as pd
import xarray as xr

from physforge.derivatives.registry import find_strategy
from physforge.derivatives.resolution import unresolved_share
from physforge.discovery.finding import Finding
from physforge.discovery.method import DiscoveryMethod
from physforge.discovery.regression import Regression, fit
from physforge.discovery.result import DiscoveryResult, rounded
from physforge.discovery.rivals import find_rivals
from physforge.discovery.samples import TermSamples, check_dataset, gather_samples
from physforge.discovery.second_opinion import terms_by_other_derivatives
from physforge.discovery.selection import Candidate, deal_folds, search
from physforge.discovery.stability import resample
from physforge.discovery.stlsq import STLSQ
from physforge.discovery.verdict import (
    NOT_SETTLED,
    SETTLED,
    UNSUPPORTED,
    Evidence,
    doubts,
    nothing_supported,
    unseen_terms,
)
from physforge.equations import Equation, derivative_name, split_derivative
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary
from physforge.results import run_record


def discover(
    ds: xr.Dataset,
    *,
    target: str | Sequence[str] | None = None,
    library: CandidateLibrary | None = None,
    method: DiscoveryMethod | str | None = None,
    seed: int = 0,
) -> DiscoveryResult:
    """Find the equations that govern measured fields, and say how sure they are.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields over ``t`` alone (a system of ODEs) or over ``t`` and space (PDEs), without
        missing samples. What its attributes claim about an equation is not used.
    target : str or sequence of str, optional
        Time derivatives to explain, such as ``"u_tt"``. The default is the first time
        derivative of every field. For a higher one the lower ones are candidates too.
    library : CandidateLibrary, optional
        The candidate terms, built from all fields. The default depends on the data; see
        `CandidateLibrary`.
    method : DiscoveryMethod or str, optional
        How equations are proposed: an object such as ``STLSQ(threshold=0.1)`` or its short
        name. The default is `STLSQ` over all thresholds.
    seed : int, default 0
        Of the resampling and the cross-validation. The same seed and data give
        the same result.

    Returns
    -------
    DiscoveryResult
        Equations with standard errors; status ``"settled"``, ``"not settled"`` or
        ``"no equation supported"``, with the reasons in its diagnostics.

    Raises
    ------
    DiscoveryError
        If the data are not fields on one grid with increasing times, the target is not a
        time derivative of a field, or there are fewer samples than candidates.
    DerivativeError
        If an axis is too short or samples are missing.

    Notes
    -----
    Derivatives come from `differentiate`. Every proposed equation is fitted by least
    squares and judged by its error on held-out blocks of the grid: the logarithm of that
    error, level below 0.1 % of the target, plus 0.2 for each term. The whole procedure is
    repeated on fifty resamples of blocks, with each chosen term taken out of the library,
    and, for noisy data, with derivatives smoothed in another way.

    The form counts as settled if it recurs in 90 % of the resamples, leaves less than 10 %
    unexplained, has no rival that explains the data alike, comes out the same with the
    other derivatives, has no coefficient compatible with zero, ten samples for each
    candidate, and derivatives that are good to 10 %.

    References
    ----------
    S. L. Brunton, J. L. Proctor and J. N. Kutz, PNAS 113 (2016) 3932-3937;
    S. H. Rudy and others, Science Advances 3 (2017) e1602614.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> t = np.linspace(0.0, 10.0, 400)
    >>> ds = xr.Dataset({"a": ("t", np.cos(2 * t)), "b": ("t", 3 * np.sin(2 * t))}, {"t": t})
    >>> r = discover(ds, library=CandidateLibrary(polynomial=1))
    >>> r.status, r.equations["a_t"].matches("a_t = -0.667*b", rtol=0.01)
    ('settled', True)
    """
    chosen_method = resolve_discovery_method(method)
    fields, dims = check_dataset(ds)
    targets = _targets(target, fields)
    full_library = (CandidateLibrary() if library is None else library).resolve(fields, dims)
    # Only the fields and their sd take part; attributes never do.
    samples = gather_samples(ds, targets, full_library, fields, dims)
    second_opinions = terms_by_other_derivatives(ds, targets, full_library, fields, dims, samples, chosen_method)
    seeds = np.random.SeedSequence(seed).spawn(len(targets))
    outcomes = [
        _discover_one(ds, samples, regression, second, chosen_method, np.random.default_rng(own_seed), fields)
        for regression, second, own_seed in zip(samples.regressions, second_opinions, seeds, strict=True)
    ]
    findings = tuple(finding for finding, _, _ in outcomes)
    return DiscoveryResult(
        status=_overall([finding.status for finding in findings]),
        diagnostics=tuple(sentence for _, sentences, _ in outcomes for sentence in sentences),
        provenance=run_record(
            method=chosen_method.model_dump(),
            library=full_library.model_dump(),
            seed=seed,
            derivatives=samples.schemes,
            data={name: str(ds.attrs[name]) for name in ("title", "sha256") if name in ds.attrs},
        ),
        citations=_citations(chosen_method, samples, dims),
        fields=tuple(fields),
        sizes={dim: int(ds.sizes[dim]) for dim in dims},
        findings=findings,
        candidates=pd.concat([table for _, _, table in outcomes], ignore_index=True),
    )


def resolve_discovery_method(method: DiscoveryMethod | str | None) -> DiscoveryMethod:
    """Return the method object for what a caller gave.

    Parameters
    ----------
    method : DiscoveryMethod, str or None
        An object, a registered short name, or None for `STLSQ`.

    Returns
    -------
    DiscoveryMethod
        Ready to use.

    Raises
    ------
    DiscoveryError
        If no discovery method of that name is registered.
    """
    if method is None:
        return STLSQ()
    if isinstance(method, str):
        # mypy asks for a concrete class here, but any subclass will do.
        return find_strategy(method, DiscoveryMethod, DiscoveryError)  # type: ignore[type-abstract]
    return method


def _targets(target: str | Sequence[str] | None, fields: Sequence[str]) -> list[str]:
    if target is None:
        return [derivative_name(field, "t") for field in fields]
    targets = [target] if isinstance(target, str) else list(target)
    for name in targets:
        field, axes = split_derivative(name, fields)
        if field not in fields or set(axes) != {"t"}:
            known = ", ".join(derivative_name(field, "t") for field in fields)
            raise DiscoveryError(f"The target {name!r} is not a time derivative of a field; possible are {known}.")
    if not targets or len(set(targets)) < len(targets):
        raise DiscoveryError("Give each target once, and at least one.")
    return targets


def _discover_one(
    ds: xr.Dataset,
    samples: TermSamples,
    regression: Regression,
    second_opinion: tuple[str, ...] | None,
    method: DiscoveryMethod,
    rng: np.random.Generator,
    fields: Sequence[str],
) -> tuple[Finding, list[str], pd.DataFrame]:
    triangle = regression.gather(regression.blocks)
    folds = deal_folds(regression, rng)
    candidates = search(regression, method.propose(triangle), regression.blocks, folds)
    candidates += find_rivals(regression, method, candidates[0].support, folds)
    chosen = min(candidates, key=lambda candidate: candidate.criterion)
    others = [candidate for candidate in candidates if candidate.support != chosen.support]
    stability = resample(regression, method, chosen.support, rng)
    finding = Finding(
        target=regression.target,
        terms=tuple(regression.terms[index] for index in chosen.support),
        estimates=regression.physical(chosen.support, fit(triangle, chosen.support)),
        resampled=regression.physical(chosen.support, stability.coefficients),
        inclusion=dict(zip(regression.terms, map(float, stability.inclusion(len(regression.terms))), strict=True)),
        recurrence=stability.recurrence(chosen.support),
        unexplained=chosen.misfit,
        samples=samples.used,
        measured=prod(ds[fields[0]].shape),
        blocks=len(regression.counts),
        status=UNSUPPORTED,
    )
    table = _table(regression, [chosen, *others], fields)
    if not finding.terms:
        return finding, [nothing_supported(finding)], table
    noise, unresolved = _derivative_quality(ds, samples, finding, fields)
    evidence = Evidence(regression, chosen, others, noise, unresolved, second_opinion)
    reasons = doubts(finding, evidence)
    finding = replace(finding, status=NOT_SETTLED if reasons else SETTLED)
    return finding, [*reasons, unseen_terms(finding)], table


def _derivative_quality(
    ds: xr.Dataset, samples: TermSamples, finding: Finding, fields: Sequence[str]
) -> tuple[dict[str, float], dict[str, float]]:
    equation = finding.equation(tuple(fields))
    involved = [name for name in (finding.target, *equation.derivatives) if name in samples.noise]
    noise = {name: samples.noise[name] for name in involved}
    # Smoothed derivatives are limited by noise, which is known; only interpolated ones by truncation.
    exact = [name for name in involved if not samples.schemes[name].startswith("Savitzky-Golay")]
    return noise, {name: unresolved_share(ds, name) for name in exact}


def _table(regression: Regression, candidates: Sequence[Candidate], fields: Sequence[str]) -> pd.DataFrame:
    triangle = regression.gather(regression.blocks)
    unique = {candidate.support: candidate for candidate in reversed(candidates)}
    rows = []
    for candidate in sorted(unique.values(), key=lambda c: (c.criterion, len(c.support), c.support)):
        coefficients = regression.physical(candidate.support, fit(triangle, candidate.support))
        terms = {regression.terms[index]: float(c) for index, c in zip(candidate.support, coefficients, strict=True)}
        rows.append(
            {
                "target": regression.target,
                "equation": str(Equation.from_terms(regression.target, rounded(terms), fields=fields)),
                "complexity": len(candidate.support),
                "misfit": candidate.misfit,
                "criterion": candidate.criterion,
                "chosen": candidate.support == candidates[0].support,
            }
        )
    return pd.DataFrame(rows)


def _overall(statuses: Sequence[str]) -> str:
    for status in (UNSUPPORTED, NOT_SETTLED):
        if status in statuses:
            return status
    return SETTLED


def _citations(method: DiscoveryMethod, samples: TermSamples, dims: Sequence[str]) -> tuple[str, ...]:
    keys = [*method.citations, *(["rudy2017"] if len(dims) > 1 else [])]
    if any(scheme.startswith("Savitzky-Golay") for scheme in samples.schemes.values()):
        keys.append("savitzky1964")
    return tuple(keys)
