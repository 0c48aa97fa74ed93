"""Turn a syntax tree into an expression in normal form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from physforge.equations.arithmetic import add, atom, call, multiply, number, power
from physforge.equations.calculus import differentiate_expression
from physforge.equations.coordinate_function import CoordinateFunction
from physforge.equations.expression import Coefficient, Derivative, Expression, Symbol
from physforge.equations.grammar import parse_tree, quote
from physforge.equations.names import CONSTANTS, FUNCTIONS, derivative_name, split_derivative
from physforge.errors import EquationError

if TYPE_CHECKING:
    from lark import Tree
    from lark.lexer import Token

#: Products of terms that one equation may need before it is refused.
MAX_WORK = 100_000

Parameter = float | CoordinateFunction


def parse_sides(
    text: str, parameters: Mapping[str, Parameter], fields: Collection[str]
) -> tuple[Expression, Expression, frozenset[str]]:
    """Read both sides of an equation.

    Parameters
    ----------
    text : str
        For example ``"u_t = nu*u_xx"``.
    parameters : mapping
        Values of named parameters, written into the expressions.
    fields : collection of str
        Names of the fields; found from the derivatives in `text` if empty.

    Returns
    -------
    left, right : Expression
        In normal form.
    fields : frozenset of str
        Those given, else those found.

    Raises
    ------
    EquationError
        If the text is not an equation.
    """
    tree = parse_tree(text, "equation")
    known = frozenset(fields) or _fields_in(tree, parameters)
    builder = _Builder(text, parameters, known)
    left, right = tree.children
    return builder.build(_tree(left)), builder.build(_tree(right)), known


def parse_expression(text: str, parameters: Mapping[str, Parameter], fields: Collection[str]) -> Expression:
    """Read one expression, such as the name of a term.

    Parameters
    ----------
    text : str
        For example ``"u*u_x"``.
    parameters : mapping
        Values of named parameters.
    fields : collection of str
        Names of the fields; found from the derivatives in `text` if empty.

    Returns
    -------
    Expression
        In normal form.

    Raises
    ------
    EquationError
        If the text is not an expression.
    """
    if parameters:
        return _built(text, parameters, frozenset(fields))
    return _expression(text, frozenset(fields))


@lru_cache(maxsize=4096)
def _expression(text: str, fields: frozenset[str]) -> Expression:
    """Read an expression without parameters; the same few terms are read again and again."""
    return _built(text, {}, fields)


def _built(text: str, parameters: Mapping[str, Parameter], fields: frozenset[str]) -> Expression:
    tree = parse_tree(text, "sum")
    return _Builder(text, parameters, fields or _fields_in(tree, parameters)).build(tree)


def fields_in(
    text: str, parameters: Mapping[str, Parameter], start: Literal["equation", "sum"] = "equation"
) -> frozenset[str]:
    """Find the fields of an equation: whatever it differentiates.

    Parameters
    ----------
    text : str
        An equation or expression.
    parameters : mapping
        Names that are parameters, whatever they look like.
    start : {"equation", "sum"}
        Which of the two `text` is.

    Returns
    -------
    frozenset of str
        Names of the fields.

    Raises
    ------
    EquationError
        If the text is not an equation.
    """
    return _fields_in(parse_tree(text, start), parameters)


def _fields_in(tree: Tree[Token], parameters: Mapping[str, Parameter]) -> frozenset[str]:
    names = {str(node.children[0]) for node in tree.iter_subtrees() if node.data == "symbol"}
    split = [split_derivative(name) for name in names if name not in parameters]
    return frozenset(name for name, axes in split if axes)


def _tree(node: Tree[Token] | Token) -> Tree[Token]:
    from lark import Tree

    if not isinstance(node, Tree):
        raise EquationError(f"Unexpected {node!r} in an equation.")
    return node


@dataclass
class _Builder:
    text: str
    parameters: Mapping[str, Parameter]
    fields: frozenset[str]
    _position: int = field(default=0, init=False)
    _work: int = field(default=0, init=False)

    def build(self, tree: Tree[Token]) -> Expression:
        """Build a side, naming the column in whatever goes wrong."""
        try:
            return self._node(tree)
        except EquationError as error:
            raise EquationError(
                f"{error} (column {self._position + 1} of {quote(self.text, self._position)})"
            ) from None

    def _node(self, tree: Tree[Token]) -> Expression:
        result: Expression = getattr(self, f"_{tree.data}")(tree)
        return result

    def _mark(self, tree: Tree[Token]) -> None:
        self._position = tree.meta.start_pos

    def _spend(self, products: int) -> None:
        self._work += products
        if self._work > MAX_WORK:
            raise EquationError("The equation takes too long to expand; write it with fewer products of sums.")

    def _sum(self, tree: Tree[Token]) -> Expression:
        first, *rest = tree.children
        parts = [self._node(_tree(first))]
        for sign, part in zip(rest[::2], rest[1::2], strict=True):
            parts.append(multiply(number(1.0 if sign == "+" else -1.0), self._node(_tree(part))))
        self._mark(tree)
        return add(*parts)

    def _product(self, tree: Tree[Token]) -> Expression:
        first, *rest = tree.children
        result = self._node(_tree(first))
        for operator, part in zip(rest[::2], rest[1::2], strict=True):
            factor = self._signed(_tree(part), invert=operator == "/")
            self._mark(_tree(part))
            self._spend(len(result.items) * len(factor.items))
            result = multiply(result, factor)
        return result

    def _signed(self, tree: Tree[Token], *, invert: bool = False) -> Expression:
        *signs, inner = tree.children
        value = self._power(_tree(inner), invert=invert)
        return multiply(number(_sign(signs)), value)

    def _power(self, tree: Tree[Token], *, invert: bool = False) -> Expression:
        base = self._node(_tree(tree.children[0]))
        exponent = self._exponent_value(_tree(tree.children[2])) if len(tree.children) == 3 else 1.0
        self._mark(tree)
        # 1/(1 + u)**2 is (1 + u)**-2: inverting after expansion would hide the base.
        result = power(base, -exponent if invert else exponent)
        self._spend(len(result.items) * int(min(abs(exponent), 100)))
        return result

    def _exponent_value(self, tree: Tree[Token]) -> float:
        *signs, inner = tree.children
        value = self._node(_tree(inner)).constant
        self._mark(tree)
        if value is None:
            raise EquationError("An exponent must be a number, or a parameter whose value is given.")
        return _sign(signs) * value

    def _number(self, tree: Tree[Token]) -> Expression:
        self._mark(tree)
        return number(float(str(tree.children[0])))

    def _symbol(self, tree: Tree[Token]) -> Expression:
        self._mark(tree)
        name = str(tree.children[0])
        bound = self.parameters.get(name)
        if isinstance(bound, CoordinateFunction):
            raise EquationError(f"{name!r} is a function of {bound.axis}; write {name}({bound.axis}).")
        if bound is not None:
            return number(bound)
        if name in FUNCTIONS:
            raise EquationError(f"{name!r} is a function; write {name}(...).")
        if name in CONSTANTS and name not in self.fields:
            return number(CONSTANTS[name])
        base, axes = split_derivative(name, self.fields)
        derivative_name(base, axes)  # refuses an absurd order
        return atom(Derivative(base, axes) if axes else Symbol(name))

    def _call(self, tree: Tree[Token]) -> Expression:
        name = str(tree.children[0])
        argument = self._node(_tree(tree.children[1]))
        self._mark(tree)
        value = call(name, argument) if name in FUNCTIONS else self._coefficient(name, argument)
        return self._subscript(value, tree, 2)

    def _coefficient(self, name: str, argument: Expression) -> Expression:
        match argument.items:
            case ((((Symbol(axis), 1),), 1.0),) if axis not in self.fields:
                pass
            case _:
                raise EquationError(
                    f"{name!r} is not one of the functions {', '.join(FUNCTIONS)}; a coefficient function takes one "
                    f"coordinate or parameter, as in {name}(x)."
                )
        bound = self.parameters.get(name)
        if isinstance(bound, float | int) or (bound is not None and bound.axis != axis):
            raise EquationError(f"The parameter {name!r} was not given as a CoordinateFunction of {axis!r}.")
        return atom(Coefficient(name, axis))

    def _group(self, tree: Tree[Token]) -> Expression:
        return self._subscript(self._node(_tree(tree.children[0])), tree, 1)

    def _subscript(self, value: Expression, tree: Tree[Token], index: int) -> Expression:
        if len(tree.children) <= index:
            return value
        self._mark(tree)
        axes = str(tree.children[index])[1:]
        derivative_name("(...)", axes)
        result = value
        for axis in axes:
            result = differentiate_expression(result, axis, self.fields)
            self._spend(len(result.items) ** 2)
        if not result.items:
            raise EquationError(
                f"The derivative along {axes!r} is zero: no field stands in the brackets. Name the fields with fields=."
            )
        return result


def _sign(signs: list[Tree[Token] | Token]) -> float:
    return -1.0 if sum(sign != "+" for sign in signs) % 2 else 1.0
