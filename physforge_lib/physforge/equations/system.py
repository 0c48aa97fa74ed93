"""Several equations that hold together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from physforge.equations.equation import Equation
from physforge.equations.names import split_derivative
from physforge.equations.parser import Parameter, fields_in
from physforge.errors import EquationError

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True)
class System:
    """An ordered system of equations, each with its own target.

    Parameters
    ----------
    equations : tuple of Equation
        At least one. A field of any of them counts as a field in all of them.

    Raises
    ------
    EquationError
        If there is no equation, or two have the same target.

    Examples
    --------
    >>> system = System.parse("x_t = y; y_t = -x")
    >>> system.targets
    ('x_t', 'y_t')
    >>> system["y_t"].terms
    {'x': -1.0}
    """

    equations: tuple[Equation, ...]

    def __post_init__(self) -> None:
        equations = tuple(self.equations)
        if not equations:
            raise EquationError("A system needs at least one equation.")
        fields = {name for equation in equations for name in equation.fields}
        object.__setattr__(self, "equations", tuple(equation.with_fields(fields) for equation in equations))
        repeated = sorted({target for target in self.targets if self.targets.count(target) > 1})
        if repeated:
            raise EquationError(f"Two equations of the system have the left side {repeated[0]!r}.")

    @classmethod
    def parse(
        cls,
        text: str | Iterable[str],
        *,
        parameters: Mapping[str, Parameter] | None = None,
        fields: Iterable[str] | None = None,
    ) -> Self:
        """Read a system from text.

        Parameters
        ----------
        text : str or iterable of str
            Equations, or one text in which semicolons or line ends part them; a line
            without ``=`` continues the one before.
        parameters : mapping of str to float or CoordinateFunction, optional
            Values of named parameters.
        fields : iterable of str, optional
            Names of all fields; by default whatever has a derivative in any equation.

        Returns
        -------
        System
            In the order of the text.

        Raises
        ------
        EquationError
            If an equation cannot be read; the message says which.
        """
        texts = _split(text) if isinstance(text, str) else list(text)
        if not texts:
            raise EquationError("The text holds no equation.")
        known: set[str] = set(fields or ())
        if not known:
            for number, one in enumerate(texts, 1):
                with _numbered(number):
                    known |= fields_in(one, parameters or {})
        equations = []
        for number, one in enumerate(texts, 1):
            with _numbered(number):
                equations.append(Equation.parse(one, parameters=parameters, fields=known))
        return cls(tuple(equations))

    @property
    def targets(self) -> tuple[str, ...]:
        """Left sides in order."""
        return tuple(equation.target for equation in self.equations)

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields: those of the targets in order, then any others."""
        occurring = {name for equation in self.equations for name in equation.fields}
        first = [split_derivative(target, occurring)[0] for target in self.targets]
        return tuple(dict.fromkeys([name for name in first if name in occurring] + sorted(occurring)))

    @property
    def free_symbols(self) -> tuple[str, ...]:
        """Names without a value that are neither a field nor a coordinate, sorted."""
        return tuple(sorted({name for equation in self.equations for name in equation.free_symbols}))

    @property
    def derivatives(self) -> tuple[str, ...]:
        """Names of the derivatives on the right sides, in the order in which they occur."""
        return tuple(dict.fromkeys(name for equation in self.equations for name in equation.derivatives))

    def matches(self, other: System | str, rtol: float = 0.05) -> bool:
        """Return whether this is the same system as `other`, in any order.

        Parameters
        ----------
        other : System or str
            What to compare with.
        rtol : float, default 0.05
            Largest relative difference of a coefficient.

        Returns
        -------
        bool
            True if every equation matches the one with the same target.
        """
        if isinstance(other, str):
            other = System.parse(other)
        theirs = {equation.target: equation for equation in other}
        return set(self.targets) == set(theirs) and all(e.matches(theirs[e.target], rtol) for e in self)

    def to_latex(self) -> str:
        """Write the system in LaTeX.

        Returns
        -------
        str
            An ``aligned`` environment, without dollar signs.
        """
        lines = [equation.to_latex().replace(" = ", " &= ", 1) for equation in self]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def to_sympy(self) -> tuple[sympy.Eq, ...]:
        """Return the equations as SymPy objects.

        Returns
        -------
        tuple of sympy.Eq
            All fields are functions of the same coordinates.
        """
        from physforge.equations.symbolic import equation_sympy

        used = {axis for equation in self for axis in equation.coordinates}
        axes = tuple(sorted(used))
        return tuple(equation_sympy(e.left, e.right, self.fields, axes, dict(e.functions)) for e in self)

    def to_document(self) -> dict[str, Any]:
        """Return the system as JSON-serialisable facts.

        Returns
        -------
        dict
            What `from_document` takes.
        """
        return {"equations": [equation.to_document() for equation in self]}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Build the system from what `to_document` returned.

        Parameters
        ----------
        document : mapping
            With the key equations.

        Returns
        -------
        System
            Equal to the one written.

        Raises
        ------
        EquationError
            If the document does not hold a system.
        """
        if not isinstance(document.get("equations"), list):
            raise EquationError("The document does not hold a system: it has no list 'equations'.")
        return cls(tuple(Equation.from_document(one) for one in document["equations"]))

    def __getitem__(self, target: str) -> Equation:
        for equation in self.equations:
            if equation.target == target:
                return equation
        raise KeyError(f"The system has no equation for {target!r}; it has {', '.join(self.targets)}.")

    def __iter__(self) -> Iterator[Equation]:
        return iter(self.equations)

    def __len__(self) -> int:
        return len(self.equations)

    def __contains__(self, target: object) -> bool:
        return target in self.targets

    def __str__(self) -> str:
        return "\n".join(str(equation) for equation in self)

    def __repr__(self) -> str:
        return f"System({'; '.join(map(str, self))!r})"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.to_latex()}$"


def _split(text: str) -> list[str]:
    texts: list[str] = []
    for line in re.split(r"[;\n]", text):
        if not line.strip():
            continue
        if "=" in line or not texts:
            texts.append(line.strip())
        else:
            texts[-1] += f" {line.strip()}"
    return texts


class _numbered:  # noqa: N801  (reads as a phrase after `with`)
    """Say which equation of a system an error is in."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, EquationError):
            raise EquationError(f"Equation {self.number} of the system: {error}") from error
