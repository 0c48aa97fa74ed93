"""The apps in a browser: walks over pages; then each page in both themes, on a phone, with what the walks left."""

import pytest
from e2e.apps import looking
from e2e.apps.admin_walk import walk_admin
from e2e.apps.data_walk import walk_data
from e2e.apps.jobs_walk import walk_jobs
from e2e.apps.results_walk import walk_results

from physforge.apps.pages import PAGES

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.parametrize("walk", [walk_data, walk_results, walk_jobs])
def test_a_walk_ends_well_and_asks_nobody_else(walk, context, workbench):
    page = context.new_page()
    outside = looking.watch_requests(page, workbench.url)
    walk(page, workbench)
    page.close()
    assert outside == []


def test_the_one_user_is_an_administrator(context, workbench):
    page = context.new_page()
    walk_admin(page, workbench.url, many_users=False)
    page.close()


@pytest.mark.parametrize("slug", [one.slug for one in PAGES if not one.hidden])
def test_a_page_can_be_used_by_everybody_and_asks_nobody_else(slug, context, workbench):
    page = context.new_page()
    outside = looking.watch_requests(page, workbench.url)
    page.goto(f"{workbench.url}/services/apps/{slug}")
    looking.wait_until_usable(page)
    found = {"light": looking.axe_violations(page)}
    looking.switch_theme(page)
    found["dark"] = looking.axe_violations(page)
    looking.switch_theme(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(500)
    close_menu(page)
    narrow = {
        "too wide": looking.too_wide(page),
        "clipped": looking.clipped(page),
        "small": looking.small_targets(page),
    }
    page.close()
    assert outside == []
    assert found == {"light": [], "dark": []}
    assert narrow == {"too wide": [], "clipped": [], "small": []}


def close_menu(page) -> None:
    if page.locator(".MuiBackdrop-root").first.is_visible():
        page.keyboard.press("Escape")
        page.wait_for_timeout(500)
