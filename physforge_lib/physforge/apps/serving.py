"""The process that serves the apps."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

import panel as pn
import panel_material_ui as pmui
from bokeh.io import curdoc
from jupyterhub.services.auth import HubOAuth
from tornado.web import RedirectHandler

from physforge.apps.downloading import download_routes
from physforge.apps.hub_login import HubLogin, token_of
from physforge.apps.installing import ICON, MANIFEST, Icon, Manifest
from physforge.apps.page import PageEntry
from physforge.apps.pages import PAGES
from physforge.apps.person import Person
from physforge.apps.receiving import upload_routes
from physforge.apps.results.artifact_files import artifact_routes
from physforge.apps.shell import framed
from physforge.apps.user_kernel import UserKernel
from physforge.client import Login
from physforge.datasets.catalog import Catalog
from physforge.settings import Settings
from physforge.workbench.apps import APPS_SCOPE

#: Where the process listens, and the address that browsers use; set by the workbench.
PORT_VARIABLE, URL_VARIABLE = "PHYSFORGE_APPS_PORT", "PHYSFORGE_APPS_URL"

#: Milliseconds after which a page that went away is forgotten, and between two looks for such.
_FORGOTTEN, _LOOK = 30_000, 10_000


def serve() -> None:
    """Serve until told to stop."""
    oauth = HubOAuth(access_scopes={APPS_SCOPE})
    url = os.environ[URL_VARIABLE]
    secret = _cookie_secret(oauth)

    def who() -> Person:
        token = token_in(dict(pn.state.cookies))
        name = str(oauth.user_for_token(token)["name"])
        return Person(name, Login(url.rstrip("/"), token), UserKernel(url, oauth.api_url, name, token))

    def token_in(cookies: dict[str, str]) -> str:
        return token_of(cookies, oauth, secret)

    pn.serve(
        {entry.slug: page_maker(entry, who, oauth.base_url) for entry in PAGES},
        address="127.0.0.1",
        port=int(os.environ[PORT_VARIABLE]),
        prefix=oauth.base_url,
        websocket_origin=urlsplit(url).netloc,
        auth_provider=HubLogin(oauth),
        cookie_secret=secret,
        use_index=False,
        extra_patterns=[
            ("/?", RedirectHandler, {"url": f"{oauth.base_url}home", "permanent": False}),
            (f"/{MANIFEST}", Manifest, {"prefix": oauth.base_url}),
            (f"/{ICON}", Icon),
            *artifact_routes(url, token_in),
            *upload_routes(url, token_in, reserved_names),
            *download_routes(url, token_in),
        ],
        show=False,
        check_unused_sessions=_LOOK,
        unused_session_lifetime=_FORGOTTEN,
    )


def page_maker(entry: PageEntry, who: Callable[[], Person], prefix: str) -> Callable[[], pmui.Page]:
    """Return what makes a page for each session.

    Parameters
    ----------
    entry : PageEntry
        The page.
    who : callable
        Returns whose session it is.
    prefix : str
        Address of the apps at this origin, ending in a slash.

    Returns
    -------
    callable
        For `panel.serve`.
    """

    def make() -> pmui.Page:
        pn.extension(*entry.extensions)
        # What is sent after the first page would name styles at a content delivery network instead.
        curdoc().template_variables["dist_url"] = f"{prefix}static/extensions/panel/"
        person = who()
        query = {name: values[0].decode("utf-8", "replace") for name, values in pn.state.session_args.items() if values}
        view = entry.make(person, query)
        pn.state.onload(view.begin)
        pn.state.on_session_destroyed(lambda _context: pn.state.execute(person.close))
        return framed(entry, PAGES, view, prefix=prefix, person=person)

    return make


@cache
def reserved_names() -> set[str]:
    """Return the names of the catalog that comes with PhysForge, which no data set of a person may have."""
    return set(Catalog.shipped(Settings.from_environment()))


def _cookie_secret(oauth: HubOAuth) -> str:
    """Derive what signs cookies from the service's token, which only the hub and this process know."""
    return hashlib.sha256(b"cookies of the apps\0" + oauth.api_token.encode()).hexdigest()
