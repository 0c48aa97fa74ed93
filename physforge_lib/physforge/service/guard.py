"""Every route passes here before anything of its call is read: the policy table decides."""

from __future__ import annotations

import functools
import inspect
import uuid
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from physforge.audit import Event, Outcome
from physforge.service.events import event
from physforge.service.identity import Caller
from physforge.service.objects import NAMES, find_object
from physforge.service.policy import RULES, Role, Rule
from physforge.service.problems import RefusedError, not_found
from physforge.service.services import Services
from physforge.service.settings import PREFIX


@dataclass(frozen=True)
class Access:
    """A call that may go on.

    Parameters
    ----------
    services : Services
        What the route works with.
    request_id : str
        Of the call.
    role : Role or None
        What the caller is towards the object that the path names.
    caller_or_none : Caller or None
        None where no credential is needed.
    """

    services: Services
    request_id: str
    role: Role | None = None
    caller_or_none: Caller | None = None

    @property
    def caller(self) -> Caller:
        """Who calls."""
        if self.caller_or_none is None:
            raise RefusedError(401, "no-credential", "This needs a credential.")
        return self.caller_or_none

    @property
    def principal_id(self) -> uuid.UUID:
        """Whose call it is."""
        return self.caller.subject

    def record(self, act: str, kind: str, object_id: object = None, outcome: Outcome = "ok", **details: Any) -> None:
        """Tell the event log what was done.

        Parameters
        ----------
        act : str
            For example ``"dataset.create"``.
        kind : str
            Of the object.
        object_id : object, optional
            Its id.
        outcome : {"ok", "refused", "failed"}, default "ok"
            How it ended.
        **details
            Nothing personal, and no secret.
        """
        if self.services.recorder is not None:
            self.services.recorder.record_all([self.event(act, kind, object_id, outcome, **details)])

    def event(self, act: str, kind: str, object_id: object = None, outcome: Outcome = "ok", **details: Any) -> Event:
        """Return what the event log is told of an act (see `record`)."""
        caller = self.caller_or_none
        return event(
            act,
            actor=caller.principal_id if caller else None,
            name=caller.name if caller else "",
            kind=kind,
            object_id=None if object_id is None else str(object_id),
            request_id=self.request_id,
            outcome=outcome,
            details=details,
        )


class GuardedRoute(APIRoute):
    """A route that asks the policy table first, and is refused by default.

    Parameters
    ----------
    path : str
        Of the route.
    endpoint : callable
        What answers; one that only reads is called at once, or shares few threads with its like.
    **options
        Of `fastapi.routing.APIRoute`.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        is_read = options.get("methods") == ["GET"] and "access" in inspect.signature(endpoint).parameters
        if is_read and not getattr(endpoint, "takes_time", False):
            endpoint = _soon(endpoint)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler behind the guard."""
        original = super().get_route_handler()
        path = self.path_format.removeprefix(PREFIX)

        async def guarded(request: Request) -> Response:
            rule = RULES.get((request.method, path))
            if rule is None:
                raise not_found("route")
            services: Services = request.app.state.services
            request_id: str = request.state.request_id
            if rule.is_open:
                request.state.access = Access(services, request_id)
            else:
                request.state.access = await _admitted(services, request_id, rule, request)
            return await original(request)

        return guarded


def takes_time(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Give a route that reads much a thread of its own, so that the others need not wait for it.

    Parameters
    ----------
    endpoint : callable
        Of the route.

    Returns
    -------
    callable
        The same.
    """
    endpoint.takes_time = True  # type: ignore[attr-defined]
    return endpoint


def _soon(endpoint: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Return an endpoint that is called by the event loop itself, where what it reads is at hand.

    Python runs one thread at a time. Handing a read of half a millisecond to another
    thread and back costs more than the read (560 reads a second, and 850 without). Where
    reads may have to wait, they do it in few threads: dozens of them would spend their
    time on handing the interpreter's lock around.
    """

    @functools.wraps(endpoint)
    async def read(**arguments: Any) -> Any:
        access: Access = arguments["access"]
        services = access.services
        # Words are looked for in every row.
        if not services.database.reads_wait and not arguments.get("search"):
            return endpoint(**arguments)
        return await to_thread.run_sync(functools.partial(endpoint, **arguments), limiter=services.readers)

    return read


async def _admitted(services: Services, request_id: str, rule: Rule, request: Request) -> Access:
    header = request.headers.get("authorization")
    if rule.kind is None:
        # Nothing is asked of hub or database: no thread is needed.
        caller = services.identities.remembered(header)
        if caller is not None and _refusal(rule, caller, None) is None:
            return Access(services, request_id, None, caller)
    # The hub may be asked, which takes time: not in the few threads of readers.
    return await run_in_threadpool(admit, services, request_id, rule, header, dict(request.path_params))


def admit(services: Services, request_id: str, rule: Rule, header: str | None, names: Mapping[str, str]) -> Access:
    """Let a call in, or refuse it.

    Parameters
    ----------
    services : Services
        Who knows credentials and rights.
    request_id : str
        Of the call.
    rule : Rule
        Of the route.
    header : str or None
        What the caller shows.
    names : mapping of str to str
        What the path names.

    Returns
    -------
    Access
        For the route.

    Raises
    ------
    RefusedError
        401, 403 or 404, as the table says.
    """
    caller = services.identities.identify(header)
    role = None
    if rule.kind is not None:
        with services.database.reading() as session:
            role = find_object(session, caller, rule.kind, names[f"{rule.kind}_id"], names.get("number"))
    access = Access(services, request_id, role, caller)
    refusal = _refusal(rule, caller, role)
    if refusal is not None:
        kind, key = rule.kind or "route", names[f"{rule.kind}_id"] if rule.kind else None
        access.record("access.refused", kind, key, outcome="refused", method=rule.method, route=rule.path)
        raise refusal
    return access


def _refusal(rule: Rule, caller: Caller, role: Role | None) -> RefusedError | None:
    """Return what the table refuses a caller with, or nothing."""
    roles = set(caller.roles)
    if role is not None:
        roles.add(role)
    elif caller.job_id is None and not roles & {Role.SERVICE, Role.HUB}:
        roles.add(Role.OTHER)
    if not roles & rule.allowed:
        if rule.kind is not None and role is None:
            return not_found(NAMES[rule.kind])
        return RefusedError(403, "forbidden", _needed(rule, role))
    if rule.scope is not None and rule.scope not in caller.scopes:
        return RefusedError(403, "key-scope", f"This API key may not do that: it lacks the scope {str(rule.scope)!r}.")
    return None


def _needed(rule: Rule, role: Role | None) -> str:
    allowed = ", ".join(one for one in Role if one in rule.allowed)
    yours = f"; you are its {role}" if role is not None else ""
    return f"This is for: {allowed}{yours}."


async def _access(request: Request) -> Access:
    access: Access = request.state.access
    return access


#: What a route declares to be given its `Access`.
Admitted = Annotated[Access, Depends(_access)]
