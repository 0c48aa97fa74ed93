"""What every page is looked at for: requests elsewhere, overflow, clipped text, small targets, and what axe finds."""

import time
from typing import Any

from axe_playwright_python.sync_playwright import Axe

#: What axe finds in panel-material-ui 0.16.6 itself: rule and a part of the element -> where it comes from.
#: None of them is in its list of issues (https://github.com/panel-extensions/panel-material-ui/issues) yet.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("empty-heading", "MuiTypography-h5"): "Page.jsx keeps the height of its bar free with an empty heading",
    ("heading-order", "MuiTypography-h5"): "the same empty heading",
    ("aria-progressbar-name", "MuiLinearProgress-root"): "Page.jsx names the bar that shows that it is busy not at all",
    ("region", "data-pmui-layer"): "the layer of menus and tooltips is outside of every landmark",
}

#: Least height and width of what a finger hits, in CSS pixels.
TARGET = 44

_EVERYWHERE = """
const everywhere = (root, found = []) => {
  for (const one of root.querySelectorAll("*")) {
    found.push(one);
    if (one.shadowRoot) everywhere(one.shadowRoot, found);
  }
  return found;
};
const shown = (one) => {
  const box = one.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && getComputedStyle(one).visibility === "visible";
};
const words = (one) => one.getAttribute("aria-label") || one.textContent.trim().slice(0, 40);
const named = (one) => `${one.tagName.toLowerCase()} ${words(one)}`;
"""

_TOO_WIDE = (
    "() => {"
    + _EVERYWHERE
    + """
  return everywhere(document).filter((one) => {
    if (!shown(one)) return false;
    const box = one.getBoundingClientRect();
    return box.right > innerWidth + 1 && box.left < innerWidth && !scrolls(one);
  }).map(named).slice(0, 5);
  function scrolls(one) {
    for (let up = one; up; up = up.parentElement || (up.getRootNode() || {}).host) {
      if (["auto", "scroll", "hidden"].includes(getComputedStyle(up).overflowX) && up !== one) return true;
    }
    return false;
  }
}"""
)

_CLIPPED = (
    "() => {"
    + _EVERYWHERE
    + """
  return everywhere(document).filter((one) => {
    const style = getComputedStyle(one);
    const text = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    return text && shown(one) && ["hidden", "clip"].includes(style.overflowX) && one.scrollWidth > one.clientWidth + 1
      && one.clientWidth > 1;
  }).map(named).slice(0, 5);
}"""
)

_SMALL = (
    "(least) => {"
    + _EVERYWHERE
    + """
  const around = ".MuiFormControl-root, .MuiFormControlLabel-root, label";
  const box = (one) => (one.closest(around) || one).getBoundingClientRect();
  return everywhere(document).filter((one) => {
    const control = one.matches("button, input, select, textarea, nav a, [role=button], [role=switch], summary");
    return control && shown(one) && !one.disabled && box(one).height < least;
  }).map((one) => `${named(one)} ${Math.round(box(one).height)} px`).slice(0, 8);
}"""
)


def watch_requests(page, url: str) -> list[str]:
    """Return a list that fills with requests to other origins."""
    outside: list[str] = []
    inside = (url, url.replace("http", "ws", 1), "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(inside) else outside.append(request.url))
    return outside


def wait_until_usable(page, seconds: float = 60.0) -> None:
    """Wait until the page has its heading and nothing covers it."""
    page.wait_for_selector("h1", timeout=seconds * 1000)
    page.wait_for_function(
        "() => { const one = document.getElementById('loader'); return !one || one.style.display === 'none'; }",
        timeout=seconds * 1000,
    )


def axe_violations(page) -> list[str]:
    """Return what axe finds, without what is known to be others'."""
    found = Axe().run(page).response["violations"]
    return [text for one in found for text in _told(one)]


def _told(violation: dict[str, Any]) -> list[str]:
    rule = violation["id"]
    return [
        f"{rule}: {node['html'][:160]} {[one['message'][:140] for one in node['any']][:1]}"
        for node in violation["nodes"]
        if not any(rule == known and part in node["html"] for known, part in EXCEPTIONS)
    ]


def too_wide(page) -> list[str]:
    """Return what reaches beyond the right edge."""
    return page.evaluate(_TOO_WIDE)


def clipped(page) -> list[str]:
    """Return what has text that is cut off."""
    return page.evaluate(_CLIPPED)


def small_targets(page) -> list[str]:
    """Return the controls that are too small for a finger."""
    return page.evaluate(_SMALL, TARGET)


def switch_theme(page) -> None:
    """Switch between light and dark, as a person does."""
    page.get_by_role("button", name="toggle theme").or_(page.locator("[aria-label*=heme]")).first.click()
    # Colours fade over.
    time.sleep(1.5)
