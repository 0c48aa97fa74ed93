"""Every page of the apps, in both themes and on a phone: it asks nobody else, can be used by everybody, and fits."""

import pytest
from e2e.apps import looking

from physforge.apps.pages import PAGES

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]


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
