"""A workbench with data in it, and a browser whose user has logged in: what is measured is measured on these."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.bench import Workbench
from e2e.chromium import chromium, find_chromium


@dataclass
class Stage:
    """What a measurement is given.

    Parameters
    ----------
    workbench : Workbench
        Running.
    context : playwright.sync_api.BrowserContext
        Logged in, with nothing in its cache.
    """

    workbench: Workbench
    context: Any

    @property
    def apps(self) -> str:
        """Address of the apps, ending in a slash."""
        return f"{self.workbench.url}/services/apps/"


@contextmanager
def stage() -> Iterator[Stage]:
    """Start a workbench and a browser, and stop both."""
    program = find_chromium()
    if program is None:
        raise RuntimeError("There is no Chromium on this machine (on Debian: apt-get install chromium).")
    os.environ["PHYSFORGE_SINGLE_USER"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        bench = Workbench(Path(folder) / "state")
        try:
            bench.up()
            with chromium(program) as browser:
                yield Stage(bench, logged_in(browser, bench))
        finally:
            bench.down()


def logged_in(browser: Any, bench: Workbench) -> Any:
    """Return a context of the browser in which the user has logged in."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{bench.url}/hub/login?next=/services/apps/home")
    page.fill("#username_input", bench.user)
    page.fill("#password_input", bench.password)
    page.click("#login_submit")
    page.wait_for_url("**/services/apps/home", timeout=120_000)
    page.close()
    return context
