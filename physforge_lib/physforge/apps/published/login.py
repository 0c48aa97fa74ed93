"""Who may open a published dashboard: whoever the hub lets, as for any server that is shared."""

from __future__ import annotations

import time
from typing import Any

import httpx
from bokeh.server.views.ws import WSHandler
from bokeh.util.token import check_token_signature, get_token_payload
from jupyterhub.services.auth import HubOAuth
from tornado.web import HTTPError

from physforge.apps.hub_login import HubLogin

#: Seconds for which the hub's answer is believed, and for it to answer.
BELIEVED_S, _ANSWER_S = 30.0, 10.0


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
    question : str
        Address at the hub where it says whether a token's user may see this.
    """

    def __init__(self, oauth: HubOAuth, secret: str, question: str) -> None:
        super().__init__(oauth)
        self._secret = secret.encode()
        self._question = question
        self._allowed: dict[str, float] = {}

    @property
    def get_user_async(self) -> Any:
        """Name whoever asks, or nobody."""

        async def name_of(handler: Any) -> str | None:
            if isinstance(handler, WSHandler):
                offered = handler.request.headers.get("Sec-WebSocket-Protocol", "")
                return "visitor" if is_signed(offered.rpartition(",")[2].strip(), self._secret) else None
            model = await self._oauth.get_user(handler, sync=False)
            if model is None:
                return None
            if not await self._may_see(self._oauth.get_token(handler)):
                raise HTTPError(403, "You may not see this dashboard; ask its owner.")
            return str(model["name"])

        return name_of

    async def _may_see(self, token: str) -> bool:
        now = time.monotonic()
        self._allowed = {one: until for one, until in self._allowed.items() if until > now}
        if token not in self._allowed:
            async with httpx.AsyncClient(headers={"Authorization": f"token {token}"}, timeout=_ANSWER_S) as client:
                answer = await client.get(self._question)
            if not answer.is_success:
                return False
            self._allowed[token] = now + BELIEVED_S
        return True


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
