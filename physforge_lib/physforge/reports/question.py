"""What a result answers, in a sentence or two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from physforge.discovery import DiscoveryResult
from physforge.reports.document import Heading, Paragraph, Part, cell_text

if TYPE_CHECKING:
    from physforge.results import Result


def kind_name(result: Result) -> str:
    """Name the kind of a result, for a heading.

    Parameters
    ----------
    result : Result
        Any.

    Returns
    -------
    str
        Begins with a capital letter.
    """
    return "PINN" if result.kind == "pinn" else result.kind.capitalize()


def question_parts(result: Result) -> tuple[Part, ...]:
    """Say what was asked.

    Parameters
    ----------
    result : Result
        Any.

    Returns
    -------
    tuple of Part
        None for a kind of result of which it is not known.
    """
    text = _question(result)
    return (Heading("The question"), Paragraph(text)) if text else ()


def _question(result: Any) -> str:
    settings = result.provenance.get("settings")
    if isinstance(result, DiscoveryResult):
        return _of_discovery(result)
    if result.kind == "pinn":
        unknown = ", ".join(result.problem.unknown)
        sought = f", and what are {unknown} in it" if unknown else ""
        return f"Which function obeys the law below and its conditions{sought}?"
    if result.kind == "derivatives" and isinstance(settings, Mapping):
        return f"What are {_listed(settings.get('names', ()))}, and how sure are they?"
    if result.kind == "simulation":
        return "How does a state evolve under the laws below?"
    return ""


def _of_discovery(result: DiscoveryResult) -> str:
    targets = _listed([one.target for one in result.findings])
    many = len(result.findings) > 1
    count = max((len(one.inclusion) for one in result.findings), default=0)
    asked = f"Which {'equations govern' if many else 'equation governs'} {targets}, out of {count} candidate terms?"
    told = [asked, *_told(result.provenance.get("knowledge", {}))]
    return " ".join(told)


def _told(knowledge: Mapping[str, Any]) -> list[str]:
    """Say what was taken as known before the data were looked at."""
    said = []
    for key, words in (
        ("known", "Taken as known: {}."),
        ("fixed", "In the equation whatever the data say: {}."),
        ("bounds", "Bounded: {}."),
    ):
        terms = [
            f"{term} of {target}" + (f" = {cell_text(given[term])}" if key == "known" else "")
            for target, given in knowledge.get(key, {}).items()
            for term in given
        ]
        if terms:
            said.append(words.format(_listed(terms)))
    if knowledge.get("symmetries"):
        said.append(f"The law does not change with {_listed(knowledge['symmetries'])}.")
    return said


def _listed(names: Sequence[str]) -> str:
    texts = [str(one) for one in names]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else "nothing"
