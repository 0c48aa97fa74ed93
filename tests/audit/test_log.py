"""Appending: durable, in one chain whoever appends, all or nothing."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import sqlalchemy as sa
from audit.places import ADA, BOB, NEVER, event
from audit.tampering import damage

from physforge.audit import AuditLog, Event, Schedule
from physforge.audit.chain import COVERED, row_hash
from physforge.audit.schema import EVENT_LOG
from physforge.audit.tables import EVENTS, METADATA
from physforge.database.engine import make_engine
from physforge.errors import AuditError, DatabaseError


def rows(url: str) -> list[dict]:
    engine = make_engine(url)
    with engine.connect() as connection:
        found = [dict(row) for row in connection.execute(sa.select(EVENTS).order_by(EVENTS.c.seq)).mappings()]
    engine.dispose()
    return found


def test_an_event_comes_back_as_it_was_recorded(log):
    before = time.time()
    assert log.append(event(7, outcome="refused", subject=BOB)) == 1
    (entry,) = log.query(personal=True).entries
    assert before - 0.001 <= entry.time.timestamp() <= time.time()
    assert entry.time.utcoffset().total_seconds() == 0
    assert (entry.seq, entry.actor, entry.act, entry.outcome) == (1, str(ADA), "dataset.create", "refused")
    assert (entry.object_kind, entry.object_id, entry.request_id) == ("dataset", "run7", "req-7")
    assert (entry.details, entry.personal, entry.subject) == ({"size": 7}, {"name": "Ada Lovelace"}, str(BOB))


def test_each_row_follows_the_one_before(log, places):
    log.append_all([event(number) for number in range(5)])
    found = rows(places.url)
    assert [row["seq"] for row in found] == [1, 2, 3, 4, 5]
    for row, before in zip(found[1:], found, strict=False):
        assert row["previous_hash"] == before["hash"]
        assert row["hash"] == row_hash(row)
    assert {row["previous_hash"] for row in found}.isdisjoint({found[-1]["hash"]})


@pytest.mark.parametrize("column", COVERED)
def test_the_hash_covers_each_column(column):
    row = dict.fromkeys(COVERED, "x") | {"seq": 1, "time_us": 2, "personal": b"x"}
    other = {**row, column: row[column] * 2}
    assert row_hash(row) != row_hash(other)
    assert row_hash(row) != row_hash({**row, column: None})


def test_the_hash_tells_apart_what_lies_side_by_side():
    row = dict.fromkeys(COVERED, "") | {"seq": 1, "time_us": 2, "act": "a.b", "object_kind": "c"}
    assert row_hash(row) != row_hash(row | {"act": "a.", "object_kind": "bc"})
    assert row_hash(row | {"object_id": '","'}) != row_hash(row | {"object_id": '"', "outcome": '"'})


def test_several_events_are_recorded_all_or_none(log, places):
    log.append_all([event(1), event(2)])
    with pytest.raises(AuditError):
        log.append_all([event(3), event(4, details={"x": object()})])
    assert log.append_all([]) == []
    assert len(rows(places.url)) == 2
    assert log.verify().ok


def test_threads_make_one_chain_and_lose_nothing(log):
    numbers: list[int] = []

    def work(name: int) -> None:
        numbers.extend(log.append(event(100 * name + number)) for number in range(20))

    threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 121))
    assert log.verify().events == 120
    assert {entry.object_id for entry in log.query(limit=1000).entries} == {
        f"run{100 * name + number}" for name in range(6) for number in range(20)
    }


APPEND = """
import sys, uuid
from physforge.audit import AuditLog, Event, Schedule
url, keys, heads, count = sys.argv[1:]
with AuditLog(url, keys, heads=heads, schedule=Schedule(events=10, seconds=60)) as log:
    for number in range(int(count)):
        event = Event(act="dataset.create", actor=uuid.uuid4(), object_kind="dataset", personal={"name": "Ada"})
        print(log.append(event), flush=True)
"""


def appender(places, count: int) -> subprocess.Popen:
    arguments = [sys.executable, "-c", APPEND, places.url, str(places.keys), str(places.heads), str(count)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_processes_make_one_chain_from_the_first_row_on(places):
    several = [appender(places, 40) for _ in range(2)]
    numbers: list[int] = []
    for process in several:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        numbers.extend(int(line) for line in out.split())
    assert sorted(numbers) == list(range(1, 81))
    with places.open() as log:
        verified = log.verify()
    assert (verified.ok, verified.events, verified.signed) == (True, 80, 80)


def test_what_was_acknowledged_survives_a_kill(places):
    process = appender(places, 10**6)
    acknowledged = 0
    for line in process.stdout:
        acknowledged = int(line)
        if acknowledged >= 30:
            os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    process.stderr.close()
    with places.open() as log:
        verified = log.verify()
        assert verified.ok
        assert verified.events >= acknowledged >= 30
        assert log.append(event()) == verified.events + 1
        assert log.verify().ok


def test_a_coroutine_waits_without_holding_up_others(sqlite_log):
    async def record() -> list[list[int]]:
        waiting = [asyncio.wrap_future(sqlite_log.submit([event(number)])) for number in range(50)]
        return await asyncio.gather(*waiting)

    assert sorted(asyncio.run(record())) == [[number] for number in range(1, 51)]


def test_an_act_is_recorded_though_nobody_waits_any_more(sqlite_log):
    async def give_up() -> None:
        waiting = asyncio.wrap_future(sqlite_log.submit([event()]))
        waiting.cancel()
        await asyncio.sleep(0)

    asyncio.run(give_up())
    assert sqlite_log.append(event()) == 2


def test_closing_records_what_waits_and_signs_it(sqlite_places):
    log = sqlite_places.open()
    futures = [log.submit([event(number)]) for number in range(40)]
    log.close()
    assert [future.result(0) for future in futures] == [[number] for number in range(1, 41)]
    with pytest.raises(AuditError, match="closed"):
        log.append(event())
    with sqlite_places.open() as log:
        assert log.verify().signed == 40


def test_a_log_that_nobody_closed_is_signed_when_the_process_ends(sqlite_places):
    code = (
        "import sys; from physforge.audit import AuditLog, Event;"
        "log = AuditLog(sys.argv[1], sys.argv[2], heads=sys.argv[3]); log.append(Event(act='workbench.start'))"
    )
    arguments = [sys.executable, "-c", code, sqlite_places.url, str(sqlite_places.keys), str(sqlite_places.heads)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(sqlite_places.heads.read_text())["seq"] == 1


def test_a_database_that_fails_records_nothing_and_says_so(sqlite_log, sqlite_places):
    sqlite_log.append(event(1))
    damage(sqlite_places, "ALTER TABLE audit_event RENAME TO gone")
    with pytest.raises((DatabaseError, sa.exc.SQLAlchemyError), match="audit_event"):
        sqlite_log.append(event(2))
    damage(sqlite_places, "ALTER TABLE gone RENAME TO audit_event")
    assert sqlite_log.append(event(3)) == 2
    assert [entry.object_id for entry in sqlite_log.query().entries] == ["run1", "run3"]
    assert sqlite_log.verify().ok


def test_a_full_disk_is_said_and_what_was_recorded_stays(sqlite_log, sqlite_places):
    @sa.event.listens_for(sqlite_log._database.engine, "checkout")
    def leave_no_room(connection, *_rest) -> None:
        connection.execute("PRAGMA max_page_count = 40")

    numbers: list[int] = []

    def append_without_end() -> None:
        numbers.extend(sqlite_log.append(event(number)) for number in range(1000))

    with pytest.raises(DatabaseError, match="database or disk is full"):
        append_without_end()
    recorded = len(numbers)
    assert 50 < recorded < 1000
    with sqlite_places.open() as log:
        assert log.append(event()) == recorded + 1
        assert (log.verify().ok, log.verify().events) == (True, recorded + 1)


def test_every_commit_waits_for_the_disk(sqlite_log, sqlite_places):
    sqlite_log.append(event())
    with sqlite_log._database.writing() as session:
        settings = [session.execute(sa.text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]


def test_a_log_is_private(sqlite_places):
    old = os.umask(0)
    try:
        with sqlite_places.open() as log:
            log.append(event())
            for path in (sqlite_places.folder / "database", sqlite_places.keys, sqlite_places.heads.parent):
                for inner in (path, *path.rglob("*")):
                    if inner != sqlite_places.heads.parent:
                        assert inner.stat().st_mode & 0o077 == 0, inner
    finally:
        os.umask(old)
    assert sqlite_places.heads.stat().st_mode & 0o777 == 0o600


def test_asking_for_a_log_that_is_not_there_makes_none(places):
    with pytest.raises(AuditError, match="There is no event log at"):
        places.open(create=False)
    assert not places.keys.exists()
    places.open().close()
    places.open(create=False).close()


def test_migrations_make_what_the_tables_say(places):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    places.open().close()
    engine = make_engine(places.url)
    assert EVENT_LOG.current(engine) == EVENT_LOG.head
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": EVENT_LOG.version_table})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_its_migrations_are_a_line_of_their_own_and_lose_nothing_unasked(places):
    from physforge.database import HEAD, Database, current

    Database.open(places.url).close()
    places.open().close()
    engine = make_engine(places.url)
    assert EVENT_LOG.scripts().get_heads() == [EVENT_LOG.head]
    with pytest.raises(DatabaseError, match="deletes the whole event log"):
        EVENT_LOG.downgrade(engine, "base")
    EVENT_LOG.downgrade(engine, "base", allow_data_loss=True)
    assert (EVENT_LOG.current(engine), current(engine)) == (None, HEAD)
    assert not set(METADATA.tables) & set(sa.inspect(engine).get_table_names())
    engine.dispose()


def test_a_log_of_a_newer_physforge_is_left_alone(places):
    places.open().close()
    damage(places, "UPDATE audit_revision SET version_num = 'a9999'")
    with pytest.raises(
        DatabaseError,
        match=r"event log is at revision a9999, which this version .* does not know; upgrade",
    ):
        places.open()


def test_a_log_may_share_a_database_with_other_tables(places):
    from physforge.database import HEAD, Database, current

    Database.open(places.url).close()
    with places.open() as log:
        assert log.append(event()) == 1
    Database.open(places.url).close()
    engine = make_engine(places.url)
    assert (current(engine), EVENT_LOG.current(engine)) == (HEAD, EVENT_LOG.head)
    engine.dispose()


def test_a_database_that_cannot_be_opened_gets_a_sentence(tmp_path):
    (tmp_path / "audit.sqlite").write_text("t,u\n" * 1000)
    with pytest.raises(DatabaseError, match=r"event log .* cannot be opened: file is not a database"):
        AuditLog(f"sqlite:///{tmp_path}/audit.sqlite", tmp_path / "keys")


def test_the_schedule_has_useful_defaults():
    assert Schedule() == Schedule(events=1000, seconds=10.0)
    assert NEVER.events > 1000
    assert Event(act="login.ok").outcome == "ok"
