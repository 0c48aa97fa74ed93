"""Light or dark, wide or narrow: as the browser last had it, from its first frame on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Name of a cookie that holds nothing but two words.
COOKIE = "physforge-view"

#: Run in the head of each page. Light or dark is kept once somebody has switched it; until then the browser decides.
SCRIPT = """
(() => {
  const name = "%s", path = "%s";
  const kept = () => (document.cookie.match(new RegExp(name + "=([a-z]*)\\.")) || ["", ""])[1];
  const shade = () => {
    const parts = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).map(Number);
    return parts[0] + parts[1] + parts[2] < 382 ? "dark" : "light";
  };
  const keep = (theme) => {
    const narrow = matchMedia("(max-width: 599px)").matches ? "narrow" : "wide";
    document.cookie = `${name}=${theme}.${narrow}; path=${path}; max-age=31536000; samesite=lax`;
  };
  keep(kept());
  addEventListener("resize", () => keep(kept()));
  addEventListener("click", () => {
    const before = shade();
    setTimeout(() => { if (shade() !== before) keep(shade()); }, 600);
  }, true);
})();
"""


@dataclass(frozen=True)
class Appearance:
    """How a page begins.

    Parameters
    ----------
    dark : bool or None
        None where the browser has not said it yet.
    narrow : bool
        Whether the menu is closed, since it would cover the page.
    """

    dark: bool | None
    narrow: bool

    @classmethod
    def of(cls, cookies: Mapping[str, Any], headers: Mapping[str, Any]) -> Appearance:
        """Read it from a request; what is missing or odd is not known.

        Parameters
        ----------
        cookies, headers : mapping of str to (str or list of str)
            Of the request.

        Returns
        -------
        Appearance
            At the first visit a guess by the kind of browser.
        """
        words = str(cookies.get(COOKIE, "")).split(".")
        dark = {"dark": True, "light": False}.get(words[0])
        if len(words) == 2:
            return cls(dark, words[1] == "narrow")
        return cls(dark, "Mobile" in str(headers.get("User-Agent", "")))
