"""Real Unix users for accounts: made when needed, and never somebody else's by accident."""

from __future__ import annotations

import contextlib
import fcntl
import grp
import json
import pwd
import shutil
import stat
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from physforge.errors import WorkbenchError
from physforge.workbench.accounts import refuse_odd_name
from physforge.workbench.state import write_private

#: Ids below this belong to the system, and so does that of ``nobody``.
FIRST_UID = 1000
_LAST_UID = 59_999
_NOBODY = {65_534, 65_535}

#: Stands for every Unix user that exists.
EVERYBODY = "all"

#: Runs what needs no rights of root: it owns nothing and can log in nowhere.
SERVICE_USER = "physforge"

_SHELL = "/bin/bash"
_SECONDS = 30


@dataclass(frozen=True)
class UnixUser:
    """Whom a session runs as.

    Parameters
    ----------
    name : str
        Of the account and of the Unix user.
    uid, gid : int
        Its own ids; `gid` is its primary group.
    groups : tuple of int
        All its groups.
    home : pathlib.Path
        Its home folder, 0700.
    shell : str
        Its login shell.
    """

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    home: Path
    shell: str


@dataclass(frozen=True)
class UnixUsers:
    """The Unix users of a workbench, and a record of which of them it made.

    Parameters
    ----------
    record : pathlib.Path
        A JSON file of name -> user id, 0600; it need not exist yet. It is what tells
        a user of this workbench from a stranger of the same name.
    homes : pathlib.Path
        Where home folders of new users are made.
    existing : collection of str, default: ()
        Names of users made elsewhere that may be used too, or ``("all",)``.
    """

    record: Path
    homes: Path
    existing: Collection[str] = ()

    def check(self, name: str) -> None:
        """Refuse a name that no session may run as; change nothing.

        Parameters
        ----------
        name : str
            An account's name.

        Raises
        ------
        SettingsError
            If it is not one for an account.
        WorkbenchError
            If it is a user of the system, or of somebody else.
        """
        refuse_odd_name(name)
        known = self._known().get(name)
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            self._check_new(name, known)
        else:
            self._check_existing(entry, known)

    def ensure(self, name: str) -> UnixUser:
        """Return the Unix user `name`, made now if there is none.

        Parameters
        ----------
        name : str
            An account's name.

        Returns
        -------
        UnixUser
            With a home folder of its own, 0700, and no password.

        Raises
        ------
        SettingsError, WorkbenchError
            As for `check`, or if the system refuses to make the user.
        """
        with self._locked():
            self.check(name)
            known = self._known()
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                self._make(name, known)
                entry = pwd.getpwnam(name)
            self._close_home(entry)
            if name not in known:
                self._write({**self._document(), "users": {**known, name: entry.pw_uid}})
        return _as_user(entry)

    def retire(self, name: str) -> None:
        """Take a user out of use, so that nobody of the same name ever inherits from it.

        Its processes are ended, its home is set aside as ``NAME.retired-UID`` and its
        id is not given out again. Of a user that was made elsewhere only the record is
        dropped.

        Parameters
        ----------
        name : str
            An account's name; one that is not known is no error.

        Raises
        ------
        WorkbenchError
            If the system refuses to remove the user.
        """
        with self._locked():
            document, known = self._document(), self._known()
            uid = known.pop(name, None)
            if uid is None:
                return
            if name in document["made"]:
                _end_processes(uid)
                with contextlib.suppress(KeyError):
                    if pwd.getpwnam(name).pw_uid == uid:
                        _run(["userdel", name], f"The Unix user {name} cannot be removed")
                home = self.homes / name
                if home.is_dir() and not home.is_symlink():
                    home.rename(self.homes / f"{name}.retired-{uid}")
            made = [one for one in document["made"] if one != name]
            self._write({"users": known, "made": made, "retired": sorted({*document["retired"], uid})})

    def _check_existing(self, entry: pwd.struct_passwd, known: int | None) -> None:
        name, uid = entry.pw_name, entry.pw_uid
        if uid < FIRST_UID or uid in _NOBODY:
            raise WorkbenchError(f"{name!r} is a user of the system (id {uid}); no session runs as it. Choose another.")
        if known is None and name not in self.existing and EVERYBODY not in self.existing:
            raise WorkbenchError(
                f"The machine has a Unix user {name!r} already, who may be somebody else. Choose another name, or let "
                f"the account use it: add {name!r} to existing_users in workbench.yaml."
            )
        if known is not None and known != uid:
            raise WorkbenchError(
                f"The Unix user {name!r} had the id {known} and has {uid} now: it was removed and made again. If it is "
                f"the same person, take it out of {self.record}."
            )

    def _check_new(self, name: str, known: int | None) -> None:
        home = self.homes / name
        if home.is_symlink() or (home.exists() and home.stat().st_uid != known):
            raise WorkbenchError(
                f"The folder {home} is there already and is not that of the account {name!r}; move it away."
            )

    def _make(self, name: str, known: dict[str, int]) -> None:
        self._prepare_homes()
        document = self._document()
        uid = known.get(name) or _free_uid([*known.values(), *document["retired"]])
        home = self.homes / name
        command = ["useradd", "--uid", str(uid), "--user-group", "--comment", "PhysForge account"]
        command += ["--no-create-home" if home.exists() else "--create-home", "--home-dir", str(home)]
        command += ["--shell", _SHELL, "--key", "HOME_MODE=0700"]
        # Debian's rule for names knows no dots.
        command += ["--badname"] if "." in name else []
        # Written first: a user whose record was lost would be taken for a stranger.
        made = sorted({*document["made"], name})
        self._write({**document, "users": {**known, name: uid}, "made": made})
        try:
            _run([*command, name], f"The Unix user {name} cannot be made")
        except WorkbenchError:
            self._write(document)
            raise

    def _prepare_homes(self) -> None:
        for folder in [*reversed(self.homes.parents), self.homes]:
            if not folder.exists():
                folder.mkdir()
                # Services run with a umask that would close it.
                folder.chmod(0o755)
        facts = self.homes.stat()
        if facts.st_uid != 0 or facts.st_mode & 0o022:
            raise WorkbenchError(f"Others than root may write to {self.homes}: no homes are made there. Mend its mode.")

    def _close_home(self, entry: pwd.struct_passwd) -> None:
        home = Path(entry.pw_dir)
        try:
            facts = home.lstat()
        except OSError as error:
            raise WorkbenchError(f"The home {home} of {entry.pw_name!r} cannot be used: {error.strerror}.") from error
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != entry.pw_uid:
            raise WorkbenchError(f"{home} is not a folder of the Unix user {entry.pw_name!r}; mend its owner.")
        if entry.pw_name in self._document()["made"] and stat.S_IMODE(facts.st_mode) != 0o700:
            home.chmod(0o700)

    def _known(self) -> dict[str, int]:
        return dict(self._document()["users"])

    def _document(self) -> dict[str, Any]:
        try:
            document = json.loads(self.record.read_text(encoding="utf-8"))
            return {"users": document["users"], "made": document["made"], "retired": document["retired"]}
        except FileNotFoundError:
            return {"users": {}, "made": [], "retired": []}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WorkbenchError(f"{self.record} is damaged ({error}); restore it from a backup.") from error

    def _write(self, document: dict[str, Any]) -> None:
        write_private(self.record, json.dumps(document, indent=2))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        # The hub and Dask Gateway both make users.
        with self.record.with_suffix(".lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def ensure_service_user() -> UnixUser:
    """Return the system's user that services run as, made now if there is none.

    Returns
    -------
    UnixUser
        ``physforge``: no password, no shell, no home.

    Raises
    ------
    WorkbenchError
        If a person has this name, or the system refuses.
    """
    try:
        entry = pwd.getpwnam(SERVICE_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", shutil.which("nologin") or "/usr/sbin/nologin", "--comment", "PhysForge services"]
        _run([*command, SERVICE_USER], f"The system's user {SERVICE_USER} cannot be made")
        entry = pwd.getpwnam(SERVICE_USER)
    if not 0 < entry.pw_uid < FIRST_UID:
        raise WorkbenchError(
            f"The Unix user {SERVICE_USER!r} has the id {entry.pw_uid}, as a person has. The workbench's services need "
            f"that name for a user of the system: rename it, then useradd --system {SERVICE_USER}."
        )
    return _as_user(entry)


def _as_user(entry: pwd.struct_passwd) -> UnixUser:
    groups = tuple(sorted({entry.pw_gid, *(group.gr_gid for group in grp.getgrall() if entry.pw_name in group.gr_mem)}))
    return UnixUser(entry.pw_name, entry.pw_uid, entry.pw_gid, groups, Path(entry.pw_dir), entry.pw_shell or _SHELL)


def _free_uid(used: list[int]) -> int:
    taken = {*used, *(entry.pw_uid for entry in pwd.getpwall())}
    within = [uid for uid in taken if FIRST_UID <= uid <= _LAST_UID]
    # Upwards only: an id that was given up may still own files somewhere.
    return max(within, default=FIRST_UID - 1) + 1


def _end_processes(uid: int) -> None:
    def of_user() -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.uids().real == uid:
                    found.append(process)
        return found

    for process in of_user():
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(of_user(), timeout=5)


def _run(command: list[str], failure: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WorkbenchError(f"{failure}: {error}.") from error
    if done.returncode != 0:
        raise WorkbenchError(f"{failure}: {(done.stderr or done.stdout).strip()}")
