"""Single terms by name: evaluated, and written in the canonical way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from physforge.equations.arguments import checked_fields, checked_parameters
from physforge.equations.coordinate_function import CoordinateFunction
from physforge.equations.evaluation import FloatArray, Values, evaluate_expression
from physforge.equations.parser import Parameter, parse_expression
from physforge.equations.text import term_name


def evaluate_term(
    name: str,
    values: Values,
    *,
    parameters: Mapping[str, Parameter] | None = None,
    fields: Iterable[str] | None = None,
) -> FloatArray:
    """Evaluate one named term, such as a column of a candidate library.

    Parameters
    ----------
    name : str
        For example ``"u*u_x"``, ``"sin(u)"`` or ``"1"``.
    values : mapping of str to array_like
        An array for each name that occurs. Shapes broadcast.
    parameters : mapping of str to float or CoordinateFunction, optional
        Values of named parameters.
    fields : iterable of str, optional
        Names of the fields, where a name such as ``(u**2)_x`` or ``a_x_t`` needs them.

    Returns
    -------
    numpy.ndarray
        Float64, of the shape to which all of `values` broadcast.

    Raises
    ------
    EquationError
        If `name` is not an expression or a value is missing.
    """
    given = checked_parameters(parameters)
    known = checked_fields(fields)
    functions = {key: value for key, value in given.items() if isinstance(value, CoordinateFunction)}
    return evaluate_expression(parse_expression(name, given, known), values, functions)


def canonical_term(name: str, *, fields: Iterable[str] | None = None) -> tuple[tuple[str, float], ...]:
    """Return the canonical names that a term expands to, with their coefficients.

    Parameters
    ----------
    name : str
        For example ``"u_x*u"`` or ``"(u**2)_x"``.
    fields : iterable of str, optional
        Names of the fields; by default whatever has a derivative in `name`.

    Returns
    -------
    tuple of (str, float)
        For example ``(("u*u_x", 2.0),)``.

    Raises
    ------
    EquationError
        If `name` is not an expression.

    Examples
    --------
    >>> canonical_term("(u**2)_x", fields=["u"])
    (('u*u_x', 2.0),)
    """
    expression = parse_expression(name, {}, checked_fields(fields))
    return tuple((term_name(monomial), coefficient) for monomial, coefficient in expression.items)
