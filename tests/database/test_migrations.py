"""Migrations, on SQLite and PostgreSQL: they meet the tables, go both ways, and lose nothing unasked."""

import os
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from pytest_alembic.tests import (  # noqa: F401
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)

from physforge.database import HEAD, Database, current, downgrade, upgrade
from physforge.database.engine import make_engine
from physforge.database.migrate import CENTRAL
from physforge.database.scopes import enter_scope
from physforge.database.tables import (
    METADATA,
    JobBatchRow,
    JobEventRow,
    JobLogRow,
    JobMemberRow,
    JobNeedRow,
    JobRow,
    Principal,
)
from physforge.errors import DatabaseError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def alembic_config():
    return CENTRAL.configuration()


@pytest.fixture
def alembic_engine(url):
    engine = make_engine(url, foreign_keys=False)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(url):
    engine = make_engine(url)
    yield engine
    engine.dispose()


def tables(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def test_head_is_the_newest_migration():
    assert CENTRAL.scripts().get_heads() == [HEAD]


def test_the_first_migration_makes_principals_groups_and_projects(engine):
    upgrade(engine, "0001")
    assert {"principal", "group", "project"} <= tables(engine)


def test_every_owned_row_has_owner_and_project():
    owned = {"dataset", "job", "job_batch", "upload", "version"}
    assert {
        name for name, table in METADATA.tables.items() if {"owner_id", "project_id"} <= set(table.c.keys())
    } == owned


def test_up_down_and_up_again(engine):
    upgrade(engine)
    assert (current(engine), tables(engine)) == (HEAD, set(METADATA.tables))
    downgrade(engine, "base", allow_data_loss=True)
    assert (current(engine), tables(engine)) == (None, set())
    upgrade(engine)
    assert current(engine) == HEAD


def test_what_users_stored_is_not_deleted_unasked(url):
    database = Database.open(url)
    with database.writing() as session:
        session.add(Principal(hub_name="ada"))
    lost = ("deletes where people want to be told .*", "all jobs, .*", "all shares, .*", "all data sets, .*")
    losses = "; ".join((*lost, "all principals.*allow_data_loss=True"))
    with pytest.raises(DatabaseError, match=losses):
        downgrade(database.engine, "base")
    assert current(database.engine) == HEAD
    with database.reading() as session:
        assert session.scalars(sa.select(Principal.hub_name)).all() == ["ada"]
    downgrade(database.engine, "0001", allow_data_loss=True)
    with database.reading() as session:
        assert session.scalars(sa.select(Principal.hub_name)).all() == ["ada"]
    database.close()


def test_jobs_go_only_if_that_is_allowed_and_nothing_goes_with_them(url):
    database = Database.open(url)
    scope = enter_scope(database, "ada", "default")
    owned = {"owner_id": scope.owner_id, "project_id": scope.project_id}
    batch = JobBatchRow(name="sweep", **owned)
    asked = {"kind": "discovery", "spec": {}, "key": "k", "sha256": "0" * 64, "executor": "local", "rank": 0}
    jobs = [
        JobRow(**{**asked, "key": key}, state="queued", max_attempts=3, last_attempt=3, run={}, **owned)
        for key in ("a", "b")
    ]
    with database.writing() as session:
        session.add_all([batch, *jobs])
        session.flush()
        session.add(JobEventRow(job_id=jobs[0].id, number=1, attempt=0, state="queued", details={}))
        session.add(JobNeedRow(job_id=jobs[1].id, need_id=jobs[0].id))
        session.add(JobMemberRow(job_id=jobs[1].id, batch_id=batch.id))
        session.add(JobLogRow(job_id=jobs[1].id, attempt=1, start=0, length=1, text="x"))
    with pytest.raises(DatabaseError, match=r"deletes .*; all jobs, with their events.*allow_data_loss=True"):
        downgrade(database.engine, "0005")
    with database.reading() as session:
        assert session.scalars(sa.select(JobRow.key).order_by(JobRow.number)).all() == ["a", "b"]
    downgrade(database.engine, "0005", allow_data_loss=True)
    assert {name for name in tables(database.engine) if name.startswith("job")} == set()
    upgrade(database.engine)
    assert enter_scope(database, "ada", "default") == scope
    with database.reading() as session:
        assert session.scalars(sa.select(JobRow)).all() == []
    database.close()


def test_a_database_of_a_newer_physforge_is_left_alone(url):
    Database.open(url).close()
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DatabaseError, match="9999, which this version of PhysForge does not know; upgrade"):
        Database.open(url)


def test_many_that_open_a_new_database_at_once_all_find_it_whole(url):
    failures = []

    def open_it() -> None:
        try:
            database = Database.open(url)
            with database.writing() as session:
                session.add(Principal(hub_name=threading.current_thread().name))
            database.close()
        except DatabaseError as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it, name=f"p{index}") for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    database = Database.open(url)
    with database.reading() as session:
        assert len(session.scalars(sa.select(Principal.hub_name)).all()) == 6
    database.close()


KILLED = """
import os, signal, sys
import sqlalchemy as sa
from physforge.database import upgrade
from physforge.database.engine import make_engine

@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def die(connection, cursor, statement, *rest):
    if sys.argv[2] in statement:
        os.kill(os.getpid(), signal.SIGKILL)

upgrade(make_engine(sys.argv[1]))
"""


@pytest.mark.parametrize(
    "moment", ["CREATE TABLE project", "CREATE TABLE version_summary", "CREATE TABLE job_log", "UPDATE alembic_version"]
)
def test_a_migration_killed_midway_leaves_the_database_as_it_was(url, moment):
    done = subprocess.run([sys.executable, "-c", KILLED, url, moment], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    engine = make_engine(url)
    assert (current(engine), tables(engine)) == (None, set())
    engine.dispose()
    database = Database.open(url)
    assert tables(database.engine) == set(METADATA.tables)
    database.close()


def test_migrations_work_from_a_wheel(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, text=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    code = (
        "import physforge, sys; from physforge.database import Database, HEAD, current;"
        "database = Database.open(sys.argv[1]);"
        "assert physforge.__file__.startswith(sys.argv[2]), physforge.__file__;"
        "assert current(database.engine) == HEAD; database.close()"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    arguments = [sys.executable, "-c", code, f"sqlite:///{tmp_path}/new.sqlite", str(tmp_path / "site")]
    done = subprocess.run(arguments, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
