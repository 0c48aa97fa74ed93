"""A discovery in words, as a careful colleague would write it."""

from __future__ import annotations

import textwrap
from math import floor, log10
from typing import TYPE_CHECKING

from physforge.datasets.conventions import POINT
from physforge.discovery.finding import Finding
from physforge.discovery.table import rounded
from physforge.discovery.verdict import NOT_SETTLED, SETTLED
from physforge.equations import Equation

if TYPE_CHECKING:
    from physforge.discovery.result import DiscoveryResult

#: Characters a line; a notebook's cell holds about 110.
_WIDTH = 100


def summarise(result: DiscoveryResult) -> str:
    """Write the summary of a discovery.

    Parameters
    ----------
    result : DiscoveryResult
        What was found.

    Returns
    -------
    str
        Paragraphs: the data, each equation with its errors and the verdict on it,
        the doubts, and where the method is described.
    """
    paragraphs = [_wrapped(_data(result))]
    for finding in result.findings:
        said = [sentence.removeprefix(f"{finding.target}: ") for sentence in _about(finding, result.diagnostics)]
        if not finding.terms:
            paragraphs.append(_wrapped(f"{finding.target}: {' '.join(said)}"))
            continue
        shown = _shown(finding, result.fields)
        notes = "\n".join(_wrapped(f"  - {sentence}", indent="    ") for sentence in said)
        paragraphs.append(f"    {shown}\n\n{_coefficients(finding)}\n\n{_wrapped(_verdict(finding))}\n{notes}")
    return "\n\n".join(paragraphs)


def _shown(finding: Finding, fields: tuple[str, ...]) -> Equation:
    values = rounded(dict(zip(finding.names, map(float, finding.estimates), strict=True)))
    terms = {term: values[term] for term in finding.terms}
    constants = {name: values[name] for name in finding.constants}
    return Equation.from_terms(finding.target, terms, parameters=constants, fields=fields)


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _about(finding: Finding, diagnostics: tuple[str, ...]) -> list[str]:
    return [sentence for sentence in diagnostics if sentence.startswith(f"{finding.target}: ")]


def _data(result: DiscoveryResult) -> str:
    title = result.provenance.get("data", {}).get("title", "Data")
    grid = " by ".join(_along(dim, size) for dim, size in result.sizes.items())
    return f"{title}: {', '.join(result.fields)} at {grid}."


def _along(dim: str, size: int) -> str:
    return f"{size} scattered samples" if dim == POINT else f"{size} samples in {dim}"


def _coefficients(finding: Finding) -> str:
    reach = finding.intervals(0.95)[:, 1] - finding.estimates
    width = max(len(name) for name in finding.names)
    lines = [
        f"    {term:<{width}}  {_with_error(float(estimate), float(error))}"
        for term, estimate, error in zip(finding.names, finding.estimates, reach, strict=True)
    ]
    return "\n".join([f"    {'term':<{width}}  coefficient (95 % interval, given these terms)", *lines])


def _with_error(estimate: float, error: float) -> str:
    if not error > 0.0:
        return f"{estimate:.6g}"
    # As many decimals as the error's first two digits need, within what float64 holds.
    decimals = min(max(1 - floor(log10(error)), 0), 12)
    return f"{estimate:.{decimals}f} ± {error:.2g}"


def _verdict(finding: Finding) -> str:
    words = {SETTLED: "The form is settled", NOT_SETTLED: "The form is not settled"}[finding.status]
    if not finding.resamples:
        return (
            f"{words}: among the candidates, exactly these terms have a probability of {finding.probability:.0%}, "
            f"judged by {finding.blocks} test functions and the noise of the data."
        )
    return (
        f"{words}: exactly these terms came back in {finding.probability:.0%} of {finding.resamples} resamples, "
        f"and they leave {finding.unexplained:.2%} of the rms of {finding.target} unexplained on held-out data."
    )
