"""Call the services of the workbench with the server's own token, and say in words what went wrong."""

from __future__ import annotations

import json
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse

from physforge_jupyterlab.refusals import RefusedError

_SECONDS = 20.0

_AWAY = "The workbench does not answer. It may be starting again; this list will come back by itself."


async def call(
    method: str, url: str, authorization: str, body: Any = None, headers: dict[str, str] | None = None
) -> Any:
    """Return what a service of the workbench answers.

    Parameters
    ----------
    method : str
        Of HTTP.
    url : str
        Made of the workbench's address and of checked parts; nothing that a page sent is a path.
    authorization : str
        The header, with the server's token.
    body : object, optional
        Sent as JSON.
    headers : dict of str to str, optional
        Sent along.

    Returns
    -------
    object
        Parsed JSON; None for an empty answer.

    Raises
    ------
    RefusedError
        With the service's own words if it refuses, 502 if it does not answer.
    """
    request = HTTPRequest(
        url,
        method=method,
        headers={"Authorization": authorization, "Content-Type": "application/json", **(headers or {})},
        body=json.dumps(body or {}) if method == "POST" else None,
        request_timeout=_SECONDS,
        # A token is for the address that it was meant for.
        follow_redirects=False,
    )
    try:
        answer = await AsyncHTTPClient().fetch(request, raise_error=False)
    except (OSError, HTTPClientError) as error:
        # It refuses connections, or takes too long.
        raise RefusedError(502, _AWAY) from error
    return _content(answer)


def _content(answer: HTTPResponse) -> Any:
    try:
        content = json.loads(answer.body) if answer.body else None
    except ValueError as error:
        # The page of a proxy, whose service starts again.
        raise RefusedError(502, _AWAY) from error
    if answer.code < 300:
        return content
    said = content if isinstance(content, dict) else {}
    words = said.get("detail") or said.get("error") or answer.reason
    raise RefusedError(answer.code if 400 <= answer.code < 500 else 502, str(words))
