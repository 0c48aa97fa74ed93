"""Equations while they are edited: text and coefficients, with a way back."""

from __future__ import annotations

import time
from typing import Any

import param

from physforge.equations import Equation, System
from physforge.errors import EquationError

#: Longest text, in characters, and steps that can be undone.
LONGEST, STEPS = 4000, 200

#: Changes of one thing that follow each other so fast are one step, in seconds.
_ONE_STEP_S = 1.5


class EquationDraft(param.Parameterized):
    """A system of equations that somebody changes.

    Parameters
    ----------
    text : str
        The equations to begin with, one a line.
    fields : tuple of str
        Names of all fields.
    **params : object
        Of the state.
    """

    text = param.String(doc="As it stands in the text field, whether it can be read or not.")
    system = param.ClassSelector(class_=System, doc="The last that could be read.")
    error = param.String(doc="Why the text cannot be read; empty where it can.")

    def __init__(self, text: str, fields: tuple[str, ...], **params: Any) -> None:
        super().__init__(**params)
        self._fields = fields
        self._first = text
        self._undo: list[str] = []
        self._redo: list[str] = []
        self._last: tuple[str, float] = ("", 0.0)
        self._show(text)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step before."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step after."""
        return bool(self._redo)

    def write(self, text: str) -> None:
        """Take a text as it is typed.

        Parameters
        ----------
        text : str
            Untrusted; it is parsed, never evaluated.
        """
        self._step(text, "text")

    def set_coefficient(self, target: str, term: str, value: float) -> None:
        """Change one coefficient.

        Parameters
        ----------
        target : str
            Left side of the equation.
        term : str
            Its name; one that was set to zero is there again.
        value : float
            Six digits of it are taken.
        """
        terms = {**self._equation(target).terms, term: float(f"{value:.6g}")}
        self._change(target, terms, f"{target}: {term}")

    def add_term(self, target: str, term: str) -> None:
        """Add a term, such as ``u**3`` or ``-0.1*u_xxx``.

        Parameters
        ----------
        target : str
            Left side of the equation.
        term : str
            Untrusted; one that is there already is added to.
        """
        before = self._equation(target).terms
        try:
            added = Equation.from_terms(target, {term[:LONGEST]: 1.0}, fields=self._fields).terms
        except EquationError as error:
            self.error = f"This term cannot be read: {error}"
            return
        self._change(target, {**before, **{name: before.get(name, 0.0) + one for name, one in added.items()}}, "")

    def remove_term(self, target: str, term: str) -> None:
        """Leave a term out.

        Parameters
        ----------
        target : str
            Left side of the equation.
        term : str
            Its name.
        """
        self._change(target, {name: one for name, one in self._equation(target).terms.items() if name != term}, "")

    def undo(self) -> None:
        """Take the last step back."""
        if self._undo:
            self._redo.append(self.text)
            self._show(self._undo.pop())

    def redo(self) -> None:
        """Take the step again that was taken back."""
        if self._redo:
            self._undo.append(self.text)
            self._show(self._redo.pop())

    def reset(self) -> None:
        """Return to the equations that were found; that is a step, too."""
        self._step(self._first, "")

    def _equation(self, target: str) -> Equation:
        if self.system is None:
            raise EquationError("There is no equation to change.")
        return self.system[target]

    def _change(self, target: str, terms: dict[str, float], what: str) -> None:
        if self.system is None:
            return
        try:
            changed = Equation.from_terms(target, terms, fields=self._fields)
        except EquationError as error:
            self.error = str(error)
            return
        lines = [str(changed if one.target == target else one) for one in self.system]
        self._step("\n".join(lines), what)

    def _step(self, text: str, what: str) -> None:
        """Take a new text; ``what`` names the thing that is changed, so that dragging a slider is one step."""
        if text == self.text:
            return
        now = time.monotonic()
        if not (what and self._last[0] == what and now - self._last[1] < _ONE_STEP_S):
            self._undo = [*self._undo[-STEPS + 1 :], self.text]
        self._last = (what, now)
        self._redo = []
        self._show(text)

    def _show(self, text: str) -> None:
        if len(text) > LONGEST:
            self.param.update(text=text[:LONGEST], error=f"Equations are at most {LONGEST} characters long.")
            return
        try:
            system = System.parse(text, fields=self._fields)
            free = sorted({name for one in system for name in one.free_symbols})
            error = f"{free[0]} has no value: write a number in its place." if free else ""
        except EquationError as failed:
            self.param.update(text=text, error=str(failed))
            return
        self.param.update(text=text, system=self.system if error else system, error=error)
