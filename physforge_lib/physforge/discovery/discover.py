"""Discover governing equations: one entry point for every method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import pandas as pd
import xarray as xr

from physforge.datasets.conventions import POINT
from physforge.datasets.origin import describe_inputs
from physforge.derivatives.registry import find_strategy
from physforge.discovery.known import coefficient_bounds, fixed_terms, known_coefficients
from physforge.discovery.method import DiscoveryMethod, Question
from physforge.discovery.result import DiscoveryResult
from physforge.discovery.runs import split_runs
from physforge.discovery.samples import check_dataset
from physforge.discovery.scattered import is_scattered
from physforge.discovery.stlsq import STLSQ
from physforge.discovery.symmetries import with_symmetries
from physforge.discovery.verdict import NOT_SETTLED, SETTLED, UNSUPPORTED
from physforge.discovery.weak.parts import parts_of
from physforge.discovery.weak.prepare import FEWEST_SAMPLES
from physforge.discovery.weak_form import WeakForm
from physforge.equations import derivative_name, split_derivative
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary
from physforge.results import run_record

#: Most by which a step in time differs from the mean one, as a share of it, where sums stand for integrals.
_MOST_UNEVEN = 0.5


def discover(
    ds: xr.Dataset | Sequence[xr.Dataset],
    *,
    target: str | Sequence[str] | None = None,
    library: CandidateLibrary | None = None,
    method: DiscoveryMethod | str | None = None,
    known: Mapping[str, float] | Mapping[str, Mapping[str, float]] | None = None,
    fixed: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    bounds: Mapping[str, Any] | None = None,
    symmetries: str | Sequence[str] = (),
    units: bool = False,
    seed: int = 0,
) -> DiscoveryResult:
    """Find the equations that govern measured fields, and say how sure they are.

    Parameters
    ----------
    ds : xarray.Dataset or sequence of xarray.Dataset
        Fields over ``t`` alone (a system of ODEs) or over ``t`` and space (PDEs); several
        runs as a dim ``trajectory`` or as a sequence, each on its own grid; or scattered
        samples over ``point`` with coordinates ``t``, ``x``, ..., for `WeakForm`. A variable
        ``<field>_sd`` gives the noise where it is known. What attributes claim about an
        equation is not used.
    target : str or sequence of str, optional
        Time derivatives to explain, such as ``"u_tt"``. The default is the first time
        derivative of every field. For a higher one the lower ones are candidates too.
    library : CandidateLibrary, optional
        The candidate terms, built from all fields. The default depends on the method: see
        `CandidateLibrary` and `WeakForm.library`.
    method : DiscoveryMethod or str, optional
        How equations are found: an object such as ``STLSQ(threshold=0.1)`` or a short
        name. The default is `WeakForm` where there are at least 24 samples along each axis
        (over time alone: steps that differ by half at most, and 24 samples and three for each
        candidate), if every candidate can be integrated by parts; and `STLSQ` otherwise.
    known : dict of str to float, or dict of str to such dicts, optional
        Coefficients that are known, by term: ``{"u_xx": 0.1}`` where there is one target,
        ``{"u_t": {"u_xx": 0.1}}`` by target. They are taken as exact, and the rest is chosen
        beside them; not with `SymbolicRegression`.
    fixed : sequence of str, or dict of str to sequence of str, optional
        Terms that are in the equation, whatever their coefficients: ``("u_xx",)`` where there is
        one target, ``{"u_t": ("u_xx",)}`` by target; not with `SymbolicRegression`. Terms that are
        not to be in it are left out with ``CandidateLibrary(exclude=...)``.
    bounds : dict of str to (float, float), or dict of str to such dicts, optional
        Lowest and highest coefficient of terms, None where it is open: ``{"u_xx": (0, None)}``.
        Each equation is fitted inside its bounds, and judged by the misfit that is left; an
        estimate on a bound keeps the standard error that it has without. Bounds that leave
        out zero make a term a fixed one. Not with `SymbolicRegression`.
    symmetries : str or sequence of str, default ()
        Changes that leave the law as it is: ``"x -> -x"``, ``"t -> -t"``, ``"u -> -u"``, several
        at once (``"x -> -x, u -> -u"``), ``"u -> 2*u"`` for a law that is linear in u, and
        ``"u -> u + c"`` for one without u itself, or ``"x -> x + c"`` without x. Candidates that
        do not change as the target does are left out. ``"x <-> y"`` says that a law does not
        tell these axes apart, for fields without direction: ``u_xx + u_yy`` is a candidate then,
        with one coefficient. ``"x -> x + c*t, u -> u + c"`` says that a moving observer sees the same law:
        ``u*u_x`` then has the coefficient -1, and no other candidate contains u itself.
    units : bool, default False
        Whether candidates that make no sense in the units of the data are left out, such as
        ``sin(u)`` of a length. Coefficients may have any unit.
    seed : int, default 0
        Of whatever is random. The same seed and data give the same result.

    Returns
    -------
    DiscoveryResult
        Equations with standard errors; status ``"settled"``, ``"not settled"`` or
        ``"no equation supported"``, with the reasons in its diagnostics.

    Raises
    ------
    DiscoveryError
        If the data are not fields on a grid with increasing times, the target is not a
        time derivative of a field, or the data are too few for the candidates.
    DerivativeError
        If `STLSQ` is given a short axis or missing samples.

    Notes
    -----
    `WeakForm` settles a form that has a probability of 90 % and whose misfit the noise
    explains. `STLSQ` settles one that recurs in 90 % of fifty resamples, leaves less than
    10 % unexplained, has no rival that explains the data alike, comes out the same with
    other derivatives, has no coefficient compatible with zero, ten samples for each
    candidate, and derivatives that are good to 10 %; and where the data were smoothed, one that the weak form does
    not contradict, if it can integrate the terms. `SymbolicRegression` (``"symbolic"``)
    searches expressions that no library lists, such as ``u/(1 + u)``; it needs data with
    little noise.

    References
    ----------
    D. A. Messenger and D. M. Bortz, Journal of Computational Physics 443 (2021) 110525;
    S. L. Brunton, J. L. Proctor and J. N. Kutz, PNAS 113 (2016) 3932-3937.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> t = np.linspace(0.0, 10.0, 400)
    >>> ds = xr.Dataset({"a": ("t", np.cos(2 * t)), "b": ("t", 3 * np.sin(2 * t))}, {"t": t})
    >>> r = discover(ds, library=CandidateLibrary(polynomial=1))
    >>> r.status, r.equations["a_t"].matches("a_t = -0.667*b", rtol=0.01)
    ('settled', True)
    """
    runs = split_runs(ds)
    fields, dims = check_dataset(runs[0])
    for run in runs[1:]:
        if check_dataset(run) != (fields, dims):
            raise DiscoveryError("All runs must have the same fields over the same dims; select those that have.")
    targets = _targets(target, fields)
    chosen = resolve_discovery_method(method) if method is not None else _default(runs, library, fields, dims)
    if not isinstance(chosen, WeakForm) and any(is_scattered(run, fields) for run in runs):
        raise DiscoveryError(
            f"{type(chosen).__name__} needs samples on a grid; use method='weak' for scattered ones, or give it "
            "pf.differentiate(ds, [...], at=grid)."
        )
    candidates = (chosen.library(fields, dims) if library is None else library).resolve(fields, dims)
    if units:
        candidates = candidates.consistent(runs[0], fields=fields)
    question = Question(
        runs,
        tuple(targets),
        candidates,
        tuple(fields),
        tuple(dims),
        seed,
        known_coefficients(known, targets),
        fixed_terms(fixed, targets),
        coefficient_bounds(bounds, targets),
    )
    _refuse_unused(question, chosen)
    texts = [symmetries] if isinstance(symmetries, str) else list(symmetries)
    question = with_symmetries(question, texts, chosen)
    answer = chosen.answer(question)
    findings = tuple(outcome.finding for outcome in answer.outcomes)
    return DiscoveryResult(
        status=_overall([finding.status for finding in findings]),
        diagnostics=tuple(sentence for outcome in answer.outcomes for sentence in outcome.diagnostics),
        provenance=run_record(
            method=chosen.model_dump(),
            library=question.library.model_dump(),
            knowledge=_recorded(question, texts),
            seed=seed,
            data={name: str(runs[0].attrs[name]) for name in ("title", "sha256") if name in runs[0].attrs},
            inputs=describe_inputs(ds),
            **answer.record,
        ),
        citations=(*chosen.citations, *answer.citations),
        fields=tuple(fields),
        sizes=_sizes(runs[0], fields, dims),
        findings=findings,
        candidates=pd.concat([outcome.candidates for outcome in answer.outcomes], ignore_index=True),
    )


def resolve_discovery_method(method: DiscoveryMethod | str) -> DiscoveryMethod:
    """Return the method object for what a caller gave.

    Parameters
    ----------
    method : DiscoveryMethod or str
        An object, or a registered short name.

    Returns
    -------
    DiscoveryMethod
        Ready to use.

    Raises
    ------
    DiscoveryError
        If no discovery method of that name is registered.
    """
    if isinstance(method, str):
        # mypy asks for a concrete class here, but any subclass will do.
        return find_strategy(method, DiscoveryMethod, DiscoveryError)  # type: ignore[type-abstract]
    return method


def _default(
    runs: Sequence[xr.Dataset], library: CandidateLibrary | None, fields: Sequence[str], dims: Sequence[str]
) -> DiscoveryMethod:
    if any(is_scattered(run, fields) for run in runs):
        return WeakForm()
    if any(run.sizes[dim] < FEWEST_SAMPLES for run in runs for dim in dims):
        return STLSQ()
    candidates = WeakForm().library(fields, dims) if library is None else library
    complete = candidates.complete(runs, fields) if candidates.varying else candidates.resolve(fields, dims)
    terms = complete.make_terms(fields, dims)
    integrable = all(parts_of(term, list(fields), list(dims)) is not None for term in terms)
    suited = len(dims) > 1 or _suits_time_alone(runs, len(terms) + len(fields))
    return WeakForm() if integrable and suited else STLSQ()


def _suits_time_alone(runs: Sequence[xr.Dataset], columns: int) -> bool:
    """Say whether integrals over time tell so many columns apart: there are enough samples, and no gaps."""
    steps = [run["t"].diff("t") for run in runs]
    even = all(float(abs(one / one.mean() - 1.0).max()) <= _MOST_UNEVEN for one in steps)
    # A test function takes two samples more than the one before it.
    return even and sum(run.sizes["t"] - FEWEST_SAMPLES for run in runs) > 3 * columns


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


def _refuse_unused(question: Question, method: DiscoveryMethod) -> None:
    for option in ("known", "fixed", "bounds"):
        given = [term for terms in getattr(question, option).values() for term in terms]
        if given and option not in method.uses:
            kind = method.model_dump().get("kind", type(method).__name__)
            raise DiscoveryError(
                f"{option}= names {given[0]!r}, which needs method='weak' or 'stlsq'; {kind!r} does not use it."
            )


def _recorded(question: Question, symmetries: list[str]) -> dict[str, Any]:
    """Return what was known, as it is stored."""
    bounds = {
        target: {term: [one if isfinite(one) else None for one in pair] for term, pair in terms.items()}
        for target, terms in question.bounds.items()
    }
    fixed = {target: list(terms) for target, terms in question.fixed.items()}
    return {"known": question.known, "fixed": fixed, "bounds": bounds, "symmetries": symmetries}


def _sizes(run: xr.Dataset, fields: Sequence[str], dims: Sequence[str]) -> dict[str, int]:
    return {dim: int(run.sizes[dim]) for dim in ((POINT,) if is_scattered(run, fields) else dims)}


def _overall(statuses: Sequence[str]) -> str:
    for status in (UNSUPPORTED, NOT_SETTLED):
        if status in statuses:
            return status
    return SETTLED
