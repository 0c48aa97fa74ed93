"""Calls of the REST API, and what its refusals are in the library's own errors."""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from physforge.client.login import Login
from physforge.errors import (
    DatasetError,
    JobError,
    LostClaimError,
    PhysForgeError,
    RemoteError,
    StaleVersionError,
    UnknownDatasetError,
    UnknownJobError,
)

PREFIX = "/services/api/v1"

#: How often a call that cannot have changed anything is tried, and how long is waited before the next time, in seconds:
#: twice as long each time, and never much longer than the restart of a service takes.
ATTEMPTS = 10
PAUSE_S = 0.25
_LONGEST_PAUSE_S = 1.0

_SECONDS = 60.0


class Calls:
    """A connection to one workbench.

    Parameters
    ----------
    login : Login
        Where, and who.
    """

    def __init__(self, login: Login) -> None:
        self._login = login
        self._client = httpx.Client(
            base_url=login.url + PREFIX,
            headers={"Authorization": f"Bearer {login.token}"} if login.token else {},
            timeout=_SECONDS,
            # A token never follows to another place.
            follow_redirects=False,
        )
        # What nobody uses any more is closed, not left to warn at the end.
        weakref.finalize(self, self._client.close)

    def __reduce__(self) -> tuple[type[Calls], tuple[Login]]:
        # What is opened lazily may be computed by the user's own workers; each makes a connection.
        return type(self), (self._login,)

    @property
    def url(self) -> str:
        """Address of the workbench."""
        return self._login.url

    def get(self, path: str, *, again: bool = True, **params: Any) -> dict[str, Any]:
        """Ask for a document.

        Parameters
        ----------
        path : str
            After the prefix.
        again : bool, default True
            Whether to try again if there is no answer.
        **params
            Of the query; those that are None are left out.

        Returns
        -------
        dict
            The answer.

        Raises
        ------
        PhysForgeError
            What the refusal means.
        RemoteError
            If the workbench does not answer, after some tries.
        """
        given = {name: value for name, value in params.items() if value is not None}
        return self._document("GET", path, params=given, again=again)

    def send(self, method: str, path: str, *, again: bool = False, **options: Any) -> dict[str, Any]:
        """Send a call that changes something.

        Parameters
        ----------
        method, path : str
            Of the call.
        again : bool, default False
            Whether it may be sent twice.
        **options
            For httpx.

        Returns
        -------
        dict
            The answer; empty if there is none.

        Raises
        ------
        PhysForgeError
            What the refusal means.
        RemoteError
            If the workbench does not answer.
        """
        return self._document(method, path, again=again, **options)

    def ask(self, method: str, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
        """Send a call whose refusals are answers, too.

        Parameters
        ----------
        method, path : str
            Of the call.
        **options
            For httpx.

        Returns
        -------
        status : int
            Of HTTP, below 500.
        answer : dict
            A document or a problem.

        Raises
        ------
        RemoteError
            If the workbench does not answer, after some tries, or not as one does.
        """
        for attempt in range(ATTEMPTS):
            try:
                response = self._client.request(method, path, **options)
            except httpx.TransportError as error:
                failure = unreachable(self.url, error)
            else:
                if response.status_code < 500:
                    return response.status_code, _json(response, self.url)
                failure = RemoteError(f"The workbench at {self.url} answers {response.status_code}; try again.")
            time.sleep(_pause_s(attempt))
        raise failure

    @contextmanager
    def stream(self, path: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        """Yield an answer whose body is read bit by bit.

        Parameters
        ----------
        path : str
            After the prefix.
        headers : dict
            Of the call.

        Yields
        ------
        httpx.Response
            With a status below 400, or 416.

        Raises
        ------
        PhysForgeError
            What the refusal means.
        """
        with self._client.stream("GET", path, headers=headers) as response:
            if response.status_code >= 400 and response.status_code != 416:
                response.read()
                raise meaning(response)
            yield response

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _document(self, method: str, path: str, *, again: bool, **options: Any) -> dict[str, Any]:
        failure: PhysForgeError
        for attempt in range(ATTEMPTS if again else 1):
            try:
                response = self._client.request(method, path, **options)
            except httpx.TransportError as error:
                failure = unreachable(self.url, error)
            else:
                if response.status_code < 400:
                    return _json(response, self.url) if response.content else {}
                failure = meaning(response)
                if response.status_code not in (502, 503, 504):
                    raise failure
            if attempt < ATTEMPTS - 1 and again:
                time.sleep(_pause_s(attempt))
        raise failure


def _pause_s(attempt: int) -> float:
    return min(PAUSE_S * 2.0**attempt, _LONGEST_PAUSE_S)


def unreachable(url: str, error: Exception) -> RemoteError:
    """Return the error for a workbench that does not answer.

    Parameters
    ----------
    url : str
        Its address.
    error : Exception
        What went wrong.

    Returns
    -------
    RemoteError
        In words.
    """
    return RemoteError(
        f"The workbench at {url} does not answer ({str(error) or type(error).__name__}); is it "
        "running? Try again, or ask whoever runs it."
    )


def meaning(response: httpx.Response) -> PhysForgeError:
    """Return the error that a refusal means.

    Parameters
    ----------
    response : httpx.Response
        With a status of 400 or above.

    Returns
    -------
    PhysForgeError
        With the service's own sentence.
    """
    try:
        problem = response.json()
        kind, detail = str(problem["type"]).rpartition(":")[2], str(problem["detail"])
        detail = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in detail)
    except (ValueError, KeyError, TypeError):
        place = response.request.url.copy_with(path="/", query=None)
        return RemoteError(f"{place} answered {response.status_code}, and not as a workbench does; check the address.")
    if response.status_code == 401:
        return RemoteError(f"{detail} Log in again: physforge login.")
    if kind == "lost-claim":
        return LostClaimError(detail)
    if kind == "refused-job":
        return JobError(detail)
    about_jobs = response.request.url.path.startswith(f"{PREFIX}/jobs")
    if response.status_code == 404:
        return UnknownJobError(detail) if about_jobs else UnknownDatasetError(detail)
    if response.status_code == 422 and about_jobs:
        return JobError(detail)
    if kind == "stale-version":
        return StaleVersionError(detail)
    if response.status_code == 422 or kind == "name-taken":
        return DatasetError(detail)
    return RemoteError(f"{detail} (request {problem.get('request_id', 'unknown')})")


def _json(response: httpx.Response, url: str) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise RemoteError(f"{url} does not answer as a workbench does; check the address.")
    return document
