"""Who may call what: the one table that the API enforces, documents and is tested by.

A route that has no row is not served: the application refuses to start. A caller has
one role towards the object that a route names (owner, collaborator, viewer, or other),
and may be auditor or admin besides. Whoever may not even see an object is told that it
does not exist (404); whoever sees it and may not do this is told so (403).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a caller is, towards an object or altogether."""

    ANONYMOUS = "anonymous"
    OTHER = "other"
    VIEWER = "viewer"
    COLLABORATOR = "collaborator"
    OWNER = "owner"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SERVICE = "service"
    #: The workbench's hub, which tells of accounts that are gone.
    HUB = "hub"
    #: Whoever has the token of a job, towards that job.
    WORKER = "worker"
    #: The same, towards what the job reads.
    READER = "reader"


class Scope(StrEnum):
    """What an API key is good for; a token of the hub is good for all of them."""

    READ = "read"
    WRITE = "write"
    SHARE = "share"
    AUDIT = "audit"
    ADMIN = "admin"
    METRICS = "metrics"
    #: Never given to an API key, so that no key makes another.
    KEYS = "keys"


#: Roles that are given on an object, the least first.
OBJECT_ROLES = (Role.VIEWER, Role.COLLABORATOR, Role.OWNER)

#: Scopes that an API key may have.
KEY_SCOPES = tuple(scope for scope in Scope if scope is not Scope.KEYS)

EVERYBODY = frozenset(Role)
#: Roles of those who run one job.
WORKERS = frozenset({Role.WORKER, Role.READER})
#: Everybody with an account: an object is not concerned.
USERS = EVERYBODY - {Role.ANONYMOUS, Role.SERVICE, Role.HUB} - WORKERS
VIEWERS = frozenset(OBJECT_ROLES)
COLLABORATORS = frozenset({Role.COLLABORATOR, Role.OWNER})
OWNERS = frozenset({Role.OWNER})
#: An object whose owner is gone can be given to somebody else.
OWNERS_AND_ADMINS = frozenset({Role.OWNER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
AUDITORS = frozenset({Role.AUDITOR})
MONITORS = frozenset({Role.ADMIN, Role.SERVICE})
#: A job is run by those who may change it, or with its own token.
RUNNERS = COLLABORATORS | {Role.WORKER}


@dataclass(frozen=True)
class Rule:
    """One row of the table.

    Parameters
    ----------
    method, path : str
        Of the route, without the prefix.
    allowed : frozenset of Role
        Who may call it.
    scope : Scope or None
        What an API key needs for it; None if it needs no credential.
    kind : {"dataset", "version", "project", "upload", "key", "job"} or None, default None
        Of the object that the path names.
    """

    method: str
    path: str
    allowed: frozenset[Role]
    scope: Scope | None
    kind: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is answered without a credential."""
        return Role.ANONYMOUS in self.allowed


_DATASET = "/datasets/{dataset_id}"
_VERSION = "/datasets/{dataset_id}/versions/{number}"
_PROJECT = "/projects/{project_id}"
_UPLOAD = "/uploads/{upload_id}"
_JOB = "/jobs/{job_id}"
_SUBJECT = "/{subject_kind}/{subject_id}"

TABLE = (
    Rule("GET", "/health/live", EVERYBODY, None),
    Rule("GET", "/health/ready", EVERYBODY, None),
    Rule("GET", "/metrics", MONITORS, Scope.METRICS),
    Rule("GET", "/openapi.json", USERS | {Role.SERVICE}, Scope.READ),
    Rule("GET", "/me", USERS, Scope.READ),
    Rule("GET", "/me/keys", USERS, Scope.READ),
    Rule("POST", "/me/keys", USERS, Scope.KEYS),
    Rule("DELETE", "/me/keys/{key_id}", OWNERS, Scope.KEYS, "key"),
    Rule("GET", "/me/export", USERS, Scope.READ),
    Rule("GET", "/me/notices", USERS, Scope.READ),
    Rule("PUT", "/me/notices", USERS, Scope.WRITE),
    # A code is not yet anybody's; the secret that comes with it is the credential for the key.
    Rule("POST", "/device/logins", EVERYBODY, None),
    Rule("POST", "/device/lookups", USERS, Scope.KEYS),
    Rule("POST", "/device/decisions", USERS, Scope.KEYS),
    Rule("POST", "/device/keys", EVERYBODY, None),
    Rule("GET", "/projects", USERS, Scope.READ),
    Rule("POST", "/projects", USERS, Scope.WRITE),
    Rule("GET", _PROJECT, VIEWERS, Scope.READ, "project"),
    Rule("GET", f"{_PROJECT}/grants", VIEWERS | ADMINS, Scope.READ, "project"),
    Rule("PUT", f"{_PROJECT}/grants{_SUBJECT}", OWNERS_AND_ADMINS, Scope.SHARE, "project"),
    Rule("DELETE", f"{_PROJECT}/grants{_SUBJECT}", OWNERS_AND_ADMINS, Scope.SHARE, "project"),
    Rule("GET", "/datasets", USERS, Scope.READ),
    Rule("GET", _DATASET, VIEWERS, Scope.READ, "dataset"),
    Rule("DELETE", _DATASET, OWNERS, Scope.WRITE, "dataset"),
    Rule("POST", f"{_DATASET}/restore", OWNERS, Scope.WRITE, "dataset"),
    Rule("POST", f"{_DATASET}/purge", OWNERS, Scope.WRITE, "dataset"),
    Rule("GET", f"{_DATASET}/versions", VIEWERS, Scope.READ, "dataset"),
    Rule("GET", _VERSION, VIEWERS | {Role.READER}, Scope.READ, "dataset"),
    Rule("GET", f"{_VERSION}/lineage", VIEWERS, Scope.READ, "dataset"),
    Rule("GET", f"{_VERSION}/content", VIEWERS | {Role.READER}, Scope.READ, "dataset"),
    Rule("GET", f"{_VERSION}/blobs/{{sha256}}", VIEWERS | {Role.READER}, Scope.READ, "dataset"),
    Rule("POST", f"{_VERSION}/links", VIEWERS, Scope.READ, "dataset"),
    Rule("GET", f"{_DATASET}/grants", VIEWERS | ADMINS, Scope.READ, "dataset"),
    Rule("PUT", f"{_DATASET}/grants{_SUBJECT}", OWNERS_AND_ADMINS, Scope.SHARE, "dataset"),
    Rule("DELETE", f"{_DATASET}/grants{_SUBJECT}", OWNERS_AND_ADMINS, Scope.SHARE, "dataset"),
    Rule("GET", "/versions/{version_id}", VIEWERS | {Role.READER}, Scope.READ, "version"),
    # The link itself is the credential; whoever made it must still be allowed to.
    Rule("GET", "/links/{link}", EVERYBODY, None),
    # Into which data set or project, the call says; that is checked there.
    Rule("POST", "/uploads", USERS, Scope.WRITE),
    Rule("GET", _UPLOAD, OWNERS, Scope.WRITE, "upload"),
    Rule("PUT", f"{_UPLOAD}/content", OWNERS, Scope.WRITE, "upload"),
    Rule("POST", f"{_UPLOAD}/complete", OWNERS, Scope.WRITE, "upload"),
    Rule("DELETE", _UPLOAD, OWNERS, Scope.WRITE, "upload"),
    Rule("GET", "/jobs", USERS, Scope.READ),
    # Into which project, the call says; that is checked there, as is what the jobs read.
    Rule("POST", "/jobs", USERS, Scope.WRITE),
    Rule("GET", "/jobs/counts", USERS, Scope.READ),
    Rule("GET", "/jobs/kinds", USERS, Scope.READ),
    # Only jobs of the caller's own.
    Rule("POST", "/jobs/claim", USERS, Scope.WRITE),
    Rule("POST", "/jobs/release", USERS, Scope.WRITE),
    Rule("GET", _JOB, VIEWERS | WORKERS, Scope.READ, "job"),
    Rule("GET", f"{_JOB}/events", VIEWERS, Scope.READ, "job"),
    Rule("GET", f"{_JOB}/log", VIEWERS | {Role.WORKER}, Scope.READ, "job"),
    Rule("GET", f"{_JOB}/artifact", VIEWERS | WORKERS, Scope.READ, "job"),
    Rule("GET", f"{_JOB}/artifact/{{path}}", VIEWERS | WORKERS, Scope.READ, "job"),
    Rule("POST", f"{_JOB}/cancel", COLLABORATORS, Scope.WRITE, "job"),
    Rule("POST", f"{_JOB}/retry", COLLABORATORS, Scope.WRITE, "job"),
    Rule("POST", f"{_JOB}/token", COLLABORATORS, Scope.WRITE, "job"),
    Rule("GET", f"{_JOB}/grants", VIEWERS | ADMINS, Scope.READ, "job"),
    Rule("PUT", f"{_JOB}/grants{_SUBJECT}", OWNERS_AND_ADMINS, Scope.SHARE, "job"),
    Rule("DELETE", f"{_JOB}/grants{_SUBJECT}", OWNERS_AND_ADMINS, Scope.SHARE, "job"),
    Rule("POST", f"{_JOB}/claim", RUNNERS, Scope.WRITE, "job"),
    # What follows is refused to all but the attempt that has the job now.
    Rule("POST", f"{_JOB}/heartbeat", RUNNERS, Scope.WRITE, "job"),
    Rule("POST", f"{_JOB}/log", RUNNERS, Scope.WRITE, "job"),
    Rule("PUT", f"{_JOB}/parts/{{sha256}}", RUNNERS, Scope.WRITE, "job"),
    Rule("POST", f"{_JOB}/checkpoint", RUNNERS, Scope.WRITE, "job"),
    Rule("GET", f"{_JOB}/checkpoint", RUNNERS, Scope.WRITE, "job"),
    Rule("GET", f"{_JOB}/checkpoint/{{path}}", RUNNERS, Scope.WRITE, "job"),
    Rule("POST", f"{_JOB}/publish", RUNNERS, Scope.WRITE, "job"),
    Rule("POST", f"{_JOB}/finish", RUNNERS, Scope.WRITE, "job"),
    Rule("POST", f"{_JOB}/give-back", RUNNERS, Scope.WRITE, "job"),
    Rule("POST", f"{_JOB}/lose", RUNNERS, Scope.WRITE, "job"),
    Rule("GET", "/directory", USERS, Scope.READ),
    Rule("GET", "/groups", USERS, Scope.READ),
    Rule("GET", "/users", ADMINS, Scope.ADMIN),
    Rule("GET", "/users/{user_id}", ADMINS, Scope.ADMIN),
    Rule("DELETE", "/users/{user_id}/keys", ADMINS, Scope.ADMIN),
    Rule("DELETE", "/users/{user_id}", ADMINS | {Role.HUB}, Scope.ADMIN),
    Rule("GET", "/audit/events", AUDITORS, Scope.AUDIT),
    Rule("GET", "/audit/export", AUDITORS, Scope.AUDIT),
)

RULES = {(rule.method, rule.path): rule for rule in TABLE}


def as_markdown() -> str:
    """Return the table for a reader.

    Returns
    -------
    str
        Markdown; the page in hub_config is this text, which a test sees to.
    """
    head = ["method", "route", *Role, "scope of a key"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for rule in TABLE:
        marks = ["yes" if role in rule.allowed else "" for role in Role]
        scope = "" if rule.scope is None else "(none has it)" if rule.scope is Scope.KEYS else str(rule.scope)
        lines.append(f"| {rule.method} | `{rule.path}` | {' | '.join(marks)} | {scope} |")
    return "\n".join(lines) + "\n"
