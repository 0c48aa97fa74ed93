"""The pages of jobs as somebody uses them: follow a training, read of its end, find it again, compare two runs."""

import re

from e2e.bench import Workbench
from playwright.sync_api import expect

from physforge.client import Login
from physforge.jobs import JobSpec
from physforge.jobs.remote_store import RemoteJobStore

#: Runs if it is ever taken for HTML.
NASTY = '<img src=x onerror="window.hit=1">'

HEAT = {
    "equations": "u_t = 0.1*u_xx",
    "domain": {"x": [-1, 1], "t": [0, 1]},
    "conditions": [
        {"kind": "initial", "value": "-sin(pi*x)"},
        {"kind": "dirichlet", "at": {"x": -1.0}, "value": 0.0},
        {"kind": "dirichlet", "at": {"x": 1.0}, "value": 0.0},
    ],
    "budget_s": 12.0,
}


def walk_jobs(page, workbench: Workbench, keep=str) -> None:
    """Walk, as somebody who is logged in at the hub; `keep(name)` may take a picture of each page."""
    store = RemoteJobStore(Login(workbench.url, workbench.token_of(workbench.user, workbench.password)))
    try:
        specs = [JobSpec("pinn", HEAT, seed=seed) for seed in (7, 8)]
        first, second = store.submit(specs, batch=NASTY)
        follow_a_training(page, workbench, first.id, keep)
        store.cancel(second.id)
        find_both(page, workbench, second.id, keep)
        compare_both(page, keep)
    finally:
        store.close()
    assert page.evaluate("window.hit") is None


def follow_a_training(page, workbench: Workbench, job_id: str, keep) -> None:
    """See log and curve grow, and hear of the end."""
    page.goto(f"{workbench.url}/services/apps/jobs?job={job_id}", wait_until="commit")
    page.wait_for_selector(f"h1:has-text('pinn {job_id[:8]}')", timeout=90_000)
    page.wait_for_selector("pre[role=log]:has-text('held-out residual')", timeout=120_000)
    page.wait_for_selector(".bk-Figure canvas >> visible=true", timeout=30_000)
    page.wait_for_selector("text=It is done, in", timeout=120_000)
    page.wait_for_selector("a:has-text('Result')")
    notice = page.locator("[role=status] section", has_text=f"pinn {job_id[:8]} is done")
    notice.wait_for(timeout=60_000)
    keep("job")
    notice.get_by_role("button").click()
    notice.wait_for(state="detached")


def find_both(page, workbench: Workbench, cancelled: str, keep) -> None:
    """Filter the list, and choose with the keyboard and shift."""
    page.goto(f"{workbench.url}/services/apps/jobs?kind=pinn", wait_until="commit")
    rows = page.locator("table[aria-label=Jobs] tbody tr")
    rows.nth(1).wait_for(timeout=90_000)
    page.get_by_label("Search in settings and errors").fill("u_xx")
    page.get_by_label("Search in settings and errors").press("Enter")
    page.wait_for_selector(f"tr:has-text('pinn {cancelled[:8]}') >> text=cancelled", timeout=60_000)
    keep("jobs")
    boxes = page.locator("tbody input[type=checkbox]")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    boxes.nth(1).click(modifiers=["Shift"])
    page.get_by_role("link", name="Compare 2 jobs").click()


def compare_both(page, keep) -> None:
    """See what differs: the seed, the state, and what was measured."""
    head = page.locator("table[aria-label=Runs] thead")
    head.get_by_text("loss (last)").wait_for(timeout=90_000)
    assert head.get_by_text("seed").count() == 1
    assert head.get_by_text("equations").count() == 0
    page.locator(".bk-Figure canvas").first.wait_for(timeout=60_000)
    head.get_by_role("button", name="seed").click()
    page.wait_for_selector("th[aria-sort=ascending]:has-text('seed')", timeout=30_000)
    first = page.locator("table[aria-label=Runs] tbody tr").first
    expect(first.locator("td.number", has_text=re.compile("^7$")).first).to_be_visible(timeout=30_000)
    keep("compare")
