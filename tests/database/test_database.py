"""Transactions, settings of each connection, and errors in words."""

import threading
import uuid
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from physforge.database import Database
from physforge.database import engine as engine_module
from physforge.database.engine import make_engine
from physforge.database.filesystem import is_network
from physforge.database.tables import Group, Principal, Project
from physforge.errors import DatabaseError


@pytest.fixture
def database(url):
    database = Database.open(url)
    yield database
    database.close()


def names(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.scalars(sa.select(Principal.hub_name)))


def test_an_error_takes_the_whole_transaction_back(database):
    def fail_midway() -> None:
        with database.writing() as session:
            session.add(Principal(hub_name="ada"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_midway()
    assert names(database) == []


def test_a_principal_is_known_by_one_name(database):
    with database.writing() as session:
        session.add(Principal(hub_name="ada"))
    with pytest.raises(sa.exc.IntegrityError), database.writing() as session:
        session.add(Principal(hub_name="ada"))


def test_references_are_enforced(database):
    with pytest.raises(sa.exc.IntegrityError), database.writing() as session:
        session.add(Project(name="p", owner_id=uuid.uuid4()))


def test_times_come_back_in_utc(database):
    moment = datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    with database.writing() as session:
        session.add(Group(name="lab", created_at=moment))
    with database.reading() as session:
        found = session.scalars(sa.select(Group.created_at)).one()
    assert found == moment
    assert found.tzinfo is UTC


def test_writers_wait_for_each_other_and_lose_nothing(database):
    with database.writing() as session:
        session.add(Group(name="0"))

    def count() -> None:
        for _ in range(20):
            with database.writing(lock="count") as session:
                group = session.scalars(sa.select(Group)).one()
                group.name = str(int(group.name) + 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.scalars(sa.select(Group.name)).one() == "80"


def test_readers_go_on_while_somebody_writes(database):
    with database.writing() as session:
        session.add(Principal(hub_name="ada"))
        session.flush()
        assert names(database) == []
    assert names(database) == ["ada"]


def test_every_sqlite_connection_is_durable_patient_and_strict(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path}/a.sqlite")
    for _ in range(2):
        with engine.connect() as first, engine.connect().execution_options(physforge_read_only=True) as second:
            for connection in (first, second):
                settings = [
                    connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                    for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
                ]
                assert settings == ["wal", 2, 30_000, 1]
        engine.dispose()


def synchronous(session):
    return session.execute(sa.text("PRAGMA synchronous")).scalar()


def test_only_a_commit_that_says_so_does_not_wait_for_the_disk(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path}/a.sqlite")
    for time in range(2):
        with database.writing(durable=False) as session:
            assert synchronous(session) == 1
            session.add(Principal(hub_name=f"ada {time}"))
        # The same connection, from the pool.
        with database.writing() as session:
            assert synchronous(session) == 2
    assert names(database) == ["ada 0", "ada 1"]
    database.close()


def test_without_a_write_ahead_log_every_commit_waits_for_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(engine_module, "is_network", lambda _path: True)
    database = Database.open(f"sqlite:///{tmp_path}/a.sqlite")
    with database.writing(durable=False) as session:
        assert synchronous(session) == 2
    database.close()


def test_a_commit_that_need_not_last_is_one_on_postgresql_too(server):
    database = Database.open(server.new_database())
    with database.writing(durable=False) as session:
        assert session.execute(sa.text("SHOW synchronous_commit")).scalar() == "off"
        session.add(Principal(hub_name="ada"))
    with database.writing() as session:
        assert session.execute(sa.text("SHOW synchronous_commit")).scalar() == "on"
    assert names(database) == ["ada"]
    database.close()


def test_on_a_network_file_system_sqlite_keeps_a_rollback_journal(tmp_path, monkeypatch):
    monkeypatch.setattr(engine_module, "is_network", lambda _path: True)
    database = Database.open(f"sqlite:///{tmp_path}/a.sqlite")
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
    database.close()


MOUNTS = """\
22 1 8:1 / / rw,relatime - ext4 /dev/vda rw
30 22 0:40 / /home rw shared:1 - nfs4 server:/home rw,vers=4.2
31 30 8:2 / /home/local\\040disk rw - xfs /dev/sdb rw
32 22 0:41 / /srv rw - ext4 /dev/sdc rw
33 22 0:42 / /srv rw - fuse.sshfs host:/srv rw
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/lib/a", False),
        ("/home/ada/a", True),
        ("/homestead/a", False),
        ("/home/local disk/a", False),
        ("/srv/a", True),
    ],
)
def test_the_innermost_mount_says_what_a_path_lies_on(path, expected):
    assert is_network(Path(path), MOUNTS) is expected


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://localhost/a", "not supported; use SQLite or PostgreSQL"),
        ("sqlite://", "in memory is not supported"),
        ("nonsense", "no database address"),
        # In two parts: it is no password of anybody's.
        ("postgresql+psycopg://u:" + "secret@/d?host=/nowhere", r"postgresql\+psycopg://u:\*\*\*@.* cannot be opened"),
    ],
)
def test_a_bad_address_gets_a_sentence_without_the_password(url, message):
    with pytest.raises((DatabaseError, ImportError), match=message) as caught:
        Database.open(url)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_gets_a_sentence(tmp_path):
    (tmp_path / "a.sqlite").write_text("t,u\n" * 1000)
    with pytest.raises(DatabaseError, match="cannot be opened: file is not a database"):
        Database.open(f"sqlite:///{tmp_path}/a.sqlite")
