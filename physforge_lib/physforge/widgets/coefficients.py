"""A slider for each coefficient of an equation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from physforge.equations import Equation
from physforge.errors import EquationError

WITHIN = "interval of 95 %"

#: What the sliders range over -> share of the coefficient on either side; of 0, the interval.
RANGES = {WITHIN: 0.0, "± 10 %": 0.1, "± 50 %": 0.5, "± 100 %": 1.0}

#: Without an interval, the sliders range over so much.
WITHOUT = "± 10 %"

_STEPS = 200


class Coefficients(ipywidgets.VBox):
    """Changes an equation's coefficients, within their intervals at first."""

    def __init__(self) -> None:
        self.sliders: dict[str, ipywidgets.FloatSlider] = {}
        self.range = ipywidgets.Dropdown(
            description="sliders over", style={"description_width": "90px"}, layout=ipywidgets.Layout(width="250px")
        )
        self.back = ipywidgets.Button(description="As estimated", tooltip="Set every coefficient to its estimate")
        self._rows = ipywidgets.VBox()
        self._equation: Equation | None = None
        self._told: Equation | None = None
        self._intervals: Mapping[str, tuple[float, float]] = {}
        self._is_changing = False
        self._tell: Callable[[Equation], None] = _nobody
        self.range.observe(self._take_range, "value")
        self.back.on_click(self._reset)
        super().__init__([ipywidgets.HBox([self.range, self.back]), self._rows])

    def on_change(self, tell: Callable[[Equation], None]) -> None:
        """Say who is told of a changed equation.

        Parameters
        ----------
        tell : callable
            Given the equation.
        """
        self._tell = tell

    def show(self, equation: Equation, intervals: Mapping[str, tuple[float, float]]) -> None:
        """Show sliders for another equation.

        Parameters
        ----------
        equation : Equation
            As estimated.
        intervals : mapping of str to (float, float)
            Of its terms; possibly empty.
        """
        self._equation, self._intervals, self._told = equation, intervals, equation
        self._is_changing = True
        self.range.options = [name for name in RANGES if intervals or name != WITHIN]
        self.range.value = WITHIN if intervals else WITHOUT
        self._is_changing = False
        self._make()

    @property
    def equation(self) -> Equation:
        """The equation with the coefficients of the sliders.

        Raises
        ------
        EquationError
            If none was shown yet.
        """
        estimated = self._estimated()
        before = estimated.terms
        terms = {term: _value(slider, before[term]) for term, slider in self.sliders.items()}
        if terms == before:
            return estimated
        return Equation.from_terms(
            estimated.target, {**before, **terms}, parameters=estimated.parameters, fields=estimated.fields
        )

    def _estimated(self) -> Equation:
        if self._equation is None:
            raise EquationError("No equation is shown yet; show one first.")
        return self._equation

    def _make(self) -> None:
        share = RANGES[self.range.value]
        self.sliders = {}
        for term, value in self._estimated().terms.items():
            low, high = self._ends(term, value, share)
            slider = ipywidgets.FloatSlider(
                value=value,
                min=low,
                max=high,
                step=(high - low) / _STEPS,
                description=term,
                readout_format=".4g",
                style={"description_width": "110px"},
                layout=ipywidgets.Layout(width="420px"),
            )
            slider.observe(self._take, "value")
            self.sliders[term] = slider
        self._rows.children = tuple(self.sliders.values())

    def _ends(self, term: str, value: float, share: float) -> tuple[float, float]:
        low, high = value - share * abs(value), value + share * abs(value)
        if not share and term in self._intervals:
            low, high = self._intervals[term]
        # An interval may be narrower than the digits, or of a term without one.
        width = max(high - low, 1e-6 * abs(value), 1e-12)
        return min(low, value - 0.01 * width), max(high, value + 0.01 * width)

    def _take_range(self, _change: dict[str, Any]) -> None:
        if not self._is_changing:
            self._make()
            self._say()

    def _take(self, _change: dict[str, Any]) -> None:
        if not self._is_changing:
            self._say()

    def _say(self) -> None:
        equation = self.equation
        if equation != self._told:
            self._told = equation
            self._tell(equation)

    def _reset(self, _button: Any) -> None:
        if self._equation is None:
            return
        self._is_changing = True
        for term, value in self._equation.terms.items():
            self.sliders[term].value = value
        self._is_changing = False
        self._say()


def _value(slider: ipywidgets.FloatSlider, estimate: float) -> float:
    """Return a slider's value; a browser may move the estimate to the nearest step."""
    value = float(slider.value)
    return estimate if abs(value - estimate) <= 0.51 * slider.step else value


def _nobody(_equation: Equation) -> None:
    """Tell nobody."""
