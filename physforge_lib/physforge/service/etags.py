"""Answers that a caller may have already."""

from __future__ import annotations

import hashlib

from fastapi import Request, Response
from pydantic import BaseModel


def reply(request: Request, model: BaseModel) -> Response:
    """Answer with a document, or with 304 if the caller has this very one.

    Parameters
    ----------
    request : fastapi.Request
        With ``If-None-Match``, perhaps.
    model : pydantic.BaseModel
        The document.

    Returns
    -------
    fastapi.Response
        With an ETag.
    """
    content = model.model_dump_json().encode()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if has_tag(request, tag):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(content, media_type="application/json", headers={"ETag": tag})


def has_tag(request: Request, tag: str) -> bool:
    """Say whether the caller has a document.

    Parameters
    ----------
    request : fastapi.Request
        With ``If-None-Match``, perhaps.
    tag : str
        Of the document, with its quotes.

    Returns
    -------
    bool
        Weak tags count.
    """
    given = request.headers.get("if-none-match", "")
    return given.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in given.split(","))
