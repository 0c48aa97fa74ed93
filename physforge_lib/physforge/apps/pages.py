"""The pages of the apps, in the order of the menu."""

from __future__ import annotations

from physforge.apps.discover_page import DiscoverPage
from physforge.apps.home.view import HomeView
from physforge.apps.page import PageEntry

PAGES: tuple[PageEntry, ...] = (
    PageEntry("home", "Home", HomeView),
    PageEntry("discover", "Discover", DiscoverPage, extensions=("katex",)),
)
