"""Answer a question in the weak form: rows, moments, choice, finding."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from physforge.derivatives.axis import Float
from physforge.discovery.finding import Finding
from physforge.discovery.knowledge import Estimate, Knowledge, on_knowledge, with_known
from physforge.discovery.method import Answer, Outcome, Question
from physforge.discovery.regression import Support
from physforge.discovery.table import candidate_table
from physforge.discovery.verdict import NOT_SETTLED, SETTLED, UNSUPPORTED
from physforge.discovery.weak.bootstrap import resampled
from physforge.discovery.weak.candidates import Candidates, Mixture
from physforge.discovery.weak.choice import Choice, choose, find_rivals
from physforge.discovery.weak.information import Information
from physforge.discovery.weak.integration import integrated_runs
from physforge.discovery.weak.moments import Moments
from physforge.discovery.weak.resolution import unresolved
from physforge.discovery.weak.rows import Rows
from physforge.discovery.weak.search import probabilities
from physforge.discovery.weak.terms import menu_of
from physforge.discovery.weak.verdict import (
    NONE_POSSIBLE,
    Seen,
    coloured_noise,
    doubts,
    limits_in_words,
    nothing_supported,
    rivalry,
)
from physforge.errors import DiscoveryError

#: Equations in the table of candidates, at most.
_LISTED = 40

#: Sds above its threshold at which a term is chosen in 19 cases of 20.
_POWER = 1.645


def answer(question: Question, half_widths: Mapping[str, float], rows: int, model_error: float) -> Answer:
    """Find an equation for each target.

    Parameters
    ----------
    question : Question
        Data, targets and candidates.
    half_widths : mapping of str to float
        Reach of test functions, where it is given.
    rows : int
        Test functions aimed at, over all runs.
    model_error : float
        Error of the model itself, as a share of the target's rms.

    Returns
    -------
    Answer
        One outcome for each target.

    Raises
    ------
    DiscoveryError
        If a term cannot be integrated by parts, or the data are too few.
    """
    menu = menu_of(question)
    columns = menu.columns
    sources, parts = integrated_runs(question, menu, half_widths, rows)
    runs = tuple(one for group in parts for one in group)
    # What the sampling leaves open is no reason for a term.
    left_open = [unresolved(*pair, len(question.targets)) for pair in zip(sources, parts, strict=True)]
    moments = Moments(runs, max(model_error, *left_open))
    if moments.count <= len(columns):
        raise DiscoveryError(
            f"{moments.count} test functions fit into the data; they cannot tell {len(columns)} candidate terms apart. "
            "Measure more, or use a smaller library, such as CandidateLibrary(polynomial=1)."
        )
    doubted = coloured_noise(sources, question.fields)
    outcomes = [_outcome(question, menu.terms, moments, place, doubted) for place in range(len(question.targets))]
    return Answer(
        outcomes, {"test functions": [_described(one) for one in runs], "noise": [one.noise for one in sources]}
    )


def _outcome(
    question: Question, mixed: Sequence[tuple[str, Mixture]], moments: Moments, place: int, doubted: Sequence[str]
) -> Outcome:
    target = question.targets[place]
    every = [name for name, _ in mixed]
    knowledge = Knowledge.of_target(question, target, every)
    known = {every[index]: value for index, value in knowledge.known.items()}
    terms = knowledge.sought(len(every))
    candidates = Candidates(moments, [mixture for _, mixture in mixed], knowledge.fixed, knowledge.bounds)
    explained = candidates.target(place, knowledge.known)
    choice = choose(candidates, explained, terms, question.generators()[place].spawn(1)[0])
    names = [every[index] for index in terms]
    information = choice.table.information
    units = information.target_scale / information.scales
    ranked = probabilities(choice.table)
    # Where none at all is not improbable, the best of many is no equation.
    support = () if ranked.get((), 0.0) >= NONE_POSSIBLE else choice.support
    estimates, covariance = information.fit(support)
    inclusion = {name: sum(share for one, share in ranked.items() if index in one) for index, name in enumerate(names)}
    threshold = math.sqrt(choice.table.price) + _POWER
    shares = threshold * information.limits(support)
    limits = {names[index]: float(shares[index] * units[index]) for index in np.flatnonzero(np.isfinite(shares))}
    unit = units[list(support)]
    seen = Seen(
        target=target,
        terms=tuple(names[index] for index in support),
        misfit=choice.table.misfits[support],
        freedom=information.freedom(len(support)),
        ranked=[(tuple(names[index] for index in one), share) for one, share in ranked.items()],
        agreed=choice.agreed,
        limits=limits,
        least_share=float(np.min(shares[np.isfinite(shares)], initial=np.inf)),
    )
    finding = Finding(
        target=target,
        terms=seen.terms,
        estimates=estimates * unit,
        covariance=covariance * np.outer(unit, unit),
        degrees=math.inf,
        inclusion=inclusion,
        probability=ranked[support],
        resamples=0,
        draws=_draws(moments, choice, support, unit, question.generators()[place]),
        unexplained=math.sqrt(max(seen.misfit - seen.freedom, 0.0) / max(information.total, 1e-300)),
        samples=math.prod(question.runs[0][question.fields[0]].shape),
        measured=sum(math.prod(run[question.fields[0]].shape) for run in question.runs),
        blocks=information.rows,
        status=UNSUPPORTED,
        limits=limits,
        considered=tuple(tuple(names[index] for index in one) for one in choice.table.ranked()[:_LISTED]),
    )
    finding = with_known(finding, known)
    table = _table(target, names, choice, support, units, known, question.fields)
    if not finding.terms:
        return Outcome(finding, [nothing_supported(seen)], table)
    against, remarks = on_knowledge(target, _estimates(names, information, support, units))
    reasons = [*doubts(seen), *against, *(f"{target}: {sentence}" for sentence in doubted)]
    if not reasons:
        # Rivals take as long to find as the equation itself; they count where nothing else speaks against it.
        rivals = find_rivals(candidates, explained, terms, choice)
        reasons = rivalry(seen, [(tuple(names[index] for index in one), chance) for one, chance in rivals])
    settled = NOT_SETTLED if reasons else SETTLED
    return Outcome(replace(finding, status=settled), [*reasons, *remarks, *limits_in_words(seen)], table)


def _draws(moments: Moments, choice: Choice, support: Support, unit: Float, rng: np.random.Generator) -> Float | None:
    """Resample the coefficients of an equation."""
    information = choice.table.information
    if not support or information.scores is None:
        return None
    estimates, covariance = information.fit(support)
    drawn = estimates + resampled(moments.runs, information.scores[:, list(support)], covariance, rng)
    return np.asarray(drawn * unit, dtype=np.float64)


def _estimates(names: Sequence[str], information: Information, support: Support, units: Float) -> list[Estimate]:
    """Return the coefficients of an equation beside what is known of them, in the units of the data."""
    values, covariance = information.fit(support)
    errors, free = np.sqrt(np.diag(covariance)), dict(information.at_bounds(support))
    bounds = np.tile([-np.inf, np.inf], (len(names), 1)) if information.bounds is None else information.bounds
    return [
        Estimate(
            names[term],
            float(values[place] * units[term]),
            float(errors[place] * units[term]),
            float(free.get(term, values[place]) * units[term]),
            (float(bounds[term, 0] * units[term]), float(bounds[term, 1] * units[term])),
            term in information.needed,
        )
        for place, term in enumerate(support)
    ]


def _table(
    target: str,
    names: Sequence[str],
    choice: Choice,
    chosen: Support,
    units: Float,
    known: Mapping[str, float],
    fields: Sequence[str],
) -> pd.DataFrame:
    rows, proposed = [], []
    for support in choice.table.ranked()[:_LISTED]:
        estimates = choice.table.information.fit(support)[0] * units[list(support)]
        terms = {names[index]: float(value) for index, value in zip(support, estimates, strict=True)}
        criterion = choice.table.criterion(support)
        rows.append(({**terms, **known}, choice.table.misfits[support], criterion, support == chosen))
        proposed.append(", ".join(sorted(choice.table.selectors.get(support, ()))))
    return candidate_table(target, rows, fields, proposed)


def _described(rows: Rows) -> dict[str, dict[str, float]]:
    return {one.axis.name: {"half-width": one.half_width, "count": float(len(one))} for one in rows.functions}
