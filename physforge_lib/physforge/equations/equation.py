"""One governing equation, as immutable data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from physforge.equations import code, symbolic
from physforge.equations.arguments import checked_fields, checked_parameters
from physforge.equations.arithmetic import add, multiply, number
from physforge.equations.coordinate_function import CoordinateFunction
from physforge.equations.evaluation import FloatArray, Values, evaluate_expression
from physforge.equations.expression import Atom, Coefficient, Derivative, Expression, Symbol, atoms_of
from physforge.equations.latex import LATEX
from physforge.equations.names import AXES
from physforge.equations.parser import Parameter, fields_in, parse_expression, parse_sides
from physforge.equations.solving import solved
from physforge.equations.text import atom_name, expression_text, term_name
from physforge.equations.typst import TYPST
from physforge.errors import EquationError

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True)
class Equation:
    """An equation ``lhs = rhs``; make one with `parse` or `from_terms`.

    Parameters
    ----------
    left, right : Expression
        Both sides in normal form. Where an equation is linear in a time derivative,
        this derivative alone is the left side.
    fields : tuple of str
        Names of the fields that occur, sorted.
    functions : tuple of (str, CoordinateFunction)
        The coefficient functions that are bound, sorted by name.
    errors : tuple of (str, float)
        Standard errors of the coefficients, by canonical name of the term.
    bound : tuple of (str, float)
        Parameters whose values are written into the sides. A record only: two
        equations with the same content are equal, however they were written.

    Examples
    --------
    >>> eq = Equation.parse("u_t = -u*u_x + nu*u_xx", parameters={"nu": 0.1})
    >>> eq.target, eq.terms
    ('u_t', {'u*u_x': -1.0, 'u_xx': 0.1})
    >>> print(eq)
    u_t = -u*u_x + 0.1*u_xx
    >>> eq.matches("u_t = 0.102*u_xx - u_x*u")
    True
    """

    left: Expression
    right: Expression
    fields: tuple[str, ...]
    functions: tuple[tuple[str, CoordinateFunction], ...] = ()
    errors: tuple[tuple[str, float], ...] = ()
    bound: tuple[tuple[str, float], ...] = field(default=(), compare=False)

    @classmethod
    def parse(
        cls, text: str, *, parameters: Mapping[str, Parameter] | None = None, fields: Iterable[str] | None = None
    ) -> Self:
        """Read an equation from text; no Python is evaluated.

        Parameters
        ----------
        text : str
            ``lhs = rhs`` with ``+ - * / **``, brackets, sin, cos, exp, log, sqrt, abs,
            tanh, the coordinates t x y z, ``pi``, derivatives such as ``u_xx`` and
            ``(u**2)_x``, named parameters, and coefficient functions such as ``c(x)``.
        parameters : mapping of str to float or CoordinateFunction, optional
            Values of named parameters. One without a value stays a symbol (see
            `free_symbols`).
        fields : iterable of str, optional
            Names of all fields; by default whatever has a derivative in `text`. Needed
            where a field occurs without any, or has a name such as ``u_x``.

        Returns
        -------
        Equation
            In normal form.

        Raises
        ------
        EquationError
            If the text is not an equation; the message names the column.
        """
        given = checked_parameters(parameters)
        left, right, known = parse_sides(text, given, checked_fields(fields))
        return cls._build(left, right, known, given)

    @classmethod
    def from_terms(
        cls,
        target: str,
        terms: Mapping[str, float],
        *,
        stderr: Mapping[str, float] | None = None,
        parameters: Mapping[str, Parameter] | None = None,
        fields: Iterable[str] | None = None,
    ) -> Self:
        """Build an equation from the coefficients of named terms.

        Parameters
        ----------
        target : str
            Left side, for example ``"u_t"``.
        terms : mapping of str to float
            Coefficient of each term. Terms with the coefficient zero are dropped, and
            terms that expand, such as ``(u**2)_x``, are reported expanded.
        stderr : mapping of str to float, optional
            Standard error of each coefficient, under the same names. A term that
            several of them share gets the root of the sum of squares.
        parameters : mapping of str to float or CoordinateFunction, optional
            Values of parameters in the names of terms.
        fields : iterable of str, optional
            Names of all fields; by default whatever has a derivative in `target` and `terms`.

        Returns
        -------
        Equation
            In normal form.

        Raises
        ------
        EquationError
            If a name is not an expression, a number is not finite, or `stderr` names
            a term that `terms` lacks.
        """
        given = checked_parameters(parameters)
        left, zero, known = parse_sides(f"{target} = 0", given, checked_fields(fields))
        if not fields:
            known = known.union(*(fields_in(name, given, "sum") for name in terms))
        parsed = {name: parse_expression(name, given, known) for name in terms}
        right = add(zero, *(multiply(number(value), parsed[name]) for name, value in terms.items()))
        equation = cls._build(left, right, known, given)
        return replace(equation, errors=_collected_errors(equation.terms, parsed, stderr or {}))

    @classmethod
    def _build(
        cls, left: Expression, right: Expression, fields: Iterable[str], parameters: Mapping[str, Parameter]
    ) -> Self:
        left, right = solved(left, right)
        atoms = set(atoms_of(left)) | set(atoms_of(right))
        names = {a.name for a in atoms if isinstance(a, Symbol)} | {a.field for a in atoms if isinstance(a, Derivative)}
        occurring = tuple(sorted(names & set(fields)))
        if not occurring:
            raise EquationError(
                f"{expression_text(left)} = {expression_text(right)} holds no field: write a derivative such as u_t, "
                "or name the fields with fields=."
            )
        called = {a.name for a in atoms if isinstance(a, Coefficient)}
        pairs = sorted(parameters.items())
        functions = tuple((k, v) for k, v in pairs if isinstance(v, CoordinateFunction) and k in called)
        bound = tuple((k, float(v)) for k, v in pairs if not isinstance(v, CoordinateFunction))
        return cls(left, right, occurring, functions, (), bound)

    @property
    def target(self) -> str:
        """Text of the left side; a time derivative such as ``"u_t"`` for a law of evolution."""
        return expression_text(self.left)

    @property
    def terms(self) -> dict[str, float]:
        """Coefficient of each term of the right side, in canonical order; ``"1"`` is the constant."""
        return {term_name(monomial): coefficient for monomial, coefficient in self.right.items}

    @property
    def stderr(self) -> dict[str, float]:
        """Standard error of the coefficients that have one, by term."""
        return dict(self.errors)

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Parameters whose value was given."""
        return {**dict(self.bound), **dict(self.functions)}

    @property
    def free_symbols(self) -> tuple[str, ...]:
        """Names without a value that are neither a field nor a coordinate, sorted."""
        known = {*self.fields, *AXES, *dict(self.functions)}
        names = {a.name for a in self._all_atoms() if isinstance(a, Symbol | Coefficient)}
        names |= {a.argument for a in self._all_atoms() if isinstance(a, Coefficient)}
        return tuple(sorted(names - known))

    @property
    def derivatives(self) -> tuple[str, ...]:
        """Names of the derivatives on the right side, sorted by order, then by name."""
        found = {a for a in atoms_of(self.right) if isinstance(a, Derivative)}
        return tuple(atom_name(a) for a in sorted(found, key=lambda a: (len(a.axes), a.field, a.axes)))

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Coordinates that occur, as themselves or in a derivative, in the order t, x, y, z."""
        used: set[str] = set()
        for factor in self._all_atoms():
            match factor:
                case Derivative(_, axes):
                    used |= set(axes)
                case Symbol(name) if name not in self.fields:
                    used.add(name)
                case Coefficient(_, argument, _):
                    used.add(argument)
        return tuple(axis for axis in AXES if axis in used)

    def matches(self, other: Equation | str, rtol: float = 0.05) -> bool:
        """Return whether this is the same law as `other`.

        Parameters
        ----------
        other : Equation or str
            What to compare with.
        rtol : float, default 0.05
            Largest difference of a coefficient, relative to the larger of the two.

        Returns
        -------
        bool
            True for the same target, the same terms, and coefficients within `rtol`.
        """
        if isinstance(other, str):
            other = Equation.parse(other, parameters=self.parameters, fields=self.fields)
        mine, theirs = self.terms, other.terms
        return (
            self.target == other.target
            and mine.keys() == theirs.keys()
            and all(math.isclose(mine[name], theirs[name], rel_tol=rtol) for name in mine)
            and _functions_match(dict(self.functions), dict(other.functions), rtol)
        )

    def bind(self, parameters: Mapping[str, Parameter]) -> Equation:
        """Give values to parameters that are free.

        Parameters
        ----------
        parameters : mapping of str to float or CoordinateFunction
            Values by name.

        Returns
        -------
        Equation
            A new one; standard errors are kept where the name of the term stays.

        Raises
        ------
        EquationError
            If a name is not among `free_symbols`.
        """
        unknown = sorted(set(parameters) - set(self.free_symbols))
        if unknown:
            free = ", ".join(self.free_symbols) or "none"
            raise EquationError(f"{unknown[0]!r} is not a free parameter of {self}; free are: {free}.")
        bound = Equation.parse(str(self), parameters={**dict(self.functions), **parameters}, fields=self.fields)
        kept = tuple((name, value) for name, value in self.errors if name in bound.terms)
        return replace(bound, errors=kept, bound=tuple(sorted({**dict(self.bound), **dict(bound.bound)}.items())))

    def with_fields(self, fields: Iterable[str]) -> Equation:
        """Say that more of the names are fields.

        Parameters
        ----------
        fields : iterable of str
            Names of fields; those that do not occur are ignored.

        Returns
        -------
        Equation
            The same sides, with every one of `fields` that occurs counted as a field.
        """
        names = {a.name for a in self._all_atoms() if isinstance(a, Symbol)}
        return replace(self, fields=tuple(sorted({*self.fields, *(names & set(fields))})))

    def evaluate(self, values: Values) -> FloatArray:
        """Evaluate the right side on arrays.

        Parameters
        ----------
        values : mapping of str to array_like
            An array for each field, derivative, coordinate and free parameter that
            occurs, by name. Shapes broadcast.

        Returns
        -------
        numpy.ndarray
            Float64, of the shape to which all of `values` broadcast; NaN or infinite
            where a logarithm, root or quotient has no value.

        Raises
        ------
        EquationError
            If a value is missing or the shapes do not broadcast.
        """
        return evaluate_expression(self.right, values, dict(self.functions))

    def to_latex(self) -> str:
        r"""Write the equation in LaTeX, with ``\pm`` standard errors where they are known.

        Returns
        -------
        str
            Without dollar signs.
        """
        return LATEX.equation(self.left, self.right, self.stderr)

    def to_typst(self) -> str:
        """Write the equation in Typst, with standard errors where they are known.

        Returns
        -------
        str
            Without dollar signs.
        """
        return TYPST.equation(self.left, self.right, self.stderr)

    def to_sympy(self) -> sympy.Eq:
        """Return the equation as a SymPy object.

        Returns
        -------
        sympy.Eq
            Fields are functions of the coordinates that occur.
        """
        return symbolic.equation_sympy(self.left, self.right, self.fields, self.coordinates, dict(self.functions))

    def to_python(self) -> str:
        """Write the right side as a Python function of NumPy arrays.

        Returns
        -------
        str
            Source text.
        """
        return code.python_source(str(self), self.target, self.right, dict(self.functions))

    def to_julia(self) -> str:
        """Write the right side as a Julia function that broadcasts over arrays.

        Returns
        -------
        str
            Source text.
        """
        return code.julia_source(str(self), self.target, self.right, dict(self.functions))

    def to_document(self) -> dict[str, Any]:
        """Return the equation as JSON-serialisable facts.

        Returns
        -------
        dict
            What `from_document` takes.
        """
        return {
            "equation": str(self),
            "fields": list(self.fields),
            "parameters": dict(self.bound),
            "functions": {name: function.to_document() for name, function in self.functions},
            "stderr": self.stderr,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Build the equation from what `to_document` returned.

        Parameters
        ----------
        document : mapping
            With the keys equation, fields, parameters, functions and stderr.

        Returns
        -------
        Equation
            Equal to the one written.

        Raises
        ------
        EquationError
            If the document does not hold an equation.
        """
        try:
            functions = {k: CoordinateFunction.from_document(v) for k, v in document["functions"].items()}
            equation = cls.parse(document["equation"], parameters=functions, fields=document["fields"])
            errors = tuple(sorted((str(name), float(value)) for name, value in document["stderr"].items()))
            bound = tuple(sorted((str(name), float(value)) for name, value in document["parameters"].items()))
        except (KeyError, TypeError, AttributeError) as error:
            raise EquationError(f"The document does not hold an equation: {error!r}.") from error
        return replace(equation, errors=errors, bound=bound)

    def _all_atoms(self) -> Iterator[Atom]:
        yield from atoms_of(self.left)
        yield from atoms_of(self.right)

    def __str__(self) -> str:
        return f"{self.target} = {expression_text(self.right)}"

    def __repr__(self) -> str:
        return f"Equation({str(self)!r})"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.to_latex()}$"


def _collected_errors(
    terms: Mapping[str, float], parsed: Mapping[str, Expression], stderr: Mapping[str, float]
) -> tuple[tuple[str, float], ...]:
    squares: dict[str, float] = {}
    for name, error in stderr.items():
        if name not in parsed:
            raise EquationError(f"A standard error is given for {name!r}, which is not among the terms.")
        if not 0 <= error < math.inf:
            raise EquationError(f"The standard error of {name!r} is {error}; it must be finite and not negative.")
        for monomial, factor in parsed[name].items:
            key = term_name(monomial)
            squares[key] = squares.get(key, 0.0) + (factor * float(error)) ** 2
    return tuple(sorted((name, math.sqrt(square)) for name, square in squares.items() if name in terms))


def _functions_match(
    mine: Mapping[str, CoordinateFunction], theirs: Mapping[str, CoordinateFunction], rtol: float
) -> bool:
    return mine.keys() == theirs.keys() and all(
        (f.axis, f.basis, f.period, len(f.coefficients)) == (g.axis, g.basis, g.period, len(g.coefficients))
        and all(math.isclose(a, b, rel_tol=rtol) for a, b in zip(f.coefficients, g.coefficients, strict=True))
        for f, g in ((mine[name], theirs[name]) for name in mine)
    )
