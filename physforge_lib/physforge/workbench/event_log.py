"""The process that keeps the one event log of a workbench for many users, and the log that the API kept before.

Root's log is root's: hub and command line write it in the state folder, which no other
user can enter. The unprivileged API hands its events over through a socket. The other way
round, with the log in the service user's folder and root appending to it, root would open
files that a service that was taken over can have replaced by links, and that service
would hold the keys that seal and sign.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from physforge.audit.settings import HEADS_VARIABLE, KEYS_VARIABLE, SOCKET_VARIABLE, URL_VARIABLE
from physforge.workbench.account_database import ACCOUNTS_VARIABLE
from physforge.workbench.databases import Databases
from physforge.workbench.state import Plan, StateFolder, write_private
from physforge.workbench.unix_users import ensure_service_user

LOG_PROCESS = "audit"

#: What the services of many users are not told: where root keeps accounts and log, perhaps with a password.
WITHHELD = (URL_VARIABLE, KEYS_VARIABLE, HEADS_VARIABLE, ACCOUNTS_VARIABLE)

_VERIFY_SECONDS = 600


def log_folder(plan: Plan) -> Path:
    """Return the folder of the socket, which root and the services can enter."""
    return plan.sockets / LOG_PROCESS


def log_socket(plan: Plan) -> Path:
    """Return the socket at which events are taken."""
    return log_folder(plan) / "log.sock"


def log_command(plan: Plan) -> list[str]:
    """Return the command that keeps the log for the services."""
    return [str(_program()), "audit", "serve", f"--socket={log_socket(plan)}"]


def log_environment(plan: Plan) -> dict[str, str]:
    """Return what a process is told that hands its events over."""
    return {SOCKET_VARIABLE: str(log_socket(plan))}


def earlier_log(state: StateFolder) -> dict[str, Any] | None:
    """Return what is known of the log that the API kept before there was one for all.

    Parameters
    ----------
    state : StateFolder
        Of the workbench.

    Returns
    -------
    dict or None
        ``place``, ``log``, ``events``, ``last_hash`` and so on; None where there was none.
    """
    try:
        facts = json.loads(_record(state).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) else None


def adopt_earlier_log(plan: Plan, home: Path, report: Callable[[str], None]) -> None:
    """Note in the one log how far the API's own log went; it stays where it is, and nothing is added to it.

    Parameters
    ----------
    plan : Plan
        Of this start, for many users.
    home : pathlib.Path
        The API's state folder.
    report : callable
        Told in a few words what is going on.

    Notes
    -----
    From then on the event ``audit.adopt`` holds the earlier log's id, number of rows and
    last hash: who changes it later is found out. It is read as the service user, whose
    files could lead root elsewhere.
    """
    database = home / "workbench" / "audit" / "audit.sqlite"
    if _record(plan.state).exists() or not os.path.lexists(database):
        return
    report("Noting how far the REST API's own event log went")
    from physforge.audit import AuditLog, Event

    facts = _verified(home)
    details = {"through": "command line", "place": str(home), **facts}
    with AuditLog.of(Databases.of(plan.state).audit_settings()) as log:
        outcome: Any = "ok" if facts.get("ok") else "failed"
        log.append(
            Event(act="audit.adopt", object_kind="audit", object_id=facts.get("log"), outcome=outcome, details=details)
        )
    write_private(_record(plan.state), json.dumps({"place": str(home), **facts}, indent=2))


def _verified(home: Path) -> dict[str, Any]:
    service = ensure_service_user()
    done = subprocess.run(
        [str(_program()), "audit", "verify", "--json", f"--home={home}"],
        env={"PATH": os.defpath, "HOME": "/"},
        cwd="/",
        user=service.uid,
        group=service.gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
        timeout=_VERIFY_SECONDS,
    )
    try:
        said = json.loads(done.stdout)
        kept = {name: said[name] for name in ("ok", "log", "events", "signed", "last_hash", "public_key")}
        return {**kept, "log": str(kept["log"])}
    except (ValueError, KeyError, TypeError):
        # It is there and cannot be read: that is to be known, and hinders no start.
        return {"ok": False, "error": " ".join(done.stderr.split())[-200:]}


def _program() -> Path:
    return Path(sys.executable).with_name("physforge")


def _record(state: StateFolder) -> Path:
    return state.root / "earlier-audit.json"
