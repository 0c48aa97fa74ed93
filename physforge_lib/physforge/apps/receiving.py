"""Files from browsers: chunks that the REST API keeps, with the rights of whoever sends them."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx
from tornado.web import HTTPError, RequestHandler

from physforge.client.calls import PREFIX

#: Below the prefix of the apps.
UPLOADS = "uploads"

#: Header with what only a page of ours knows of whoever is in front of it.
TICKET_HEADER = "X-PhysForge-Ticket"

#: Largest body, in bytes: a chunk and what is said of it; longer ones are not read on.
LARGEST_CHUNK = 4 * 2**20

#: Longest that the REST API may take to answer; the last step reads the whole file once more.
_SECONDS = 300.0

#: The problem of a file whose name a data set has already.
NAME_KNOWN = "name-known"

#: What a page may say of a name that is known: nothing yet, a new version, or another name.
_CHOICES = ("", "version", "new")


def ticket_of(token: str) -> str:
    """Return what a page shows to prove that it is ours: no other site can know it.

    Parameters
    ----------
    token : str
        The person's, which stays with the service.

    Returns
    -------
    str
        From which the token cannot be found.
    """
    return hmac.new(token.encode(), b"uploads of the apps", hashlib.sha256).hexdigest()


class _Relay(RequestHandler):
    """Passes a call on to the REST API as the person whose cookie it bears."""

    def initialize(self, url: str, token_in: Callable[[dict[str, str]], str], reserved: Callable[[], set[str]]) -> None:
        """Take the workbench's address, who finds the token in cookies, and the names that are the catalog's."""
        self._url, self._token_in, self._reserved = url.rstrip("/"), token_in, reserved

    def prepare(self) -> None:
        """Let in the person's own page alone."""
        try:
            self._token = self._token_in({name: one.value for name, one in self.cookies.items()})
        except HTTPError:
            self.refuse(HTTPStatus.UNAUTHORIZED, "session-over", "Your session is over; log in again.")
            return
        origin = self.request.headers.get("Origin")
        known = hmac.compare_digest(self.request.headers.get(TICKET_HEADER, ""), ticket_of(self._token))
        if not known or (origin is not None and urlsplit(origin).netloc != urlsplit(self._url).netloc):
            self.refuse(HTTPStatus.FORBIDDEN, "foreign", "This page is from before; load it again.")
        elif len(self.request.body) > LARGEST_CHUNK:
            words = f"A part of {len(self.request.body)} bytes is larger than the {LARGEST_CHUNK} that are taken."
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", words)

    def refuse(self, status: int, kind: str, words: str, **more: Any) -> None:
        """Answer with one sentence, as the REST API does."""
        self.set_status(status)
        self.set_header("Content-Type", "application/problem+json")
        self.finish(json.dumps({"type": f"urn:physforge:problem:{kind}", "detail": words, **more}))

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
        """Ask the REST API, and return its status and document."""
        headers = {"Authorization": f"Bearer {self._token}", **options.pop("headers", {})}
        try:
            async with httpx.AsyncClient(timeout=_SECONDS) as client:
                answer = await client.request(method, f"{self._url}{PREFIX}{path}", headers=headers, **options)
            document = answer.json() if answer.content else {}
        except (httpx.HTTPError, ValueError):
            words = "The workbench does not take files at the moment; the upload goes on when it does."
            return HTTPStatus.BAD_GATEWAY, {"type": "urn:physforge:problem:away", "detail": words}
        if not isinstance(document, dict):
            document = {"detail": f"The workbench answered {answer.status_code}."}
        return answer.status_code, document

    def pass_on(self, status: int, document: Mapping[str, Any]) -> None:
        """Answer as the REST API did."""
        self.set_status(status)
        if status != HTTPStatus.NO_CONTENT:
            self.set_header("Content-Type", "application/json")
            self.write(json.dumps(document))


class NewUploads(_Relay):
    """Begin to send a file; the same request gives the same upload, which says how much of it is there."""

    async def post(self) -> None:
        """Answer with an upload, or with what has to be chosen first."""
        asked = _request(self.request.body)
        if asked is None:
            self.refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "refused-data", "This is no request for an upload.")
            return
        name, key = asked["file_name"], asked["key"]
        new: dict[str, Any] = {"file_name": name, "size": asked["size"]}
        if asked["dataset_id"]:
            new["dataset_id"] = asked["dataset_id"]
        else:
            chosen = await self._place(name, asked["choice"])
            if chosen is None:
                return
            new |= chosen
        digest = hashlib.sha256(json.dumps([key, new], sort_keys=True).encode()).hexdigest()
        status, upload = await self._begin(new, digest)
        self.pass_on(status, upload)

    async def _begin(self, new: dict[str, Any], key: str) -> tuple[int, dict[str, Any]]:
        status, upload = await self.call("POST", "/uploads", json=new, headers={"Idempotency-Key": key})
        if status == HTTPStatus.NOT_FOUND or (status < HTTPStatus.BAD_REQUEST and upload["version_id"] is not None):
            # Given up or completed before: it is sent anew.
            again = {"Idempotency-Key": uuid.uuid4().hex}
            status, upload = await self.call("POST", "/uploads", json=new, headers=again)
        return status, upload

    async def _place(self, file_name: str, choice: str) -> dict[str, Any] | None:
        """Return where a file goes, or ask: nothing that is there gets another version by accident."""
        name = file_name.rpartition(".")[0] or file_name
        owned = await self._owned(name)
        reserved = name in self._reserved()
        if choice == "version" and owned is not None:
            return {"dataset_id": owned["id"]}
        if owned is None and not reserved:
            return {"name": name}
        free = await self._free(name)
        if choice == "new":
            return {"name": free}
        words = (
            f"You have a data set {name!r} already; it has {owned['versions']} version(s)."
            if owned is not None
            else f"The catalog has a data set {name!r} already."
        )
        version = None if owned is None else owned["versions"] + 1
        self.refuse(HTTPStatus.CONFLICT, NAME_KNOWN, words, version=version, free=free)
        return None

    async def _owned(self, name: str) -> dict[str, Any] | None:
        status, found = await self.call("GET", "/datasets", params={"name": name, "limit": 50})
        items = found.get("items", []) if status < HTTPStatus.BAD_REQUEST else []
        return next((one for one in items if one["role"] == "owner"), None)

    async def _free(self, name: str) -> str:
        for number in range(2, 1000):
            wanted = f"{name}-{number}"
            if wanted not in self._reserved() and await self._owned(wanted) is None:
                return wanted
        return f"{name}-{uuid.uuid4().hex[:8]}"


class OneUpload(_Relay):
    """Look how much of an upload is there, send more, or give it up."""

    async def get(self, upload: str) -> None:
        """Answer with the upload."""
        self.pass_on(*await self.call("GET", f"/uploads/{uuid.UUID(upload)}"))

    async def put(self, upload: str) -> None:
        """Pass a chunk on."""
        offset = self.get_query_argument("offset", "")
        if not offset.isascii() or not offset.isdigit():
            self.refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "refused-data", "A chunk says where in the file it begins.")
            return
        place = f"/uploads/{uuid.UUID(upload)}/content"
        self.pass_on(*await self.call("PUT", place, params={"offset": offset}, content=self.request.body))

    async def delete(self, upload: str) -> None:
        """Give the upload up."""
        self.pass_on(*await self.call("DELETE", f"/uploads/{uuid.UUID(upload)}"))


class CompleteUpload(_Relay):
    """Make a version of what was sent."""

    async def post(self, upload: str) -> None:
        """Answer with the version."""
        try:
            sha256 = str(json.loads(self.request.body)["sha256"])
        except (ValueError, KeyError, TypeError):
            self.refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "refused-data", "The end of an upload says its SHA-256.")
            return
        self.pass_on(*await self.call("POST", f"/uploads/{uuid.UUID(upload)}/complete", json={"sha256": sha256}))


def upload_routes(
    url: str, token_in: Callable[[dict[str, str]], str], reserved: Callable[[], set[str]]
) -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
    """Return the routes that take files.

    Parameters
    ----------
    url : str
        The workbench's address.
    token_in : callable
        Finds the person's token in the cookies of a request, or raises `tornado.web.HTTPError`.
    reserved : callable
        Returns the names that no data set of a person may have.

    Returns
    -------
    list of tuple
        For Bokeh's ``extra_patterns``.
    """
    given = {"url": url, "token_in": token_in, "reserved": reserved}
    one = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    return [
        (f"/{UPLOADS}", NewUploads, given),
        (f"/{UPLOADS}/({one})", OneUpload, given),
        (f"/{UPLOADS}/({one})/complete", CompleteUpload, given),
    ]


def _request(body: bytes) -> dict[str, Any] | None:
    """Read a request for an upload; None if it is none."""
    try:
        found = json.loads(body)
        dataset = str(uuid.UUID(found["dataset_id"])) if found.get("dataset_id") else None
        choice = str(found.get("choice", ""))
        if choice not in _CHOICES or not isinstance(found["size"], int):
            return None
        asked = {"file_name": str(found["file_name"]), "size": found["size"], "key": str(found["key"])}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return {**asked, "dataset_id": dataset, "choice": choice}
