"""Equations as MathML, which browsers draw without a script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

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
        MathML with six digits, derivatives as indices, and beneath it the text with all
        digits, to copy.

    Examples
    --------
    >>> from physforge.equations import Equation
    >>> drawn = equation_html(Equation.parse("u_t = 0.1*u_xx"))
    >>> "<msub><mi>u</mi><mi>xx</mi></msub>" in drawn, "&#x2202;" in drawn
    (True, False)
    """
    from sympy import Float
    from sympy.printing.mathml import mathml

    exact = _with_indices(equation.to_sympy())
    short = exact.xreplace({number: Float(f"{float(number):.6g}", 6) for number in exact.atoms(Float)})
    drawn = mathml(short, printer="presentation")
    text = escape(str(equation))
    return f'<math display="block" aria-label="{text}">{drawn}</math><code>{text}</code>'


def _with_indices(expression: Any) -> Any:
    """Write u_xx where SymPy has a second derivative, and u where it has u(t, x).

    SymPy draws the latter as one would read it aloud, and sets the order in the wrong place.
    """
    from sympy import Derivative, Symbol
    from sympy.core.function import AppliedUndef

    names = {
        one: Symbol(f"{one.expr.func}_{''.join(str(axis) * int(order) for axis, order in one.variable_count)}")
        for one in expression.atoms(Derivative)
        if isinstance(one.expr, AppliedUndef)
    }
    named = expression.xreplace(names)
    return named.xreplace({one: Symbol(str(one.func)) for one in named.atoms(AppliedUndef)})
