"""The one form that every refusal of the REST API has (after RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from physforge.errors import (
    DatabaseError,
    DatasetError,
    JobError,
    LostClaimError,
    PhysForgeError,
    StaleVersionError,
    StoreError,
    UnknownDatasetError,
    UnknownJobError,
)

MEDIA_TYPE = "application/problem+json"

#: Longest sentence of a refusal, in characters: what a caller sent may be in it.
MAX_DETAIL = 4000


class Problem(BaseModel):
    """Why a call was refused."""

    type: str = Field(examples=["urn:physforge:problem:not-found"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no such data set, or you may not see it."])
    request_id: str = Field(examples=["5c9c5a1f4e7b4f0e8d4f3f8c1f2b6a77"])


class RefusedError(Exception):
    """A call that is refused.

    Parameters
    ----------
    status : int
        Of HTTP.
    kind : str
        Short name of the reason, the end of the problem's ``type``.
    detail : str
        One sentence on what was wrong and what to do.
    headers : dict, optional
        Sent along.
    """

    def __init__(self, status: int, kind: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.headers = status, kind, detail, headers or {}


def not_found(what: str) -> RefusedError:
    """Return the refusal for what does not exist, or may not be seen.

    Parameters
    ----------
    what : str
        For example ``"data set"``.

    Returns
    -------
    RefusedError
        The same for both, so that nobody learns which.
    """
    return RefusedError(404, "not-found", f"There is no such {what}, or you may not see it.")


def answer(status: int, kind: str, detail: str, request_id: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a refusal as a response.

    Parameters
    ----------
    status : int
        Of HTTP.
    kind : str
        Short name of the reason.
    detail : str
        The sentence; cut to `MAX_DETAIL`.
    request_id : str
        Of the call.
    headers : dict, optional
        Sent along.

    Returns
    -------
    JSONResponse
        ``application/problem+json``.
    """
    body = Problem(
        type=f"urn:physforge:problem:{kind}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail if len(detail) <= MAX_DETAIL else f"{detail[:MAX_DETAIL]}...",
        request_id=request_id,
    )
    return JSONResponse(body.model_dump(), status, headers=headers, media_type=MEDIA_TYPE)


def translate(error: Exception) -> RefusedError:
    """Say how an error of the library is answered.

    Parameters
    ----------
    error : Exception
        That a call ended in.

    Returns
    -------
    RefusedError
        Nothing of an unexpected error is told.
    """
    if isinstance(error, RefusedError):
        return error
    if isinstance(error, HTTPException):
        return RefusedError(error.status_code, _kind(error.status_code), str(error.detail), dict(error.headers or {}))
    if isinstance(error, RequestValidationError):
        return RefusedError(422, "invalid", _wrong_fields(error))
    if isinstance(error, UnknownDatasetError):
        return not_found("data set or version")
    if isinstance(error, UnknownJobError):
        return not_found("job")
    if isinstance(error, LostClaimError):
        return RefusedError(409, "lost-claim", str(error))
    if isinstance(error, JobError):
        return RefusedError(409, "refused-job", str(error))
    if isinstance(error, StaleVersionError):
        return RefusedError(409, "stale-version", str(error))
    if isinstance(error, DatasetError):
        return RefusedError(422, "refused-data", str(error))
    if isinstance(error, StoreError | DatabaseError):
        return RefusedError(503, "unavailable", "The store or the database cannot do this now; try again later.")
    if isinstance(error, PhysForgeError):
        return RefusedError(422, "invalid", str(error))
    return RefusedError(500, "failed", "The service failed; its log has the reason under the request's id.")


async def handle(request: Request, error: Exception) -> JSONResponse:
    """Answer a call that ended in an error.

    Parameters
    ----------
    request : fastapi.Request
        The call.
    error : Exception
        What it ended in.

    Returns
    -------
    JSONResponse
        The problem.
    """
    refusal = translate(error)
    request.state.problem = refusal.kind
    return answer(refusal.status, refusal.kind, refusal.detail, request.state.request_id, refusal.headers)


def _kind(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "-").replace("'", "")


def _wrong_fields(error: RequestValidationError) -> str:
    # What was sent is not repeated: it may hold anything.
    found = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()[:5]]
    return "; ".join(part[:200] for part in found) + "."


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the refusals of an operation for its description.

    Parameters
    ----------
    *statuses : int
        Of HTTP.

    Returns
    -------
    dict
        As FastAPI wants it.
    """
    return {status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses}
