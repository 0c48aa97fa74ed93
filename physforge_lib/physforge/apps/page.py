"""What a page is, to whoever serves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from physforge.apps.person import Person

#: The query of a page's address: the first value of each name.
Query = Mapping[str, str]


class PageView(Protocol):
    """What a page shows, from top to bottom, and what it does once it is there."""

    def __panel__(self) -> Any:
        """Return what is shown; nothing is asked for yet, so that the page is there at once."""

    async def begin(self) -> None:
        """Ask for what is to be shown; mistakes and failures become sentences on the page."""


@dataclass(frozen=True)
class PageEntry:
    """A page of the apps.

    Parameters
    ----------
    slug : str
        End of its address.
    title : str
        In the menu and of the window.
    make : callable
        ``make(person, query)`` returns the view; the query is untrusted.
    extensions : tuple of str
        Of Panel, loaded on this page alone.
    admin : bool, default False
        Whether it is for administrators alone.
    hidden : bool, default False
        Whether the menu leaves it out.
    """

    slug: str
    title: str
    make: Callable[[Person, Query], PageView]
    extensions: tuple[str, ...] = ()
    admin: bool = False
    hidden: bool = False
