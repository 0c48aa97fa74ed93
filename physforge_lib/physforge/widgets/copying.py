"""An equation as text of other languages, to be copied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from physforge.equations import Equation


class CopyWidget(anywidget.AnyWidget):
    """Shows a text and a button that copies it."""

    _esm = Path(__file__).parent / "static" / "copy.js"
    _css = Path(__file__).parent / "static" / "copy.css"

    text = traitlets.Unicode("").tag(sync=True)


def sympy_text(equation: Equation) -> str:
    """Write an equation as Python code that makes a SymPy equation.

    Parameters
    ----------
    equation : Equation
        Any.

    Returns
    -------
    str
        Source text.
    """
    import sympy

    law = equation.to_sympy()
    names = sorted({one.func.__name__ for one in law.atoms(sympy.core.function.AppliedUndef)})
    symbols = sorted(str(one) for one in law.free_symbols)
    lines = ["from sympy import *", ""]
    if symbols:
        lines.append(f"{', '.join(symbols)} = symbols({' '.join(symbols)!r})")
    lines += [f"{name} = Function({name!r})" for name in names]
    return "\n".join([*lines, f"equation = {law}", ""])


#: Name of a language -> how an equation is written in it.
LANGUAGES: dict[str, Callable[[Equation], str]] = {
    "LaTeX": Equation.to_latex,
    "SymPy": sympy_text,
    "Python": Equation.to_python,
    "Julia": Equation.to_julia,
}


class CopyAs(ipywidgets.VBox):
    """Offers an equation in four languages."""

    def __init__(self) -> None:
        self._equation: Equation | None = None
        self.language = ipywidgets.ToggleButtons(
            options=list(LANGUAGES), description="copy as", style={"button_width": "70px", "description_width": "60px"}
        )
        self.text = CopyWidget()
        self.language.observe(self._write, "value")
        super().__init__([self.language, self.text])

    def show(self, equation: Equation) -> None:
        """Offer another equation.

        Parameters
        ----------
        equation : Equation
            Which.
        """
        self._equation = equation
        self._write(None)

    def _write(self, _change: Any) -> None:
        if self._equation is not None:
            self.text.text = LANGUAGES[self.language.value](self._equation)
