"""Equations as MathML, which browsers draw without a script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from physforge.equations import Equation


def equation_html(equation: Equation) -> str:
    """Write an equation for a page.

    Parameters
    ----------
    equation : Equation
        Any.

    Returns
    -------
    str
        MathML with six digits, and beneath it the text with all of them, to copy.
    """
    from sympy import Float
    from sympy.printing.mathml import mathml

    exact = equation.to_sympy()
    short = exact.xreplace({number: Float(f"{float(number):.6g}", 6) for number in exact.atoms(Float)})
    drawn = mathml(short, printer="presentation")
    text = escape(str(equation))
    return f'<math display="block" aria-label="{text}">{drawn}</math><code>{text}</code>'
