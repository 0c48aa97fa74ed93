"""The sidebar of JupyterLab as somebody uses it, with a name that would run if it were taken for HTML."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

EVIL = "<img src=x onerror=window.ran=true>"

#: A data set of that name and title, and a job that works on it.
OWN = f"""
import physforge as pf
stored = pf.open_dataset("lynx-hare").assign_attrs(title={EVIL!r})
pf.Workspace().store.add(stored, name={EVIL!r}, message={EVIL!r})
job = pf.submit("derivatives", {{"dataset": {EVIL!r}, "names": ["hare_thousands_t"], "method": "finite-difference"}})
"""


def use_the_sidebar(page: Any, run: Callable[[str], str]) -> None:
    """Find data, put it into the notebook that is open, follow a job, and use a cluster."""
    run(OWN)
    page.click("li[data-id='physforge-sidebar']")
    put_data_into_the_notebook(page)
    follow_a_job(page)
    use_a_cluster(page)
    assert page.evaluate("window.ran") is None
    page.click("li[data-id='physforge-sidebar']")


def put_data_into_the_notebook(page: Any) -> None:
    """Drag an entry to a place between cells, and insert another one with the keyboard."""
    page.wait_for_selector(".pf-option", timeout=30_000)
    assert page.locator(".pf-option .pf-name").first.inner_text() == EVIL
    search = page.get_by_label("Filter data sets")
    search.fill("lynx pelts")
    entry = page.get_by_role("option", name="lynx-hare")
    assert entry.count() == 1
    entry.drag_to(page.locator(".jp-Notebook .jp-InputPrompt:visible").last)
    active = page.locator(".jp-Cell.jp-mod-active .cm-content")
    expect(active).to_have_text('ds = pf.open_dataset("lynx-hare")', timeout=20_000)
    search.fill("img")
    page.keyboard.press("Tab")  # over the button that is off, to the one that loads the list again
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(active).to_have_text(f'ds = pf.open_dataset("{EVIL}")', timeout=20_000)


def follow_a_job(page: Any) -> None:
    """See a job in the list as it ends, and read its log."""
    row = page.locator(".pf-job", has_text="derivatives").first
    row.wait_for(timeout=30_000)
    assert EVIL in row.inner_text()
    row.locator(".pf-title").click()
    page.wait_for_selector(".pf-job-view[data-state=succeeded]", timeout=60_000)
    page.wait_for_selector(".pf-job-view .pf-log:not(:empty)", timeout=30_000)
    assert EVIL in page.locator(".pf-job-view h1").inner_text()


def use_a_cluster(page: Any) -> None:
    """Start a cluster, give it a worker, and stop it."""
    page.click("button:has-text('New cluster')")
    page.wait_for_selector(".pf-cluster:has-text('0 workers')", timeout=60_000)
    page.fill(".pf-workers", "1")
    page.keyboard.press("Enter")
    page.wait_for_selector(".pf-cluster:has-text('1 worker,')", timeout=60_000)
    assert "/physforge/clusters/" in page.locator(".pf-cluster .pf-link").get_attribute("href")
    page.click(".pf-cluster button:has-text('Stop')")
    page.click(".jp-Dialog button:has-text('Stop')")
    page.wait_for_selector("text=No cluster runs.", timeout=60_000)
