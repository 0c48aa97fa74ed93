"""The page of data sets in a real browser: files that are taken, cut off and refused, and what is done with them."""

from typing import Any

from e2e.bench import Workbench
from playwright.sync_api import Page, Route, expect

#: A name that would run as a script, if names were HTML.
EVIL = '<img src=x onerror="window.hit=1">'

CSV = "t,x\n" + "".join(f"{k / 10},{(k / 10) ** 2}\n" for k in range(60))

#: Of more than one part, in bytes of 2 MiB.
LONG = "t,x\n" + "".join(f"{k},{k % 97}\n" for k in range(400_000))

_LONG_MS = 120_000


def walk_data(page: Page, workbench: Workbench) -> None:
    """Walk as somebody who is logged in; the caller counts requests outside the origin."""
    page.goto(f"{workbench.url}/services/apps/data")
    expect(page.get_by_role("button", name="Choose files")).to_be_visible(timeout=_LONG_MS)
    _upload(page)
    _look(page)
    _take_out(page)
    _remove(page)
    assert not page.evaluate("window.hit"), "a name ran as a script"


def _upload(page: Page) -> None:
    parts: list[str] = []

    def cut_off(route: Route) -> None:
        parts.append(route.request.url)
        # The second part does not come through, however often it is tried.
        if 2 <= len(parts) <= 7:
            route.abort()
        else:
            route.continue_()

    page.route("**/uploads/*offset*", cut_off)
    _choose(page, ("run.pkl", "x"), ("empty.csv", ""), ("long run.csv", LONG))
    rows = page.locator("li[data-task]")
    expect(rows.nth(0)).to_contain_text("Files ending in .pkl are not taken")
    expect(rows.nth(1)).to_contain_text("The file is empty.")
    expect(rows.nth(2)).to_contain_text("cut off after 2.10 MB", timeout=_LONG_MS)
    page.unroute("**/uploads/*offset*")
    page.get_by_role("button", name="Go on: long run.csv").click()
    expect(rows.nth(2)).to_contain_text("Kept", timeout=_LONG_MS)
    _choose(page, ("broken.nc", "no netCDF"), (f"{EVIL}.csv", CSV), ("long run.csv", CSV))
    expect(rows.nth(5)).to_contain_text("You have a data set 'long run' already", timeout=_LONG_MS)
    page.get_by_role("button", name="Add as version 2: long run.csv").click()
    expect(rows.nth(3)).to_contain_text("Kept, but it cannot be read", timeout=_LONG_MS)
    expect(rows.nth(4)).to_contain_text("units: nothing has one", timeout=_LONG_MS)
    expect(rows.nth(5)).to_contain_text("Kept and checked", timeout=_LONG_MS)


def _look(page: Page) -> None:
    page.get_by_label("Search").fill("long run")
    expect(page.get_by_role("link", name=EVIL)).to_have_count(0)
    page.get_by_role("link", name="long run", exact=True).click()
    expect(page.get_by_role("heading", name="long run")).to_be_focused(timeout=_LONG_MS)
    expect(page.locator("canvas").first).to_be_visible(timeout=_LONG_MS)
    expect(page.get_by_role("link", name="version 1", exact=True)).to_be_visible(timeout=_LONG_MS)
    expect(page.get_by_role("img", name="long run v2 from long run v1")).to_be_visible(timeout=_LONG_MS)


def _take_out(page: Page) -> None:
    with page.expect_download() as original:
        page.get_by_role("link", name="long run.csv (").click()
    assert original.value.path().read_text() == CSV
    page.get_by_role("button", name="Prepare file").click()
    link = page.get_by_role("link", name="long run-v2.nc")
    expect(link).to_be_visible(timeout=_LONG_MS)
    with page.expect_download() as exported:
        link.click()
    assert exported.value.path().read_bytes()[1:4] in (b"HDF", b"DF\x01")


def _remove(page: Page) -> None:
    page.get_by_label("Name of the person or group").fill("nobody-at-all")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_text("No person is called 'nobody-at-all'")).to_be_visible(timeout=_LONG_MS)
    page.get_by_role("button", name="Move to trash").click()
    expect(page.get_by_text("long run is in the trash.")).to_be_visible(timeout=_LONG_MS)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Sharing")).to_be_visible(timeout=_LONG_MS)


def _choose(page: Page, *files: tuple[str, str]) -> None:
    given: list[Any] = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": content.encode()} for name, content in files
    ]
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(given)
