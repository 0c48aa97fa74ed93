"""Ask the hub something in a person's name."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from physforge.apps.person import Person
from physforge.errors import RemoteError

#: Seconds for an answer; the hub answers a start after ten at the latest.
_SECONDS = 30.0

#: What answers mean that bring no sentence along.
_MEANINGS = {
    401: "Your session is over. Load this page again to log in.",
    403: "You may not do this, or your session is over: load this page again.",
    404: "That is not there any more.",
}


async def hub_call(person: Person, method: str, *path: str, body: Any = None, **query: str) -> Any:
    """Ask the hub, as the person.

    Parameters
    ----------
    person : Person
        Whose token is shown.
    method : str
        Of HTTP.
    *path : str
        Parts of the path below ``/hub/api``; each may be any text.
    body : object, optional
        For JSON.
    **query : str
        Parameters of the query.

    Returns
    -------
    object
        From JSON; None where the hub says nothing.

    Raises
    ------
    RemoteError
        If the hub refuses, with its words, or does not answer.
    """
    address = "/".join([person.kernel.api_url.rstrip("/"), *(quote(part, safe="") for part in path)])
    headers = {"Authorization": f"token {person.login.token}"}
    try:
        async with httpx.AsyncClient(headers=headers, timeout=_SECONDS) as client:
            answer = await client.request(method, address, json=body, params=query)
    except httpx.HTTPError as error:
        raise RemoteError(f"The hub does not answer ({error}). Try again in a moment.") from error
    if answer.is_error:
        raise RemoteError(_why(answer))
    return answer.json() if answer.content and "json" in answer.headers.get("content-type", "") else None


def _why(answer: httpx.Response) -> str:
    try:
        said = str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        said = ""
    if said and answer.status_code not in (401, 403):
        return said
    return _MEANINGS.get(answer.status_code, f"The hub refused with {answer.status_code}. {said}".strip())
