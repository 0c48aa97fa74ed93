"""Invite somebody, keep them out and let them in again, on the page for administrators."""

from playwright.sync_api import Page


def walk_admin(page: Page, url: str, *, many_users: bool) -> None:
    """Walk it as an administrator who is logged in.

    Parameters
    ----------
    page : playwright.sync_api.Page
        Of the administrator.
    url : str
        The workbench's address, without a slash.
    many_users : bool
        Whether the workbench is for many; one for a single user invites nobody, and says so.
    """
    page.goto(f"{url}/services/apps/admin")
    page.get_by_role("table", name="Health").wait_for(timeout=60_000)
    page.get_by_role("table", name="People").wait_for(timeout=60_000)
    page.get_by_label("Name of an account").fill("pf-walk-guest")
    page.get_by_label("Name of an account").press("Tab")
    page.get_by_role("button", name="Invite").click()
    said = "/hub/welcome?token=" if many_users else "nobody can be invited"
    page.get_by_text(said).first.wait_for(timeout=60_000)


def walk_no_admin(page: Page, url: str) -> None:
    """Walk it as somebody who is none: a sentence, and no data.

    Parameters
    ----------
    page : playwright.sync_api.Page
        Of somebody who is logged in.
    url : str
        The workbench's address, without a slash.
    """
    page.goto(f"{url}/services/apps/admin")
    page.get_by_text("This page is for administrators").wait_for(timeout=60_000)
    assert page.get_by_role("table").count() == 0
