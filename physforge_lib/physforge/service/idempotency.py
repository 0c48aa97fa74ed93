"""Creating calls that may be sent twice: the second one gets the first one's answer."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, TypeVar

import sqlalchemy as sa
from fastapi import Header
from pydantic import BaseModel
from sqlalchemy.orm import Session

from physforge.database import Database
from physforge.database.tables import IdempotencyRow
from physforge.database.tables.base import now
from physforge.service.problems import RefusedError

#: Answers are kept so long.
KEPT = timedelta(days=2)

Model = TypeVar("Model", bound=BaseModel)

#: The header of a call that may be sent twice.
IdempotencyKey = Annotated[
    str,
    Header(
        min_length=8,
        max_length=255,
        pattern=r"^[!-~]+$",
        description="The same key with the same body gives the same answer for two days, and makes nothing new.",
    ),
]


def once(
    database: Database,
    principal_id: uuid.UUID,
    key: str,
    call: BaseModel,
    model: type[Model],
    create: Callable[[Session], Model],
    without_secret: Callable[[Model], Model] | None = None,
) -> tuple[Model, bool]:
    """Create something in one transaction, unless a call with this key has done so.

    Parameters
    ----------
    database : Database
        Where answers are kept.
    principal_id : uuid.UUID
        Who calls; the keys of others are others.
    key : str
        ``Idempotency-Key`` of the call; empty if it has none.
    call : pydantic.BaseModel
        What was sent.
    model : type
        Of the answer.
    create : callable
        Makes it, in the transaction that is passed.
    without_secret : callable, optional
        Makes of the answer what is kept.

    Returns
    -------
    answer : pydantic.BaseModel
        Of this call or the earlier one.
    is_new : bool
        Whether this call made it.

    Raises
    ------
    RefusedError
        422 if the key came with another body before.
    """
    if not key:
        with database.writing() as session:
            return create(session), True
    request = hashlib.sha256(
        json.dumps([type(call).__name__, call.model_dump(mode="json")], sort_keys=True).encode()
    ).hexdigest()
    with database.writing(lock=f"idempotency {principal_id}") as session:
        session.execute(sa.delete(IdempotencyRow).where(IdempotencyRow.created_at < now() - KEPT))
        row = session.get(IdempotencyRow, (principal_id, key))
        if row is not None and row.request != request:
            raise RefusedError(422, "idempotency-key", "This Idempotency-Key came with another body before.")
        if row is not None:
            return model.model_validate(row.answer), False
        made = create(session)
        kept = (without_secret(made) if without_secret else made).model_dump(mode="json")
        session.add(IdempotencyRow(principal_id=principal_id, key=key, request=request, answer=kept))
        return made, True
