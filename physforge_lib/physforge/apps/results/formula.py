"""Equations set in LaTeX by KaTeX, which is part of the page."""

from __future__ import annotations

from typing import Any

import panel as pn

from physforge.equations import System

#: Wide equations go on in the next line: what one scrolls sideways cannot be read by keyboard alone.
_STYLE = ":host { width: 100%; text-align: center; } .katex { line-height: 1.8; }"


class Formula(pn.viewable.Viewer):
    """A system of equations as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self._panes: list[Any] = []
        self._place = pn.Column(sizing_mode="stretch_width", margin=0)

    def __panel__(self) -> Any:
        """Return what is shown."""
        return self._place

    def draw(self, system: System) -> None:
        """Show equations.

        Parameters
        ----------
        system : System
            Their LaTeX is made of parsed names and numbers, whatever somebody typed.
        """
        sources = [f"$\\displaystyle {one.to_latex()}$" for one in system]
        if len(sources) != len(self._panes):
            self._panes = [
                pn.pane.LaTeX(one, renderer="katex", styles={"font-size": "1.25em"}, stylesheets=[_STYLE])
                for one in sources
            ]
            self._place.objects = self._panes
            return
        for pane, source in zip(self._panes, sources, strict=True):
            pane.object = source
