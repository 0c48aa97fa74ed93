"""Files of reports, handed on with the person's own rights and kept out of our origin's scripts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
from tornado.web import HTTPError, RequestHandler

from physforge.client.calls import PREFIX

#: The files that are handed on, and what they are; no other name is.
FILES = {
    "report.html": "text/html; charset=utf-8",
    "report.pdf": "application/pdf",
    "report.ipynb": "application/x-ipynb+json",
    "citations.bib": "text/plain; charset=utf-8",
}

#: A report shows what people wrote: it runs no script, and is of an origin of its own.
_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'"
)

#: Below the prefix of the apps.
PATH = r"/artifact/([0-9a-f-]{36})/([a-z]+\.[a-z]+)"

_SECONDS = 60.0


def file_address(job_id: str, name: str) -> str:
    """Return the address of a file of a report, from any page of the apps.

    Parameters
    ----------
    job_id : str
        Of the report job.
    name : str
        One of `FILES`.

    Returns
    -------
    str
        Relative to the apps.
    """
    return f"artifact/{quote(job_id, safe='')}/{quote(name, safe='')}"


class ArtifactFile(RequestHandler):
    """Hands on a file of a report from the REST API, as the person."""

    def initialize(self, url: str, token_in: Callable[[dict[str, str]], str]) -> None:
        """Take the workbench's address, and who finds the token in cookies."""
        self._url, self._token_in = url.rstrip("/"), token_in

    async def get(self, job_id: str, name: str) -> None:
        """Answer with the file.

        Parameters
        ----------
        job_id : str
            Of the job; untrusted.
        name : str
            Of the file; untrusted.
        """
        if name not in FILES or not _is_id(job_id):
            raise HTTPError(404, "There is no such file of a report.")
        try:
            token = self._token_in({key: one.value for key, one in self.request.cookies.items()})
        except HTTPError:
            self.redirect(f"/hub/login?next={quote(self.request.path)}")
            return
        self._protect(name)
        await self._hand_on(f"{self._url}{PREFIX}/jobs/{job_id}/artifact/{name}", token)

    def _protect(self, name: str) -> None:
        self.set_header("Content-Type", FILES[name])
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "private, no-store")
        if name != "report.html":
            self.set_header("Content-Disposition", f'attachment; filename="{name}"')

    async def _hand_on(self, address: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client:
            try:
                async with client.stream("GET", address, headers=headers) as answer:
                    if answer.status_code != httpx.codes.OK:
                        raise HTTPError(*_REFUSALS.get(answer.status_code, _AWAY))
                    async for part in answer.aiter_bytes():
                        self.write(part)
                        await self.flush()
            except httpx.HTTPError as error:
                raise HTTPError(*_AWAY) from error

    def write_error(self, status_code: int, **details: Any) -> None:  # noqa: ARG002
        """Say in words why there is no file."""
        error = details.get("exc_info", (None, None, None))[1]
        words = error.log_message if isinstance(error, HTTPError) and error.log_message else "That did not work."
        self.clear_header("Content-Disposition")
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{words}\n")


_REFUSALS = {
    401: (403, "Your session has ended; load the page of the result again."),
    403: (403, "You may not see this report; ask its owner to share it with you."),
    404: (404, "There is no such report, or you may not see it."),
    409: (404, "This job has made no report."),
}
_AWAY = (502, "The workbench does not hand out the report just now; try again.")


def artifact_routes(
    url: str, token_in: Callable[[dict[str, str]], str]
) -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
    """Return the route to the files of reports.

    Parameters
    ----------
    url : str
        The workbench's address.
    token_in : callable
        Finds the person's token in the cookies of a request, or raises `tornado.web.HTTPError`.

    Returns
    -------
    list of tuple
        For Bokeh's ``extra_patterns``.
    """
    return [(PATH, ArtifactFile, {"url": url, "token_in": token_in})]


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
