"""One workbench, and a browser in which its user has logged in."""

from collections.abc import Iterator

import pytest
from e2e.bench import Workbench


@pytest.fixture(scope="module")
def context(browser, workbench: Workbench) -> Iterator:
    """A browser in which the user has logged in."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{workbench.url}/hub/login?next=/services/apps/home")
    page.fill("#username_input", workbench.user)
    page.fill("#password_input", workbench.password)
    page.click("#login_submit")
    page.wait_for_url("**/services/apps/home", timeout=60_000)
    page.close()
    yield context
    context.close()
