"""Start, watch and stop a workbench."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import getpass
import itertools
import os
import pwd
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from physforge.errors import WorkbenchError
from physforge.workbench import leftovers, preflight
from physforge.workbench.account_database import accounts_address
from physforge.workbench.accounts import Accounts, generate_password, refuse_odd_name
from physforge.workbench.api import api_home
from physforge.workbench.databases import Databases
from physforge.workbench.event_log import adopt_earlier_log
from physforge.workbench.health import unhealthy_parts
from physforge.workbench.installation import runs_for_all
from physforge.workbench.mode import check_configuration, check_enterable, check_mode, choose_mode
from physforge.workbench.ports import Ports, can_bind
from physforge.workbench.processes import processes
from physforge.workbench.secret_store import Secrets
from physforge.workbench.shared_folders import create_shared_folders, remove_shared_folders
from physforge.workbench.startup import wait_until_healthy
from physforge.workbench.state import Plan, StateFolder
from physforge.workbench.supervision import ProcessState, process_states, start_supervisor, supervisor_process
from physforge.workbench.traefik import write_configuration


@dataclass(frozen=True)
class Started:
    """What a person needs to know after a start.

    Parameters
    ----------
    plan : Plan
        Address and account.
    password : str or None
        Of the first account, the one time that it exists in clear.
    already_running : bool
        True when there was nothing to start.
    """

    plan: Plan
    password: str | None
    already_running: bool = False


@dataclass(frozen=True)
class Status:
    """How a workbench is.

    Parameters
    ----------
    plan : Plan or None
        None when none was ever started in this state folder.
    members : list of ProcessState
        Empty when it does not run.
    unhealthy : list of str
        What does not answer.
    sessions : int
        Processes of users: servers, kernels, schedulers, workers.
    """

    plan: Plan | None
    members: list[ProcessState]
    unhealthy: list[str]
    sessions: int

    @property
    def running(self) -> bool:
        """Whether there is a supervisor that answers."""
        return bool(self.members)

    @property
    def healthy(self) -> bool:
        """Whether everything runs and answers."""
        return self.running and not self.unhealthy and all(one.state == "RUNNING" for one in self.members)


def up(
    state: StateFolder,
    *,
    port_base: int | None,
    user: str | None,
    report: Callable[[str], None],
    many_users: bool | None = None,
) -> Started:
    """Start a workbench and wait until it is healthy.

    Parameters
    ----------
    state : StateFolder
        Where it keeps its state.
    port_base : int or None
        The proxy's port; None takes the one of the last start, else 8000.
    user : str or None
        Name of the first account, used at the very first start; None takes `first_account`.
    report : callable
        Told in a few words what is going on.
    many_users : bool, optional
        Whether each account is a Unix user of its own. By default as at the last
        start, and at the very first one if root starts it.

    Returns
    -------
    Started
        Address and, the first time, the password.

    Raises
    ------
    SettingsError
        If the user's name or the port base cannot be used.
    WorkbenchError
        One sentence on what hinders the start. Nothing is left running.
    """
    if user is not None:
        refuse_odd_name(user)
    preflight.check(state.home)
    state.create()
    with _locked(state), _disk_errors_named(state):
        if supervisor_process(state) is None:
            Databases.of(state).prepare()
        wanted = _choose_plan(state, port_base, user, many_users)
        if supervisor_process(state) is not None:
            return _already_running(state, wanted, explicit=port_base is not None)
        check_mode(wanted, Accounts(accounts_address(state)).names())
        _stop_orphaned_services(state, report)
        wanted.ports.refuse_taken()
        secrets = Secrets.load_or_create(state.secrets)
        create_shared_folders(wanted, secrets)
        if wanted.many_users:
            check_enterable()
            adopt_earlier_log(wanted, api_home(wanted), report)
        wanted.write()
        check_configuration(wanted)
        write_configuration(wanted)
        members = processes(wanted, secrets)
        report("Starting " + ", ".join(member.name for member in members))
        try:
            start_supervisor(wanted, members)
            wait_until_healthy(wanted)
        except BaseException:
            _stop_everything(state)
            raise
        return Started(wanted, _first_password(state, wanted.user))


def needs_installation(state: StateFolder, many_users: bool | None) -> bool:
    """Tell whether a start for many users must come from another place than this environment.

    Parameters
    ----------
    state : StateFolder
        Of the workbench.
    many_users : bool or None
        As for `up`.

    Returns
    -------
    bool
        True when root starts it and other users cannot run this environment.
    """
    earlier = Plan.read(state) if state.plan.exists() else None
    return os.getuid() == 0 and choose_mode(many_users, earlier) and not runs_for_all()


def down(state: StateFolder, *, report: Callable[[str], None]) -> int:
    """Stop a workbench and everything that it started.

    Parameters
    ----------
    state : StateFolder
        Of the workbench.
    report : callable
        Told in a few words what is going on.

    Returns
    -------
    int
        How many processes were stopped; zero when nothing ran.

    Raises
    ------
    WorkbenchError
        If something is still there afterwards.
    """
    if not state.root.is_dir():
        return 0
    with _locked(state):
        report("Stopping")
        stopped = _stop_everything(state)
        remaining = leftovers.workbench_processes(state)
        if remaining:
            pids = ", ".join(str(process.pid) for process in remaining)
            raise WorkbenchError(f"These processes could not be stopped: {pids}.")
        _refuse_open_ports(state)
        return stopped


def status(state: StateFolder) -> Status:
    """Find out how a workbench is.

    Parameters
    ----------
    state : StateFolder
        Of the workbench.

    Returns
    -------
    Status
        Processes, and what does not answer.
    """
    if not state.plan.exists():
        return Status(None, [], [], 0)
    plan = Plan.read(state)
    if supervisor_process(state) is None:
        return Status(plan, [], [], len(leftovers.workbench_processes(state)))
    everything = leftovers.workbench_processes(state)
    services = leftovers.workbench_processes(state, services_only=True)
    # The supervisor itself is neither a service nor a session.
    return Status(plan, process_states(state), unhealthy_parts(plan), max(len(everything) - len(services) - 1, 0))


def first_account(many_users: bool) -> str:
    """Name the first account where nobody gives it a name.

    Parameters
    ----------
    many_users : bool
        Whether it has to be a Unix user of its own.

    Returns
    -------
    str
        That of the person who starts a workbench for one; for many ``"admin"``, as
        ``"physforge"`` is the name of the services' user, or ``"admin2"`` and so on where
        the machine has such a Unix user already.
    """
    if many_users:
        names = itertools.chain(["admin"], (f"admin{number}" for number in itertools.count(2)))
        return next(name for name in names if not _is_unix_user(name))
    name = getpass.getuser().lower()
    # Names of directory services may hold what an account's name here cannot.
    return name if os.getuid() != 0 and name.isalnum() and name.isascii() and name[0].isalpha() else "physforge"


def _is_unix_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _choose_plan(state: StateFolder, port_base: int | None, user: str | None, many_users: bool | None) -> Plan:
    earlier = Plan.read(state) if state.plan.exists() else None
    names = Accounts(accounts_address(state)).names()
    ports = Ports.from_base(port_base) if port_base is not None else earlier.ports if earlier else Ports.from_base(8000)
    many = choose_mode(many_users, earlier)
    # The account outlives the plan: whoever was let in first stays the one user.
    first = earlier.user if earlier and earlier.user in names else names[0] if names else user or first_account(many)
    return Plan(state=state, ports=ports, user=first, many_users=many)


def _already_running(state: StateFolder, wanted: Plan, *, explicit: bool) -> Started:
    running = Plan.read(state)
    if wanted.many_users != running.many_users:
        raise WorkbenchError("The workbench runs in the other mode; stop it first (physforge down).")
    if explicit and wanted.ports != running.ports:
        raise WorkbenchError(
            f"A workbench with the state folder {state.home} runs already at {running.url}. "
            "Stop it first (physforge down), or set PHYSFORGE_HOME to another folder."
        )
    wait_until_healthy(running)
    return Started(running, _first_password(state, running.user), already_running=True)


def _first_password(state: StateFolder, user: str) -> str | None:
    accounts = Accounts(accounts_address(state))
    if accounts.names():
        return None
    password = generate_password()
    accounts.set_password(user, password)
    return password


def _stop_orphaned_services(state: StateFolder, report: Callable[[str], None]) -> None:
    # The supervisor was killed and could not take its processes along. Users' servers stay:
    # the hub finds them again, but two hubs must never share one database.
    orphans = leftovers.workbench_processes(state, services_only=True)
    if orphans:
        report(f"Stopping {len(orphans)} processes that an earlier supervisor left behind")
        leftovers.stop(orphans)


def _stop_everything(state: StateFolder) -> int:
    # Counted before: what the supervisor stops is gone afterwards.
    before = len(leftovers.workbench_processes(state))
    supervisor = supervisor_process(state)
    if supervisor is not None:
        # Servers save and stop their kernels while the services stop.
        leftovers.ask_to_end(leftovers.session_servers(state))
        # It passes SIGTERM on and waits: Dask Gateway uses that time to stop its clusters.
        leftovers.stop([supervisor], grace_seconds=30)
    leftovers.stop(leftovers.workbench_processes(state))
    if state.plan.exists():
        remove_shared_folders(Plan.read(state))
    return before


def _refuse_open_ports(state: StateFolder) -> None:
    if not state.plan.exists():
        return
    held = [port for port in Plan.read(state).ports.as_dict().values() if not can_bind(port)]
    if held:
        raise WorkbenchError(f"The workbench is stopped, and another program holds {', '.join(map(str, held))}.")


@contextlib.contextmanager
def _locked(state: StateFolder) -> Iterator[None]:
    with state.lock.open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkbenchError(
                f"The workbench with the state folder {state.home} is being started or stopped by another command; "
                "wait for it."
            ) from error
        yield


@contextlib.contextmanager
def _disk_errors_named(state: StateFolder) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise WorkbenchError(f"The disk is full: nothing more fits into {state.home}.") from error
        raise
