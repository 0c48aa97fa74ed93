"""Laws that look alike to an observer who moves along: what advects a field is tied to its rate."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from physforge.datasets.conventions import SPACE
from physforge.equations import split_derivative
from physforge.equations.expression import Coefficient, Derivative, Expression, Symbol, atoms_of
from physforge.errors import DiscoveryError

_MOVED = re.compile(
    r"\s*(?P<axis>\w+)\s*->\s*(?P<same>\w+)\s*(?P<sign>[+-])\s*(?:(?P<rate>\d+(?:\.\d+)?)\s*\*\s*)?c\s*\*\s*t\s*"
)
_SHIFTED = re.compile(r"\s*(?P<field>\w+)\s*->\s*(?P<same>\w+)\s*\+\s*c\s*")


@dataclass(frozen=True)
class Boost:
    """A Galilean symmetry: a frame that moves along an axis adds a constant to a field.

    Parameters
    ----------
    text : str
        As it was written.
    axis : str
        Along which the frame moves.
    field : str
        To which its velocity is added.
    rate : float
        How fast the frame moves for one unit of the field.
    """

    text: str
    axis: str
    field: str
    rate: float

    @classmethod
    def parse(cls, text: str, fields: Collection[str], dims: Collection[str]) -> Boost:
        """Read a Galilean symmetry.

        Parameters
        ----------
        text : str
            ``"x -> x + c*t, u -> u + c"``, or with a factor: ``"x -> x + 6*c*t, u -> u + c"``.
        fields, dims : collection of str
            Names.

        Returns
        -------
        Boost
            What it says.

        Raises
        ------
        DiscoveryError
            If it cannot be read, or names what there is not.

        Examples
        --------
        >>> Boost.parse("u -> u + c, x -> x + 6*c*t", ["u"], ["t", "x"]).rate
        6.0
        """
        parts = text.split(",")
        moved = [found for one in parts if (found := _MOVED.fullmatch(one)) and found["axis"] == found["same"]]
        shifted = [found for one in parts if (found := _SHIFTED.fullmatch(one)) and found["field"] == found["same"]]
        if len(parts) != 2 or len(moved) != 1 or len(shifted) != 1:
            raise DiscoveryError(
                f"The symmetry {text!r} cannot be read; a moving frame is written 'x -> x + c*t, u -> u + c', with a "
                "factor before c where the field is no velocity: 'x -> x + 6*c*t, u -> u + c'."
            )
        axis, field = moved[0]["axis"], shifted[0]["field"]
        if axis not in SPACE or axis not in dims or field not in fields:
            raise DiscoveryError(
                f"The symmetry {text!r} moves along {axis!r} and adds to {field!r}; there are the axes "
                f"{', '.join(dims)} and the fields {', '.join(fields)}."
            )
        rate = float(moved[0]["rate"] or 1.0) * (-1.0 if moved[0]["sign"] == "-" else 1.0)
        return cls(text, axis, field, rate)

    def tied(self, target: str, fields: Sequence[str]) -> tuple[str, float]:
        """Return the term that goes with the rate of change of a field, and its coefficient.

        Parameters
        ----------
        target : str
            A first time derivative, such as ``"u_t"``.
        fields : sequence of str
            Names of the fields.

        Returns
        -------
        (str, float)
            ``("u*u_x", -1.0)``.

        Raises
        ------
        DiscoveryError
            If the target is of higher order.
        """
        moved, axes = split_derivative(target, fields)
        if axes != "t":
            raise DiscoveryError(f"The symmetry {self.text!r} needs a first time derivative as target, not {target!r}.")
        return f"{self.field}*{moved}_{self.axis}", -self.rate

    def breaks(self, term: Expression) -> bool:
        """Whether a term looks different from the moving frame; that of `tied` does too, by itself.

        Parameters
        ----------
        term : Expression
            A candidate.

        Returns
        -------
        bool
            True for the field itself, for what depends on the place, and for rates of change.
        """
        for one in atoms_of(term):
            match one:
                case Symbol(name) if name in (self.field, self.axis):
                    return True
                case Coefficient(argument=argument) if argument == self.axis:
                    return True
                case Derivative(axes=axes) if "t" in axes:
                    return True
        return False
