"""Write equations in the mathematics of Typst, which sets the PDFs of reports."""

from __future__ import annotations

from physforge.equations.typesetting import GREEK, Notation


class Typst(Notation):
    """Typst, without dollar signs. Every name of more than one letter is quoted, so that none is a command."""

    space = " thin "
    dot = " dot "
    plus_minus = " plus.minus "

    def name(self, name: str) -> str:
        """Write a name: upright where it is longer than one letter."""
        if name in GREEK or len(name) == 1:
            return name
        return f'"{name}"'

    def is_word(self, text: str) -> bool:
        """Say whether there is upright text."""
        return '"' in text

    def scientific(self, mantissa: str, exponent: int) -> str:
        """Write a number with a power of ten."""
        power = f"10^({exponent})"
        return power if mantissa == "1" else f"{mantissa} times {power}"

    def fraction(self, above: str, below: str) -> str:
        """Write a quotient."""
        return f"frac({above}, {below})"

    def raised(self, base: str, exponent: str) -> str:
        """Write a power."""
        return f"{base}^({exponent})"

    def lowered(self, base: str, index: str) -> str:
        """Write an index, its letters beside each other."""
        return f"{base}_({' '.join(index)})"

    def root(self, inner: str) -> str:
        """Write a square root."""
        return f"sqrt({inner})"

    def brackets(self, inner: str) -> str:
        """Write brackets."""
        return f"lr(({inner}))"

    def absolute(self, inner: str) -> str:
        """Write an absolute value."""
        return f"abs({inner})"

    def exponential(self, inner: str) -> str:
        """Write a power of e."""
        return f"e^({inner})"

    def function(self, function: str) -> str:
        """Write the name of a function, apart from what follows."""
        return f"{function} "


TYPST = Typst()
