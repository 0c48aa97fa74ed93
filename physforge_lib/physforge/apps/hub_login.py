"""Bokeh's way of asking who somebody is, answered by JupyterHub."""

from __future__ import annotations

from typing import Any

from bokeh.server.auth_provider import AuthProvider
from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler, HubOAuthenticated
from tornado.web import HTTPError, RequestHandler, decode_signed_value

#: Below the service's prefix, which Bokeh puts before them.
LOGIN_PATH, CALLBACK_PATH = "/login", "/oauth_callback"


class HubLogin(AuthProvider):
    """Let in whom the hub knows and allows, on pages and websockets alike.

    Parameters
    ----------
    oauth : jupyterhub.services.auth.HubOAuth
        The service as the hub knows it, from its environment.
    """

    def __init__(self, oauth: HubOAuth) -> None:
        self._oauth = oauth
        # Bokeh refuses a websocket from another origin before it asks who it is, and wants the page's own token.
        oauth.allow_websocket_cookie_auth = True
        super().__init__()

    @property
    def get_user(self) -> None:
        """Nobody is known without asking the hub."""
        return

    @property
    def get_user_async(self) -> Any:
        """Ask the hub, which answers from its cache for some minutes."""

        async def name_of(handler: RequestHandler) -> str | None:
            model = await self._oauth.get_user(handler, sync=False)
            if model is None:
                return None
            if not self._oauth.check_scopes(self._oauth.access_scopes, model):
                raise HTTPError(403, "You may not use the apps; ask an administrator.")
            return str(model["name"])

        return name_of

    @property
    def get_login_url(self) -> None:
        """The path says it."""
        return

    @property
    def login_url(self) -> str:
        """Where somebody unknown is sent."""
        return LOGIN_PATH

    @property
    def login_handler(self) -> type[RequestHandler]:
        """Sends the browser on to the hub."""
        return _Login

    @property
    def logout_url(self) -> None:
        """The hub's own page ends a session."""
        return

    @property
    def logout_handler(self) -> None:
        """None; see `logout_url`."""
        return

    @property
    def endpoints(self) -> list[tuple[str, type[RequestHandler]]]:
        """The login, and where the hub sends the browser back to."""
        return [*super().endpoints, (CALLBACK_PATH, HubOAuthCallbackHandler)]


class _Login(HubOAuthenticated, RequestHandler):  # type: ignore[misc]
    """Begin the hub's OAuth, and remember the page that was asked for."""

    async def get(self) -> None:
        """Redirect to the hub."""
        prefix = self.hub_auth.base_url
        wanted = self.get_argument("next", prefix)
        # Only a page of ours is gone back to, never another site.
        self.request.uri = wanted if wanted.startswith(prefix) and "//" not in wanted else prefix
        self.redirect(self.get_login_url())


def token_of(cookies: dict[str, str], oauth: HubOAuth, cookie_secret: str) -> str:
    """Return the hub's token of the person in front of a page.

    Parameters
    ----------
    cookies : dict of str to str
        Of the page's request.
    oauth : jupyterhub.services.auth.HubOAuth
        The service as the hub knows it.
    cookie_secret : str
        Signs the cookies of the apps.

    Returns
    -------
    str
        With the rights that the service asks for: to start and use the person's own server.

    Raises
    ------
    tornado.web.HTTPError
        403, if there is none.
    """
    signed = cookies.get(oauth.cookie_name)
    token = decode_signed_value(cookie_secret, oauth.cookie_name, signed) if signed else None
    if token is None:
        raise HTTPError(403, "The session is over; load the page again.")
    return str(token.decode("ascii"))
