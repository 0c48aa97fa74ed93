"""Ask the weak form, which differentiates no data, whether it sees the equation of the strong form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from physforge.discovery.finding import Finding
from physforge.discovery.known import place_of
from physforge.discovery.method import Question
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary

#: Standard errors within which a coefficient is compatible with zero, and beyond which it is not what it is said to be.
_NOT_SEEN, _CONTRADICTED = 2.0, 3.0

#: How the weak form is called in a sentence.
_BY = "without derivatives of the data, in the weak form,"


def against_weak_form(question: Question, finding: Finding) -> list[str]:
    """Say where the weak form contradicts an equation from smoothed derivatives.

    Smoothing flattens crests, whatever way it is done, and a term that makes up for that is not a property of the
    data. In the weak form no derivative is taken and no crest flattened.

    Parameters
    ----------
    question : Question
        What was asked.
    finding : Finding
        The equation of the strong form.

    Returns
    -------
    list of str
        A sentence if terms are missing, or one of its terms vanishes; empty too where the weak form cannot tell: a
        term cannot be integrated by parts, or the data are too few.
    """
    from physforge.discovery.weak_form import WeakForm

    fields, target = question.fields, finding.target
    library = _integrable(question, finding.terms)
    if library is None:
        return []
    known = {finding.terms[place_of("known", one, finding.terms, fields)[0]] for one in question.known.get(target, {})}
    found = [name for name in finding.terms if name not in known]
    asked = replace(question, targets=(target,), library=library, fixed={target: found})
    try:
        (outcome,) = WeakForm().answer(asked).outcomes
    except DiscoveryError:
        return []
    seen = outcome.finding
    places = {name: place_of("fixed", name, seen.terms, fields) for name in finding.terms}
    more = sorted({*seen.terms} - {seen.terms[place] for place, _ in places.values()})
    if more:
        return [f"{target}: {_BY} the terms {' + '.join(more)} are seen beside these."]
    sentences = []
    for name in found:
        place, times = places[name]
        stated = times * float(finding.estimates[finding.terms.index(name)])
        estimate, error = float(seen.estimates[place]), float(seen.stderr[place])
        if abs(estimate) < _NOT_SEEN * error and abs(stated - estimate) > _CONTRADICTED * error:
            sentences.append(
                f"{target}: {_BY} the coefficient of {seen.terms[place]} is {estimate:.2g} with a standard error of "
                f"{error:.2g}, not {stated:.3g}; smoothing may have made it."
            )
    return sentences


def _integrable(question: Question, terms: Sequence[str]) -> CandidateLibrary | None:
    """Return the library without the terms that cannot be integrated by parts; None where one of some terms is such."""
    from physforge.discovery.weak.parts import parts_of

    fields, dims = list(question.fields), list(question.dims)
    library = question.library
    whole = library.complete(question.runs, fields) if library.varying else library
    lost = [one.name for one in whole.make_terms(fields, dims) if parts_of(one, fields, dims) is None]
    if set(lost) & set(terms):
        return None
    return library.model_copy(update={"exclude": (*library.exclude, *lost)})
