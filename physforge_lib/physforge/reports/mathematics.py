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
        MathML, and the text beneath it, to copy.
    """
    from sympy.printing.mathml import mathml

    drawn = mathml(equation.to_sympy(), printer="presentation")
    text = escape(str(equation))
    return f'<math display="block" aria-label="{text}">{drawn}</math><code>{text}</code>'
