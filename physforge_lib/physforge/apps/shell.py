"""What every page has around it: title, ways to the other pages, light and dark."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.appearance import COOKIE, SCRIPT, Appearance
from physforge.apps.installing import ICON, MANIFEST
from physforge.apps.notices.view import Notices
from physforge.apps.page import PageEntry
from physforge.apps.person import Person

#: Controls are at least so high, in pixels: what a finger hits.
TARGET = 44

_NAVIGATION = f"""
:host {{ width: 100%; }}
a {{
  display: flex; align-items: center; gap: 12px; min-height: {TARGET}px; padding: 0 16px; border-radius: 8px;
  color: var(--mui-palette-text-primary, inherit); text-decoration: none; font: 500 15px/1.3 inherit;
}}
a:hover {{ background: color-mix(in srgb, currentColor 8%, transparent); }}
a:focus-visible {{ outline: 2px solid var(--mui-palette-primary-main, #0b5a8f); outline-offset: -2px; }}
a[aria-current] {{ background: color-mix(in srgb, currentColor 12%, transparent); font-weight: 700; }}
hr {{ border: 0; border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); }}
"""

#: Of widgets, whatever the colours: labels with a box or switch are hit anywhere on them.
_COMPONENTS = {"MuiFormControlLabel": {"styleOverrides": {"root": {"minHeight": TARGET}}}}

#: Colours of light and dark; text on them has a contrast of at least 4.5.
_THEME = {
    "light": {
        "palette": {"primary": {"main": "#0b5a8f"}, "secondary": {"main": "#8a4b00"}},
        "components": _COMPONENTS,
    },
    "dark": {"palette": {"primary": {"main": "#7cc0ee"}, "secondary": {"main": "#f0b463"}}, "components": _COMPONENTS},
}


def framed(entry: PageEntry, pages: Sequence[PageEntry], view: Any, *, prefix: str, person: Person) -> pmui.Page:
    """Put a page into the frame that all share.

    Parameters
    ----------
    entry : PageEntry
        The page.
    pages : sequence of PageEntry
        All, in the order of the menu; those for administrators are added once it is known that the person is one.
    view : PageView
        What it shows.
    prefix : str
        Address of the apps at this origin, ending in a slash.
    person : Person
        Whose page it is.

    Returns
    -------
    panel_material_ui.Page
        To be served.
    """
    menu = pn.pane.HTML(_navigation(entry, pages, prefix, person.name), stylesheets=[_NAVIGATION], margin=0)

    async def complete_menu() -> None:
        if any(one.admin for one in pages) and await person.is_admin():
            menu.object = _navigation(entry, pages, prefix, person.name, admin=True)

    notices = Notices(person)
    pn.state.onload(complete_menu)
    pn.state.onload(notices.begin)
    begins = Appearance.of(pn.state.cookies or {}, pn.state.headers or {})
    page = pmui.Page(
        title=f"{entry.title} - PhysForge",
        main=[pmui.Container(view, width_option="xl", sizing_mode="stretch_width"), notices],
        sidebar=[menu],
        sidebar_width=232,
        sidebar_resizable=False,
        favicon=f"{prefix}{ICON}",
        theme_config=_THEME,
        site_url=f"{prefix}home",
        sidebar_open=not begins.narrow,
        # Pages say what they wait for; the bar has no name for a screen reader.
        busy_indicator=None,
        sx={".MuiAppBar-root .MuiIconButton-root": {"minWidth": TARGET, "minHeight": TARGET}},
        dark_theme=bool(begins.dark),
        template=_template(prefix),
    )
    if begins.dark is None:
        pn.state.onload(lambda: _follow_browser(page))
    return page


def _follow_browser(page: pmui.Page) -> None:
    info = pn.state.browser_info
    if info is not None and info.dark_mode:
        page.dark_theme = True


def _template(prefix: str) -> str:
    """Return a template of a page that browsers can install."""
    link = f'<link rel="manifest" href="{html.escape(prefix + MANIFEST)}" crossorigin="use-credentials">'
    script = f"<script>{SCRIPT % (COOKIE, prefix)}</script>"
    return f"{{% extends 'base.html' %}}{{% block preamble %}}{link}{script}{{{{ super() }}}}{{% endblock %}}"


def _navigation(current: PageEntry, pages: Sequence[PageEntry], prefix: str, user: str, *, admin: bool = False) -> str:
    links = [
        f'<a href="{html.escape(prefix + one.slug)}"{" aria-current=page" if one.slug == current.slug else ""}>'
        f"{html.escape(one.title)}</a>"
        for one in pages
        if not one.hidden and (admin or not one.admin)
    ]
    account = f'<a href="/hub/home">{html.escape(user)}: notebooks and account</a>'
    return f'<nav aria-label="Pages">{"".join(links)}<hr>{account}</nav>'
