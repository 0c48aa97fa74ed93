"""The process that serves the apps."""

from __future__ import annotations

import hashlib
import os
from urllib.parse import urlsplit

import panel as pn
from jupyterhub.services.auth import HubOAuth
from tornado.web import RedirectHandler

from physforge.apps.discover_page import DiscoverPage
from physforge.apps.hub_login import HubLogin, token_of
from physforge.apps.user_kernel import UserKernel
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

    def discover_page() -> pn.template.VanillaTemplate:
        pn.extension("katex")
        token = token_of(dict(pn.state.cookies), oauth, secret)
        kernel = UserKernel(url, oauth.api_url, str(oauth.user_for_token(token)["name"]), token)
        page = DiscoverPage(kernel)
        pn.state.onload(page.begin)
        pn.state.on_session_destroyed(lambda _context: pn.state.execute(kernel.close))
        return page.view()

    pn.serve(
        {"discover": discover_page},
        address="127.0.0.1",
        port=int(os.environ[PORT_VARIABLE]),
        prefix=oauth.base_url,
        websocket_origin=urlsplit(url).netloc,
        auth_provider=HubLogin(oauth),
        cookie_secret=secret,
        use_index=False,
        extra_patterns=[("/?", RedirectHandler, {"url": f"{oauth.base_url}discover", "permanent": False})],
        show=False,
        check_unused_sessions=_LOOK,
        unused_session_lifetime=_FORGOTTEN,
    )


def _cookie_secret(oauth: HubOAuth) -> str:
    """Derive what signs cookies from the service's token, which only the hub and this process know."""
    return hashlib.sha256(b"cookies of the apps\0" + oauth.api_token.encode()).hexdigest()
