"""Parts of lists: what comes after the last item of the part before."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Annotated

from fastapi import Query

from physforge.service.problems import not_found

#: How many items a part has.
Limit = Annotated[int, Query(ge=1, le=200, description="How many items at most.")]

#: Where a part begins.
Cursor = Annotated[str | None, Query(max_length=2000, description="From `next` of the part before.")]


def write_cursor(name: str, key: uuid.UUID) -> str:
    """Return the cursor after an item.

    Parameters
    ----------
    name : str
        What the list is sorted by.
    key : uuid.UUID
        Of the item, where names are equal.

    Returns
    -------
    str
        Opaque.
    """
    return base64.urlsafe_b64encode(json.dumps([name, str(key)]).encode()).decode()


def read_cursor(text: str) -> tuple[str, uuid.UUID]:
    """Return name and id of the last item of the part before.

    Parameters
    ----------
    text : str
        From a caller.

    Returns
    -------
    name : str
        What the list is sorted by.
    key : uuid.UUID
        Of the item.

    Raises
    ------
    RefusedError
        404 if it is none of ours.
    """
    try:
        name, key = json.loads(base64.urlsafe_b64decode(text.encode("ascii")))
        if not isinstance(name, str) or "\0" in name:
            raise ValueError(text)
        return name, uuid.UUID(key)
    except (ValueError, TypeError, AttributeError):
        raise not_found("part of the list") from None
