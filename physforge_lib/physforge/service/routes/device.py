"""Logins of programs without a browser: begin, confirm on the hub's page, and fetch the key."""

from __future__ import annotations

from fastapi import APIRouter

from physforge.database.tables import DeviceLogin
from physforge.service.device_logins import INTERVAL_S, LIFETIME_S
from physforge.service.guard import Admitted, GuardedRoute
from physforge.service.models import (
    BegunLogin,
    CreatedKey,
    DeviceCode,
    LoginDecision,
    LoginRecord,
    NewLogin,
    UserCode,
)
from physforge.service.problems import responses

router = APIRouter(prefix="/device", tags=["logins"], route_class=GuardedRoute)

#: The hub's page, below the workbench's address.
PAGE = "/hub/device"


@router.post("/logins", status_code=201, responses=responses(413, 422, 429))
def begin_login(new: NewLogin, access: Admitted) -> BegunLogin:
    """Begin a login: its person opens the page and types the code, while the program asks for its key."""
    begun = access.services.device_logins.begin(new.client, list(new.scopes), new.key_days)
    code = begun.user_code
    return BegunLogin(
        device_code=begun.device_code,
        user_code=f"{code[:4]}-{code[4:]}",
        page=PAGE,
        expires_in=LIFETIME_S,
        interval=INTERVAL_S,
    )


@router.post("/lookups", responses=responses(401, 403, 404, 413, 422, 429))
def look_at_login(code: UserCode, access: Admitted) -> LoginRecord:
    """Say which program a code is of, and what it wants."""
    return _record(access.services.device_logins.find(code.user_code, access.principal_id))


@router.post("/decisions", responses=responses(401, 403, 404, 409, 413, 422, 429))
def decide_on_login(decision: LoginDecision, access: Admitted) -> LoginRecord:
    """Let the program in that a code is of, as the caller, or refuse it."""
    logins = access.services.device_logins
    found = logins.decide(decision.user_code, access.principal_id, approve=decision.approve)
    act = "device.approve" if decision.approve else "device.deny"
    access.record(act, "device", found.id, scopes=found.scopes, days=found.key_days)
    return _record(found)


@router.post("/keys", status_code=201, responses=responses(400, 413, 422))
def fetch_key(code: DeviceCode, access: Admitted) -> CreatedKey:
    """Give the program its key, once, when its person has let it in.

    Until then the answer is 400 with the type ``authorization-pending``, ``slow-down``,
    ``access-denied`` or ``expired-token``, as in RFC 8628.
    """
    row, key = access.services.device_logins.end(code.device_code)
    access.record("key.create", "key", row.id, scopes=row.scopes, principal=str(row.principal_id))
    return CreatedKey(
        id=row.id,
        name=row.name,
        scopes=list(row.scopes),
        created=row.created_at,
        expires=row.expires_at,
        last_used=None,
        key=key,
    )


def _record(found: DeviceLogin) -> LoginRecord:
    return LoginRecord(
        client=found.client, scopes=list(found.scopes), key_days=found.key_days, expires=found.expires_at
    )
