"""Symmetries of a law, and the candidates that break them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from physforge.discovery.boosts import Boost
from physforge.discovery.exchanges import swapped_axes, with_exchanges
from physforge.discovery.method import DiscoveryMethod, Question
from physforge.equations import derivative_name, split_derivative
from physforge.equations.arithmetic import add, atom, call, multiply, number, power
from physforge.equations.expression import (
    Atom,
    Call,
    Coefficient,
    Derivative,
    Expression,
    Group,
    Symbol,
    atoms_of,
)
from physforge.equations.term import canonical_term
from physforge.errors import DiscoveryError, EquationError

_RULE = re.compile(
    r"\s*(?P<name>\w+)\s*->\s*(?:(?P<minus>-)?\s*(?:(?P<times>\d+(?:\.\d+)?)\s*\*\s*)?(?P<same>\w+)"
    r"(?P<shift>\s*\+\s*c)?)\s*"
)

#: Coefficients that agree to this share are the same.
_SAME = 1e-9


@dataclass(frozen=True)
class Symmetry:
    """A change of fields and coordinates that leaves a law as it is.

    Parameters
    ----------
    text : str
        As it was written.
    factors : mapping of str to float
        What is multiplied, and by what.
    shifted : frozenset of str
        To what a constant is added.
    """

    text: str
    factors: Mapping[str, float]
    shifted: frozenset[str]

    @classmethod
    def parse(cls, text: str, names: Collection[str]) -> Symmetry:
        """Read a symmetry.

        Parameters
        ----------
        text : str
            What happens at once, separated by commas: ``"x -> -x, u -> -u"``, ``"u -> 2*u"``
            or ``"u -> u + c"``.
        names : collection of str
            Fields and coordinates.

        Returns
        -------
        Symmetry
            Not yet checked against anything.

        Raises
        ------
        DiscoveryError
            If it cannot be read, or names what there is not.

        Examples
        --------
        >>> Symmetry.parse("x -> -x, u -> -u", ["t", "x", "u"]).factors
        {'x': -1.0, 'u': -1.0}
        """
        factors: dict[str, float] = {}
        shifted = set()
        for part in text.split(","):
            rule = _RULE.fullmatch(part)
            if rule is None or rule["name"] != rule["same"]:
                raise DiscoveryError(
                    f"The symmetry {text!r} cannot be read; write 'x -> -x', 'u -> 2*u', 'u -> u + c', or several "
                    "that hold together: 'x -> -x, u -> -u'."
                )
            name = rule["name"]
            if name not in names:
                raise DiscoveryError(
                    f"The symmetry {text!r} names {name!r}, which is no field or axis; there are {', '.join(names)}."
                )
            if name in factors:
                raise DiscoveryError(f"The symmetry {text!r} changes {name!r} twice.")
            factors[name] = float(rule["times"] or 1.0) * (-1.0 if rule["minus"] else 1.0)
            if factors[name] == 0.0:
                raise DiscoveryError(f"The symmetry {text!r} makes {name!r} vanish; give another factor.")
            if rule["shift"]:
                shifted.add(name)
        return cls(text, factors, frozenset(shifted))

    def keeps(self, term: Expression, target: str, fields: Sequence[str]) -> bool:
        """Whether a law may contain a term: it changes as the target does.

        Parameters
        ----------
        term : Expression
            The candidate.
        target : str
            What it may explain, such as ``"u_t"``.
        fields : sequence of str
            Names of the fields.

        Returns
        -------
        bool
            False too for a term that is only symmetric together with others.

        Raises
        ------
        DiscoveryError
            If the term has a coefficient function for which that cannot be said.
        """
        symbols = {one.name for one in atoms_of(term) if isinstance(one, Symbol)}
        varying = {one.argument: one for one in atoms_of(term) if isinstance(one, Coefficient)}
        if self.shifted & (symbols | set(varying)):
            return False
        for argument, one in varying.items():
            if self.factors.get(argument, 1.0) != 1.0:
                raise DiscoveryError(
                    f"Whether {one.name}({argument}) keeps the symmetry {self.text!r} depends on the data; let the "
                    "coefficient vary with Powers() or Fourier()."
                )
        field, axes = split_derivative(target, fields)
        try:
            ((_, expected),) = self._changed_atom(Derivative(field, axes)).items
            changed = self._changed(term)
        except EquationError:  # such as the root of a field that changes sign
            return False
        return _same(changed, multiply(number(expected), term))

    def _changed(self, expression: Expression) -> Expression:
        parts = []
        for monomial, coefficient in expression.items:
            product = number(coefficient)
            for factor, exponent in monomial:
                product = multiply(product, power(self._changed_atom(factor), exponent))
            parts.append(product)
        return add(*parts)

    def _changed_atom(self, factor: Atom) -> Expression:
        match factor:
            case Symbol(name):
                return multiply(number(self.factors.get(name, 1.0)), atom(factor))
            case Derivative(field, axes):
                scale = self.factors.get(field, 1.0)
                for axis in axes:
                    scale /= self.factors.get(axis, 1.0)
                return multiply(number(scale), atom(factor))
            case Call(function, argument):
                return call(function, self._changed(argument))
            case Group(inner):
                return self._changed(inner)
            case _:
                return atom(factor)


def with_symmetries(question: Question, texts: Sequence[str], method: DiscoveryMethod) -> Question:
    """Rule out the candidates that break symmetries.

    Parameters
    ----------
    question : Question
        Without symmetries.
    texts : sequence of str
        Symmetries, each of which holds by itself; see `Symmetry.parse` and `swapped_axes`.
    method : DiscoveryMethod
        What is to answer.

    Returns
    -------
    Question
        With `Question.excluded`; for a method that has one list of candidates for all
        targets, with a smaller library.

    Raises
    ------
    DiscoveryError
        If a symmetry cannot be read, or rules out different candidates for targets that
        the method treats alike.
    """
    if not texts:
        return question
    swaps = [pair for text in texts if "<->" in text for pair in swapped_axes(text, question.dims)]
    boosts = [Boost.parse(text, question.fields, question.dims) for text in texts if "*t" in text.replace(" ", "")]
    others = [text for text in texts if "<->" not in text and "*t" not in text.replace(" ", "")]
    symmetries = [Symmetry.parse(text, [*question.dims, *question.fields]) for text in others]
    question = _with_ties(question, boosts, method)
    library, fields = question.library, list(question.fields)
    whole = library.complete(question.runs, fields) if library.varying else library
    if swaps:
        library = whole = with_exchanges(whole, swaps, fields, question.dims)
        question = replace(question, library=library)
    terms = whole.make_terms(fields, question.dims)
    broken = {}
    for target in question.targets:
        lower = {name: atom(Derivative(*split_derivative(name, fields))) for name in _lower(target, fields)}
        whole_list = {**{term.reported: term.expression for term in terms}, **lower}
        broken[target] = _broken(whole_list, symmetries, target, fields) | _moving(whole_list, boosts, target, fields)
    if "symmetries" in method.uses:
        return replace(question, excluded=broken)
    names = [tuple(term.name for term in terms if term.reported in one) for one in broken.values()]
    if len(set(names)) > 1 or any(name in broken[one] for one in question.targets for name in _lower(one, fields)):
        raise DiscoveryError(
            f"The symmetries rule out different candidates for {', '.join(question.targets)}, or "
            "lower derivatives of it; that needs method='weak', or one first derivative as target at a time."
        )
    return replace(question, library=library.model_copy(update={"exclude": (*library.exclude, *names[0])}))


def _broken(
    terms: Mapping[str, Expression], symmetries: Sequence[Symmetry], target: str, fields: Sequence[str]
) -> dict[str, str]:
    """Return the candidates that break a symmetry, with the first one that each breaks."""
    return {
        name: symmetry.text
        for symmetry in reversed(symmetries)
        for name, term in terms.items()
        if not symmetry.keeps(term, target, fields)
    }


def _with_ties(question: Question, boosts: Sequence[Boost], method: DiscoveryMethod) -> Question:
    """Add the coefficients that moving frames tie to the target to those that are known."""
    if not boosts:
        return question
    if "known" not in method.uses:
        raise DiscoveryError(f"The symmetry {boosts[0].text!r} needs method='weak' or 'stlsq'.")
    known = {target: dict(question.known.get(target, {})) for target in question.targets}
    for boost in boosts:
        for target, terms in known.items():
            term, value = boost.tied(target, question.fields)
            if terms.get(term, value) != value:
                raise DiscoveryError(
                    f"known gives {term!r} the coefficient {terms[term]:g}, but the symmetry {boost.text!r} makes it "
                    f"{value:g}; leave one of them out."
                )
            terms[term] = value
    return replace(question, known=known)


def _moving(
    terms: Mapping[str, Expression], boosts: Sequence[Boost], target: str, fields: Sequence[str]
) -> dict[str, str]:
    """Return the candidates that look different from a moving frame, but for those that are tied to the target."""
    tied = {canonical_term(boost.tied(target, fields)[0], fields=fields)[0][0] for boost in boosts}
    return {
        name: boost.text for boost in boosts for name, term in terms.items() if boost.breaks(term) and name not in tied
    }


def _lower(target: str, fields: Sequence[str]) -> list[str]:
    """List the lower time derivatives of a target, which are candidates too."""
    field, axes = split_derivative(target, fields)
    return [derivative_name(field, axes[:order]) for order in range(1, len(axes))]


def _same(first: Expression, second: Expression) -> bool:
    one, other = dict(first.items), dict(second.items)
    return one.keys() == other.keys() and all(abs(one[key] - other[key]) <= _SAME * abs(other[key]) for key in one)
