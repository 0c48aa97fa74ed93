"""A PostgreSQL server of the tests' own: a temporary folder, a Unix socket, no network."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

DEBIAN = Path("/usr/lib/postgresql")
USER = "physforge"


class Server:
    """Makes a fresh database whenever asked, and drops the one before, unless that is to stay."""

    def __init__(self, socket_folder: Path) -> None:
        self._socket_folder = socket_folder
        self._last: str | None = None

    def new_database(self, *, stays: bool = False) -> str:
        name = f"t{uuid.uuid4().hex[:12]}"
        place = {"host": str(self._socket_folder), "user": USER, "dbname": "postgres"}
        with psycopg.connect(**place, autocommit=True) as connection:
            if self._last is not None and not stays:
                connection.execute(f"DROP DATABASE {self._last} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
        self._last = self._last if stays else name
        return f"postgresql+psycopg://{USER}@/{name}?host={self._socket_folder}"

    def require_password(self, url: str, role: str, password: str) -> str:
        """Return the address of the same database for a role that needs `password`, and may make schemas."""
        name = url.partition("@/")[2].partition("?")[0]
        place = {"host": str(self._socket_folder), "user": USER, "dbname": name}
        with psycopg.connect(**place, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))
                rules = self._socket_folder / "data" / "pg_hba.conf"
                rules.write_text(f"local all {role} scram-sha-256\n" + rules.read_text())
                connection.execute("SELECT pg_reload_conf()")
            allowed = sql.SQL("GRANT CREATE ON DATABASE {} TO {}")
            connection.execute(allowed.format(sql.Identifier(name), sql.Identifier(role)))
        return f"postgresql://{role}@/{name}?host={self._socket_folder}"


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """Start a server, and stop it with all its processes; a durable one waits for the disk, as in production."""
    programs = find_programs()
    if programs is None:
        missing("PostgreSQL's initdb is not on this machine (on Debian: apt-get install postgresql)")
    # In memory where there is room; and short, as a socket's path must be.
    shared = Path("/dev/shm")  # noqa: S108
    has_room = not durable and shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 2**29
    folder = Path(tempfile.mkdtemp(prefix="pf-pg-", dir=shared if has_room else "/tmp"))  # noqa: S108
    identity = unprivileged(folder)
    data = folder / "data"
    try:
        made = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            USER,
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
        ]
        done = subprocess.run(made, capture_output=True, text=True, check=False, cwd=folder, **identity)
        if done.returncode != 0:
            missing(f"PostgreSQL's initdb fails here: {done.stderr.strip()[-500:]}")
        # Durability is PostgreSQL's own business; most tests only need its SQL.
        fsync = f"fsync={'on' if durable else 'off'}"
        settings = [f"unix_socket_directories={folder}", "listen_addresses=", fsync, "max_connections=50"]
        options = [part for setting in settings for part in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, *options], stdout=log, stderr=log, cwd=folder, **identity
            )
        try:
            wait_until_it_answers(folder, process)
            yield Server(folder)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    finally:
        shutil.rmtree(folder)


def find_programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return max((path.parent for path in DEBIAN.glob("*/bin/initdb")), default=None)


def unprivileged(folder: Path) -> dict:
    """PostgreSQL refuses to run as root: give the folder to somebody else, and run as them."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    missing("there is no unprivileged user that PostgreSQL could run as")
    raise AssertionError


def wait_until_it_answers(folder: Path, process: subprocess.Popen) -> None:
    for _ in range(300):
        try:
            psycopg.connect(host=str(folder), user=USER, dbname="postgres").close()
        except psycopg.OperationalError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    missing(f"PostgreSQL does not start here: {(folder / 'log').read_text()[-500:]}")


def missing(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
