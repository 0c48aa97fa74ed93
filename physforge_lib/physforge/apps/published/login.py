"""Who may open a published dashboard: whoever the hub lets, as for any server that is shared."""

from __future__ import annotations

import time
from typing import Any

from bokeh.server.views.ws import WSHandler
from bokeh.util.token import check_token_signature, get_token_payload
from jupyterhub.services.auth import HubOAuth

from physforge.apps.hub_login import HubLogin


class VisitorLogin(HubLogin):
    """Ask the hub for pages, and a token that the page was given for its websocket.

    The page runs in a sandbox without an origin, and so sends no cookie with its websocket.
    What it sends is the token of its session, which this process signed when it gave the page
    to somebody whom the hub lets in.

    Parameters
    ----------
    oauth : jupyterhub.services.auth.HubOAuth
        The server as the hub knows it.
    secret : str
        Signs the tokens of sessions.
    """

    def __init__(self, oauth: HubOAuth, secret: str) -> None:
        super().__init__(oauth)
        self._secret = secret.encode()

    @property
    def get_user_async(self) -> Any:
        """Name whoever asks, or nobody."""
        ask_hub = super().get_user_async

        async def name_of(handler: Any) -> str | None:
            if isinstance(handler, WSHandler):
                offered = handler.request.headers.get("Sec-WebSocket-Protocol", "")
                return "visitor" if is_signed(offered.rpartition(",")[2].strip(), self._secret) else None
            name: str | None = await ask_hub(handler)
            return name

        return name_of


def is_signed(token: str, secret: bytes) -> bool:
    """Tell whether a session's token is one of ours, and not too old.

    Parameters
    ----------
    token : str
        Any text.
    secret : bytes
        That signs them.

    Returns
    -------
    bool
        Whether its page may open a websocket.
    """
    try:
        if not check_token_signature(token, secret_key=secret, signed=True):
            return False
        return bool(time.time() < get_token_payload(token)["session_expiry"])
    except (ValueError, KeyError, TypeError):
        return False
