"""The pages of the apps, in the order of the menu."""

from __future__ import annotations

from physforge.apps.admin.view import AdminView
from physforge.apps.compare.view import CompareView
from physforge.apps.data.view import DataView
from physforge.apps.forms.view import form
from physforge.apps.home.view import HomeView
from physforge.apps.jobs.view import JobsView
from physforge.apps.page import PageEntry
from physforge.apps.publish.view import PublishView
from physforge.apps.results.view import ResultsView

PAGES: tuple[PageEntry, ...] = (
    PageEntry("home", "Home", HomeView),
    PageEntry("data", "Data", DataView),
    PageEntry("discover", "Discover", form("discovery", "Discover")),
    PageEntry("solve", "Solve", form("pinn", "Solve")),
    PageEntry("differentiate", "Differentiate", form("derivatives", "Differentiate")),
    PageEntry("simulate", "Simulate", form("simulation", "Simulate")),
    PageEntry("jobs", "Jobs", JobsView),
    PageEntry("compare", "Compare", CompareView),
    PageEntry("results", "Results", ResultsView, extensions=("katex",)),
    PageEntry("publish", "Publish", PublishView),
    PageEntry("admin", "Admin", AdminView, admin=True),
)
