"""Write equations in LaTeX."""

from __future__ import annotations

from physforge.equations.typesetting import GREEK, Notation


class Latex(Notation):
    """LaTeX, without dollar signs; standard errors are written with a plus-minus sign."""

    space = " \\, "
    dot = " \\cdot "
    plus_minus = " \\pm "

    def name(self, name: str) -> str:
        """Write a name: upright where it is longer than one letter."""
        if name in GREEK:
            return f"\\{name}"
        if len(name) == 1:
            return name
        escaped = name.replace("_", r"\_")
        return f"\\mathrm{{{escaped}}}"

    def is_word(self, text: str) -> bool:
        """Say whether there is upright text."""
        return "mathrm" in text

    def scientific(self, mantissa: str, exponent: int) -> str:
        """Write a number with a power of ten."""
        power = f"10^{{{exponent}}}"
        return power if mantissa == "1" else f"{mantissa} \\times {power}"

    def fraction(self, above: str, below: str) -> str:
        """Write a quotient."""
        return f"\\frac{{{above}}}{{{below}}}"

    def raised(self, base: str, exponent: str) -> str:
        """Write a power."""
        return f"{base}^{{{exponent}}}"

    def lowered(self, base: str, index: str) -> str:
        """Write an index."""
        return f"{base}_{{{index}}}"

    def root(self, inner: str) -> str:
        """Write a square root."""
        return f"\\sqrt{{{inner}}}"

    def brackets(self, inner: str) -> str:
        """Write brackets."""
        return f"\\left({inner}\\right)"

    def absolute(self, inner: str) -> str:
        """Write an absolute value."""
        return f"\\left|{inner}\\right|"

    def exponential(self, inner: str) -> str:
        """Write a power of e."""
        return f"e^{{{inner}}}"

    def function(self, function: str) -> str:
        """Write the name of a function."""
        return f"\\{function}"


LATEX = Latex()
