"""Evaluate an expression on arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from physforge.equations.calculus import differentiate_expression
from physforge.equations.coordinate_function import CoordinateFunction
from physforge.equations.expression import Atom, Call, Coefficient, Expression, Group, Monomial
from physforge.equations.text import atom_name
from physforge.errors import EquationError

FloatArray = npt.NDArray[np.float64]
Values = Mapping[str, npt.ArrayLike]

_NUMPY: dict[str, Callable[[FloatArray], FloatArray]] = {
    "sin": np.sin,
    "cos": np.cos,
    "exp": np.exp,
    "log": np.log,
    "abs": np.abs,
    "tanh": np.tanh,
}


def evaluate_expression(
    expression: Expression, values: Values, functions: Mapping[str, CoordinateFunction]
) -> FloatArray:
    """Evaluate an expression.

    Parameters
    ----------
    expression : Expression
        In normal form.
    values : mapping of str to array_like
        An array for each symbol and derivative by name; shapes broadcast.
    functions : mapping of str to CoordinateFunction
        The coefficient functions that are bound.

    Returns
    -------
    numpy.ndarray
        Float64, of the shape to which all of `values` broadcast. Where a logarithm,
        root or quotient has no value the result is NaN or infinite.

    Raises
    ------
    EquationError
        If a value is missing or the shapes do not broadcast.
    """
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
    shapes = [array.shape for array in arrays.values()]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError as error:
        listed = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise EquationError(f"The arrays do not broadcast to one shape: {listed}.") from error
    with np.errstate(all="ignore"):
        total = compile_expression(expression, list(arrays), functions)(list(arrays.values()))
    return np.array(np.broadcast_to(total, shape))


def written_out(factor: Coefficient, functions: Mapping[str, CoordinateFunction]) -> Expression:
    """Write out a coefficient function, or a derivative of one.

    Parameters
    ----------
    factor : Coefficient
        Its name must be in `functions`.
    functions : mapping of str to CoordinateFunction
        Those bound.

    Returns
    -------
    Expression
        In the coordinate.
    """
    return differentiate_expression(functions[factor.name].expression(), factor.argument * factor.order, ())


def compile_expression(
    expression: Expression, names: Sequence[str], functions: Mapping[str, CoordinateFunction]
) -> Callable[[Sequence[FloatArray]], FloatArray]:
    """Prepare an expression for many evaluations, as in the steps of an integrator.

    Parameters
    ----------
    expression : Expression
        In normal form.
    names : sequence of str
        The symbols and derivatives that will be given, in order.
    functions : mapping of str to CoordinateFunction
        The coefficient functions that are bound.

    Returns
    -------
    callable
        Takes one float or array for each of `names`. Unlike `evaluate_expression` it
        leaves shapes and floating-point warnings to the caller.

    Raises
    ------
    EquationError
        If the expression needs a name that is not in `names`.
    """
    places = {name: index for index, name in enumerate(names)}
    products = [(c, _compile_product(monomial, places, functions)) for monomial, c in expression.items]

    def total(values: Sequence[FloatArray]) -> FloatArray:
        result: FloatArray = np.float64(0.0)  # type: ignore[assignment]
        for coefficient, product in products:
            result = result + coefficient * product(values)
        return result

    return total


def _compile_product(
    monomial: Monomial, places: Mapping[str, int], functions: Mapping[str, CoordinateFunction]
) -> Callable[[Sequence[FloatArray]], FloatArray]:
    factors = [(_compile_atom(factor, places, functions), exponent) for factor, exponent in monomial]

    def product(values: Sequence[FloatArray]) -> FloatArray:
        result: FloatArray = np.float64(1.0)  # type: ignore[assignment]
        for factor, exponent in factors:
            value = factor(values)
            result = result * _power(value, exponent)
        return result

    return product


def _power(value: FloatArray, exponent: float) -> FloatArray:
    # NumPy's own powers are many times slower than a product, except squares.
    match exponent:
        case 1:
            return value
        case 3:
            return value * value * value
        case 4:
            return (value * value) ** 2.0
        case _:
            return value ** float(exponent)


def _compile_atom(
    factor: Atom, places: Mapping[str, int], functions: Mapping[str, CoordinateFunction]
) -> Callable[[Sequence[FloatArray]], FloatArray]:
    match factor:
        case Call(name, argument):
            function, inner = _NUMPY[name], compile_expression(argument, list(places), functions)
            return lambda values: function(inner(values))
        case Group(expression):
            return compile_expression(expression, list(places), functions)
        case Coefficient(name, _, _) if name in functions:
            return compile_expression(written_out(factor, functions), list(places), functions)
        case _:
            name = atom_name(factor)
            if name not in places:
                given = ", ".join(sorted(places)) or "none"
                raise EquationError(f"There is no value for {name!r}; the values given are: {given}.")
            place = places[name]
            return lambda values: values[place]
