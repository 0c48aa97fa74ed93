"""Publish a script, be refused as a stranger to it, be shown it, and open it where it is stopped."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

#: Counts as its owner, and tries what a page at this origin must not be able to do.
SCRIPT = """
import os
import panel as pn

pn.extension()
button, said = pn.widgets.Button(name="Count"), pn.pane.Str("nothing yet")
button.on_click(lambda _: setattr(said, "object", f"counted {button.clicks} as {os.getuid()}"))
pn.Column("# Rain in the lab", button, said).servable(title="Rain")
"""

TITLE = "Rain <img src=x onerror=alert(1)>"


def walk_publish(owner: Page, url: str, *, visitor: Page | None = None, put: Callable[[str, str], Path]) -> str:
    """Walk it; both pages are logged in already.

    Parameters
    ----------
    owner : playwright.sync_api.Page
        Of whoever publishes.
    url : str
        The workbench's address, without a slash.
    visitor : playwright.sync_api.Page, optional
        Of somebody else, who is no administrator.
    put : callable
        Puts a text into a file of the owner's home.

    Returns
    -------
    str
        Path of what was published.
    """
    put("rain.py", SCRIPT)
    owner.goto(f"{url}/services/apps/publish")
    for label, words in (("Title", TITLE), ("Result (job)", "rain.py")):
        owner.get_by_label(label).fill(words)
        owner.get_by_label(label).press("Tab")
    owner.get_by_role("button", name="Publish", exact=True).click()
    link = owner.get_by_role("link", name=TITLE)
    link.wait_for(timeout=120_000)
    path = str(link.get_attribute("href"))
    if visitor is not None:
        visitor.goto(f"{url}{path}")
        visitor.get_by_text("You may not see this dashboard").first.wait_for()
        _show_to_every_user(owner)
        _open(visitor, url + path)
        owner.get_by_role("button", name="Stop").click()
        expect(owner.get_by_text("stopped; seen by")).to_be_visible(timeout=60_000)
        _open(visitor, url + path)
    else:
        _open(owner, url + path)
    return path


def _show_to_every_user(owner: Page) -> None:
    owner.get_by_role("combobox", name="Who may see it").click()
    owner.locator("li", has_text="Every user").click()
    owner.get_by_role("button", name="Apply").click()
    owner.get_by_text("seen by every user").wait_for(timeout=60_000)


def _open(page: Page, address: str) -> None:
    page.goto(address, timeout=60_000)
    # It may be starting, and whoever is not its owner is asked by the hub the first time.
    agree, button = page.get_by_role("button", name="Authorize"), page.get_by_role("button")
    page.locator("button:has-text('Authorize'), button:has-text('Count')").first.wait_for(timeout=120_000)
    if agree.count():
        agree.first.click()
    button.filter(has_text="Count").click(timeout=60_000)
    page.get_by_text("counted 1 as").wait_for(timeout=60_000)
    # In a sandbox: nobody at this origin, whoever is logged in.
    assert page.evaluate("self.origin") == "null"
