"""Read a result, change its equation, and make a report, as a person does in a browser."""

from __future__ import annotations

import re

import httpx
from e2e.apps import looking
from e2e.bench import Workbench, wait_for

#: Would run if a name became a part of the page.
NASTY = '<img src=x onerror="window.hit = 1">'


def asked(workbench: Workbench, token: str, kind: str, config: dict) -> str:
    """Ask for a job, and wait for its end."""
    headers = {"Authorization": f"Bearer {token}"}
    jobs = f"{workbench.url}/services/api/v1/jobs"
    answer = httpx.post(jobs, json={"jobs": [{"kind": kind, "config": config}]}, headers=headers, timeout=60)
    job_id = answer.raise_for_status().json()["items"][0]["id"]

    def ended() -> bool:
        return httpx.get(f"{jobs}/{job_id}", headers=headers, timeout=30).json()["state"] in ("succeeded", "failed")

    wait_for(ended, f"the {kind} job", 120)
    return job_id


def walk_results(page, workbench: Workbench) -> None:
    """Open a discovery, change the equation, see the simulation follow, and open a report of it.

    The page is one in which the workbench's user has logged in.
    """
    token = workbench.token_of(workbench.user, workbench.password)
    job_id = asked(workbench, token, "discovery", {"dataset": "burgers"})
    page.set_default_timeout(90_000)
    outside = looking.watch_requests(page, workbench.url)
    page.goto(f"{workbench.url}/services/apps/results?job={job_id}")
    page.get_by_role("heading", name="What speaks against it").or_(
        page.get_by_role("heading", name="Outcome")
    ).wait_for()
    page.get_by_text("holds until t =").first.wait_for()
    assert errors_of(page) < 0.01
    change_equation(page)
    make_report(page, workbench)
    assert outside == []


def errors_of(page) -> float:
    """Return the error of the simulation that is shown."""
    row = page.get_by_role("table", name="How far the simulation is from the data").locator("tbody tr").first
    return float(row.locator("td").nth(1).inner_text())


def change_equation(page) -> None:
    """Type another coefficient, add a term, be refused with one that is none, and take it all back."""
    page.get_by_label("Equations, one a line").fill("u_t = -u*u_x + 0.3*u_xx")
    wait_for(lambda: errors_of(page) > 0.05, "the simulation of the changed equation", 30)
    page.get_by_label("New term").fill(NASTY)
    page.get_by_role("button", name=re.compile("^Add")).first.click()
    page.get_by_text("This term cannot be read").wait_for()
    page.get_by_label("New term").fill("0.05*u")
    page.get_by_role("button", name=re.compile("^Add")).first.click()
    wait_for(lambda: "0.05" in page.get_by_label("The equations in it").input_value(), "the new term", 30)
    page.get_by_role("button", name="Reset").click()
    wait_for(lambda: errors_of(page) < 0.01, "the simulation of the equation that was found", 30)
    assert page.evaluate("window.hit") is None


def make_report(page, workbench: Workbench) -> None:
    """Make a report with a title that would do harm, and open what came of it."""
    page.get_by_label("Title of the report").fill(NASTY)
    page.get_by_role("button", name="Make a report").click()
    link = page.get_by_role("link", name="Open the report").first
    link.wait_for()
    address = link.get_attribute("href")
    opened = page.context.request.get(f"{workbench.url}/services/apps/{address}")
    assert opened.status == 200
    assert opened.headers["content-security-policy"].startswith("sandbox;")
    printed = page.context.request.get(f"{workbench.url}/services/apps/{address.replace('.html', '.pdf')}")
    assert printed.body().startswith(b"%PDF")
    assert printed.headers["content-disposition"].startswith("attachment")
    refused = page.context.request.get(f"{workbench.url}/services/apps/{address.replace('report.html', 'result.json')}")
    assert refused.status == 404
    stranger = httpx.get(f"{workbench.url}/services/apps/{address}", follow_redirects=False, timeout=30)
    assert stranger.status_code == 302
    page.goto(f"{workbench.url}/services/apps/{address}")
    assert page.evaluate("window.hit") is None
