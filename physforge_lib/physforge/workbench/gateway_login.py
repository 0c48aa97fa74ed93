"""Dask Gateway's way of asking the hub who a token belongs to."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientError, web
from dask_gateway_server.auth import JupyterHubAuthenticator, unauthorized


class HubTokens(JupyterHubAuthenticator):  # type: ignore[misc]
    """Refuse with 401 what the hub refuses, which the original answers as an error of its own (500)."""

    def get_token(self, request: web.Request) -> str | None:
        """Return the token that a request carries.

        Parameters
        ----------
        request : aiohttp.web.Request
            With an ``Authorization`` header, or without.

        Returns
        -------
        str or None
            None also where the header has no second word.
        """
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return token if kind == "jupyterhub" and token else None

    async def authenticate(self, request: web.Request) -> Any:
        """Return who sent a request.

        Parameters
        ----------
        request : aiohttp.web.Request
            To the gateway.

        Returns
        -------
        dask_gateway_server.models.User
            As the hub knows them.

        Raises
        ------
        aiohttp.web.HTTPException
            401 where the token is missing, unknown, expired or not for this service; 502
            where the hub does not answer.
        """
        try:
            return await super().authenticate(request)
        except web.HTTPInternalServerError as error:
            # The hub answered 403: the token is none.
            raise unauthorized("jupyterhub") from error
        except ClientError as error:
            raise web.HTTPBadGateway(reason="The hub does not answer; try again.") from error
