"""What every page asks of others, and what axe finds on it, in both themes."""

from __future__ import annotations

from typing import Any

from benchmarks.apps.stage import Stage
from benchmarks.derivatives.rows import Line
from e2e.apps import looking

from physforge.apps.pages import PAGES


def measure(stage: Stage) -> dict[str, Any]:
    """Open every page, switch its theme, and make it narrow."""
    return {one.slug: _look(stage, one.slug) for one in PAGES}


def _look(stage: Stage, slug: str) -> dict[str, Any]:
    page = stage.context.new_page()
    outside = looking.watch_requests(page, stage.workbench.url)
    page.goto(f"{stage.apps}{slug}")
    looking.wait_until_usable(page)
    found = looking.axe_violations(page)
    looking.switch_theme(page)
    found += looking.axe_violations(page)
    looking.switch_theme(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(500)
    if page.locator(".MuiBackdrop-root").first.is_visible():
        page.keyboard.press("Escape")
        page.wait_for_timeout(500)
    narrow = [*looking.too_wide(page), *looking.clipped(page), *looking.small_targets(page)]
    page.close()
    return {"outside": outside, "axe": found, "narrow": narrow}


def lines(result: dict[str, Any]) -> list[Line]:
    """Return the rows."""
    counts = {name: sum(len(one[name]) for one in result.values()) for name in ("outside", "axe", "narrow")}
    pages = f"{len(result)} pages"
    known = len(looking.EXCEPTIONS)
    return [
        Line(f"requests outside the origin, {pages}", "0", str(counts["outside"]), counts["outside"] == 0),
        Line(
            f"axe violations in what we write, {pages}, both themes",
            "0",
            f"{counts['axe']} (and {known} kinds in panel-material-ui itself, listed in tests/e2e/apps/looking.py)",
            counts["axe"] == 0,
        ),
        Line(
            f"390 px wide: overflow, clipped text, small targets, {pages}",
            "0",
            str(counts["narrow"]),
            counts["narrow"] == 0,
        ),
    ]
