"""Notices, drawn in a corner of any page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import panel as pn
import param
from panel.custom import JSComponent

from physforge.apps.notices.state import LONG_S, NoticesState
from physforge.apps.person import Person

_STYLE = """
:host { position: fixed; right: 16px; bottom: 16px; z-index: 1300; width: min(360px, calc(100vw - 32px)); }
section { margin-top: 8px; padding: 8px 16px; border-radius: 8px; border-left: 6px solid #0b6fb8;
  color: var(--mui-palette-text-primary, #1b1b1b); background: var(--mui-palette-background-paper, #fff);
  box-shadow: 0 3px 14px rgb(0 0 0 / 40%); font: 15px/1.4 inherit; }
p { margin: 4px 0 0; overflow-wrap: anywhere; }
a, button { display: inline-flex; align-items: center; min-height: 44px; min-width: 44px; margin-right: 16px;
  font: inherit; color: var(--mui-palette-primary-main, #0b5a8f); text-decoration: underline; background: none;
  border: 0; padding: 0;
  cursor: pointer; }
a:focus-visible, button:focus-visible { outline: 2px solid var(--mui-palette-primary-main, #0b5a8f); }
"""


class NoticeList(JSComponent):
    """Boxes with a text, a link and a button that takes them away.

    Parameters
    ----------
    dismiss : callable
        Given the id of the job whose notice is taken away.
    **params : object
        Of the component.
    """

    notices = param.List(default=[], doc="As mappings: job, words, link and to.")

    _esm = Path(__file__).with_name("notices.js")
    _stylesheets = [_STYLE]  # noqa: RUF012 - Panel's own way

    def __init__(self, dismiss: Callable[[str], None], **params: Any) -> None:
        self._dismiss = dismiss
        super().__init__(**params)

    def _handle_msg(self, data: Any) -> None:
        """Hear that a notice was read."""
        if isinstance(data, dict):
            self._dismiss(str(data.get("dismiss", "")))


class Notices(pn.viewable.Viewer):
    """Tells whoever looks at a page that a job of theirs has ended.

    Parameters
    ----------
    person : Person
        Whose page it is.
    """

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.state = NoticesState(person)
        self._list = NoticeList(self.state.dismiss, margin=0)
        self.state.param.watch(self._draw, "notices")
        self._rests = False

    def __panel__(self) -> Any:
        """Return what is shown."""
        return self._list

    async def begin(self) -> None:
        """Look now, and again while the page is open: twice as often while a job runs."""
        await self.state.look()
        pn.state.add_periodic_callback(self._look, period=int(LONG_S * 500))  # type: ignore[arg-type]

    async def _look(self) -> None:
        self._rests = not self._rests and not self.state.watches
        if not self._rests:
            await self.state.look()

    def _draw(self, *_events: Any) -> None:
        self._list.notices = [
            {"job": one.job, "words": one.words, "link": one.link.text, "to": one.link.to} for one in self.state.notices
        ]
