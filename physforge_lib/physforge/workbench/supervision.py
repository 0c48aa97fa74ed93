"""Keep the processes alive with supervisord, outside the hub."""

from __future__ import annotations

import configparser
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from physforge.errors import WorkbenchError
from physforge.settings import HOME_VARIABLE
from physforge.workbench.database_options import FALLBACK_VARIABLE
from physforge.workbench.event_log import WITHHELD
from physforge.workbench.processes import Process
from physforge.workbench.sessions import MARKER_VARIABLE
from physforge.workbench.state import Plan, StateFolder, write_private

#: Marks the processes that supervisord starts, and not what they start for users.
SERVICE_VARIABLE = "PHYSFORGE_SERVICE"

#: What processes must not have from whoever starts them: a session's settings, and a password that is in a file by now.
_KEPT_BACK = ("JUPYTERHUB_", "JPY_", FALLBACK_VARIABLE)

#: A process that has lived this long counts as started, in seconds.
_START_SECONDS = 1
#: Between SIGTERM and SIGKILL: Dask Gateway stops its clusters in this time.
_STOP_SECONDS = 15


@dataclass(frozen=True)
class ProcessState:
    """What supervisord knows of one process.

    Parameters
    ----------
    name : str
        As in `processes`.
    state : str
        ``"RUNNING"``, ``"STARTING"``, ``"BACKOFF"``, ``"FATAL"``, ...
    pid : int
        Zero when it does not run.
    description : str
        For a person, for example ``"pid 12, uptime 0:01:10"``.
    """

    name: str
    state: str
    pid: int
    description: str


def configuration(plan: Plan, members: Sequence[Process]) -> str:
    """Return supervisord's configuration file.

    Parameters
    ----------
    plan : Plan
        Of this start.
    members : sequence of Process
        What to keep alive.

    Returns
    -------
    str
        Its text; it holds a token and must be kept private.
    """
    socket = plan.control / "supervisor.sock"
    sections: dict[str, dict[str, str]] = {
        "unix_http_server": {"file": str(socket), "chmod": "0700"},
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface",
        },
        "supervisorctl": {"serverurl": f"unix://{socket}"},
        # Paths are relative to the folder that supervisord is started in: it expands percent signs
        # in some of them twice, so that no absolute path can be written safely.
        "supervisord": {
            "logfile": _relative(plan.state, plan.state.logs / "supervisor.log"),
            "logfile_maxbytes": "5MB",
            "logfile_backups": "1",
            "pidfile": _relative(plan.state, _pid_file(plan.state)),
            "umask": "077",
            "identifier": f"physforge-{plan.state.identity}",
        },
    }
    if os.getuid() == 0:
        # Said aloud, or supervisord warns that it was not meant.
        sections["supervisord"]["user"] = "root"
    for member in members:
        sections[f"program:{member.name}"] = _program(plan, member)
    # What is in one group is stopped at once, and groups one after the other, each within a second or more.
    together = ",".join(member.name for member in members if not member.stops_last)
    sections["group:workbench"] = {"programs": together, "priority": "999"}
    return _as_ini(sections)


def _program(plan: Plan, member: Process) -> dict[str, str]:
    # The supervisor was started with whatever root was told.
    withheld = {} if member.user is None else dict.fromkeys(WITHHELD, "")
    environment = {SERVICE_VARIABLE: member.name, **withheld, **member.environment}
    options = {
        "command": shlex.join(member.command),
        "environment": ",".join(f'{key}="{value}"' for key, value in environment.items()),
        "autostart": "true",
        "autorestart": "true",
        "startsecs": str(_START_SECONDS),
        "startretries": "10",
        "stopasgroup": "false",
        "killasgroup": "true",
        "stopwaitsecs": str(_STOP_SECONDS),
        "redirect_stderr": "true",
        "stdout_logfile": _relative(plan.state, plan.state.logs / f"{member.name}.log"),
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": "2",
    }
    if member.stops_last:
        options["priority"] = "1"
    if member.folder is not None:
        options["directory"] = member.folder
    if member.user is not None:
        # Who starts the workbench has a home that this user cannot enter.
        options["user"] = member.user
        options["environment"] += ',HOME="/"'
    return options


def _relative(state: StateFolder, path: Path) -> str:
    return str(path.relative_to(state.root))


def _as_ini(sections: Mapping[str, Mapping[str, str]]) -> str:
    parser = configparser.RawConfigParser()
    for name, options in sections.items():
        # supervisord expands %(name)s in every value.
        parser[name] = {key: value.replace("%", "%%") for key, value in options.items()}
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def start_supervisor(plan: Plan, members: Sequence[Process]) -> None:
    """Start supervisord in the background; it starts the rest.

    Parameters
    ----------
    plan : Plan
        Of this start.
    members : sequence of Process
        What to keep alive.

    Raises
    ------
    WorkbenchError
        With supervisord's own words, if it refuses.
    """
    write_private(_configuration_file(plan.state), configuration(plan, members))
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(_KEPT_BACK)},
        HOME_VARIABLE: str(plan.state.home),
        MARKER_VARIABLE: plan.state.identity,
        "PYTHONUNBUFFERED": "1",
    }
    command = [str(_supervisor_program("supervisord")), "-c", str(_configuration_file(plan.state))]
    done = subprocess.run(
        command, env=environment, cwd=plan.state.root, capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode != 0:
        raise WorkbenchError(f"The supervisor did not start: {(done.stderr or done.stdout).strip()}")


def supervisor_process(state: StateFolder) -> psutil.Process | None:
    """Find the running supervisord of a state folder.

    Parameters
    ----------
    state : StateFolder
        Of the workbench.

    Returns
    -------
    psutil.Process or None
        None when it does not run; a recycled process id is not mistaken for it.
    """
    try:
        process = psutil.Process(int(_pid_file(state).read_text(encoding="utf-8")))
        if str(_configuration_file(state)) in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
            return process
    except (OSError, ValueError, psutil.Error):
        pass
    return None


def process_states(state: StateFolder) -> list[ProcessState]:
    """Ask supervisord how its processes are.

    Parameters
    ----------
    state : StateFolder
        Of the workbench.

    Returns
    -------
    list of ProcessState
        Empty when supervisord does not answer.
    """
    # Spoken to supervisord through its own 0700 socket: nothing foreign is parsed.
    from xmlrpc.client import Error, ServerProxy  # nosec B411

    from supervisor.xmlrpc import SupervisorTransport

    parser = configparser.RawConfigParser()
    parser.read(_configuration_file(state), encoding="utf-8")
    address = parser.get("supervisorctl", "serverurl", fallback=None)
    if address is None:
        return []
    transport = SupervisorTransport(None, None, address.replace("%%", "%"))
    try:
        with ServerProxy("http://localhost", transport=transport) as server:
            answers = server.supervisor.getAllProcessInfo()
    except (OSError, Error):
        return []
    if not isinstance(answers, list):
        return []
    return [
        ProcessState(str(one["name"]), str(one["statename"]), int(str(one["pid"])), str(one["description"]))
        for one in answers
        if isinstance(one, dict)
    ]


def _supervisor_program(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def _configuration_file(state: StateFolder) -> Path:
    return state.root / "supervisord.conf"


def _pid_file(state: StateFolder) -> Path:
    return state.root / "supervisord.pid"
