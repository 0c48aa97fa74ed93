"""Commits that threads share: everybody's answer is on the disk, and nobody fails for another's mistake."""

import contextlib
import threading
import time

import pytest
import sqlalchemy as sa

from physforge.database import Database
from physforge.database import group_commit as group_commit_module
from physforge.database.tables import Principal
from physforge.errors import DatabaseError

PRINCIPALS = Principal.__table__


@pytest.fixture
def database(url):
    database = Database.open(url)
    yield database
    database.close()


def names(database):
    with database.reading() as session:
        return sorted(session.scalars(sa.select(Principal.hub_name)))


def add(connection, items):
    """Enter names; "bad" breaks a constraint, and "refused" is refused before anything is written."""
    answers = []
    for name in items:
        if name == "refused":
            answers.append(ValueError(name))
            continue
        connection.execute(sa.insert(PRINCIPALS), {"hub_name": None if name == "bad" else name})
        answers.append(name.upper())
    return answers


def at_once(database, work, items):
    """Let several threads ask at the same moment; return answers or errors in order."""
    answers = {}
    start = threading.Barrier(len(items))

    def run(item):
        start.wait()
        try:
            answers[item] = database.together.run(work, item)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            answers[item] = error

    threads = [threading.Thread(target=run, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[item] for item in items]


def test_one_alone_is_written_and_answered(database):
    assert database.together.run(add, "ada") == "ADA"
    assert names(database) == ["ada"]


def test_many_at_once_share_commits_and_each_gets_its_own_answer(database):
    commits = []
    sa.event.listen(database.engine, "commit", lambda _connection: commits.append(1))
    items = [f"p{number}" for number in range(24)]

    def slow(connection, several):
        time.sleep(0.02)  # the others gather meanwhile
        return add(connection, several)

    assert at_once(database, slow, items) == [item.upper() for item in items]
    assert names(database) == sorted(items)
    assert len(commits) < 12


def test_what_is_refused_fails_alone_and_costs_no_rollback(database):
    rollbacks = []
    sa.event.listen(database.engine, "rollback", lambda _connection: rollbacks.append(1))
    answers = at_once(database, add, ["a", "refused", "b", "c"])
    assert isinstance(answers.pop(1), ValueError)
    assert answers == ["A", "B", "C"]
    assert rollbacks == []
    assert names(database) == ["a", "b", "c"]


def test_a_mistake_fails_alone_though_the_commit_was_shared(database):
    items = ["bad", *(f"p{number}" for number in range(8))]
    for _ in range(3):
        answers = at_once(database, add, items)
        assert isinstance(answers[0], sa.exc.IntegrityError)
        assert answers[1:] == [item.upper() for item in items[1:]]
        assert names(database) == items[1:]
        with database.writing() as session:
            session.execute(sa.delete(Principal))


def test_works_of_several_kinds_keep_their_order(database):
    def count(connection, items):
        return [connection.execute(sa.select(sa.func.count()).select_from(PRINCIPALS)).scalar() for _ in items]

    assert database.together.run(count, "x") == 0
    database.together.run(add, "ada")
    assert database.together.run(count, "y") == 1


def test_a_commit_is_durable_if_it_must_be_for_one(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path}/a.sqlite")
    seen = {}

    def look(connection, items):
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
        return [seen.setdefault(item, synchronous) for item in items]

    together = database.together
    assert together.run(look, "relaxed", durable=False) == 1
    assert together.run(look, "durable") == 2
    calls = [group_commit_module._Call(look, item, item == "second") for item in ("first", "second")]
    assert together._commit(calls) == [2, 2]
    database.close()


def test_an_interrupted_leader_leaves_nobody_waiting(database):
    begun, others = threading.Event(), []

    def interrupted(connection, items):
        begun.set()
        time.sleep(0.1)
        raise KeyboardInterrupt

    def lead():
        with pytest.raises(KeyboardInterrupt):
            database.together.run(interrupted, "leader")

    leader = threading.Thread(target=lead)
    leader.start()
    begun.wait()
    threads = [threading.Thread(target=lambda n=n: others.append(database.together.run(add, n))) for n in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in (leader, *threads):
        thread.join(10)
        assert not thread.is_alive()
    assert sorted(others) == ["A", "B"]
    assert names(database) == ["a", "b"]


def test_one_that_is_interrupted_while_it_waits_is_not_waited_for(database, monkeypatch):
    begun, go_on, interrupted, answers = threading.Event(), threading.Event(), threading.Event(), []

    def slow(connection, items):
        begun.set()
        go_on.wait(10)
        return add(connection, items)

    real = group_commit_module._Call.sleep

    def sleep(call):
        if call.item == "interrupted":
            interrupted.set()
            raise KeyboardInterrupt
        real(call)

    monkeypatch.setattr(group_commit_module._Call, "sleep", sleep)
    threads = [threading.Thread(target=lambda: answers.append(database.together.run(slow, "leader")))]
    threads[0].start()
    begun.wait()

    def wait():
        with pytest.raises(KeyboardInterrupt):
            database.together.run(add, "interrupted")

    threads.append(threading.Thread(target=wait))
    threads[1].start()
    interrupted.wait()
    threads.append(threading.Thread(target=lambda: answers.append(database.together.run(add, "last"))))
    threads[2].start()
    go_on.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert answers == ["LEADER", "LAST"]
    assert names(database) == ["last", "leader"]


def test_what_two_processes_make_impossible_for_each_other_is_tried_again(server):
    """Two handles, as of two processes, lock the same rows in opposite order."""
    url = server.new_database()
    databases = [Database.open(url) for _ in range(2)]
    with databases[0].writing() as session:
        session.add_all([Principal(hub_name=name) for name in ("a", "b")])
    barrier = threading.Barrier(2, timeout=5)

    def lock_both(connection, items):
        for place, name in enumerate(items[0]):
            touch = sa.update(PRINCIPALS).where(PRINCIPALS.c.hub_name == name)
            connection.execute(touch.values(is_account=True))
            if place == 0:
                with contextlib.suppress(threading.BrokenBarrierError):
                    barrier.wait(2)
        return ["done"]

    answers = []
    threads = [
        threading.Thread(target=lambda d=database, o=order: answers.append(d.together.run(lock_both, o)))
        for database, order in zip(databases, ("ab", "ba"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == ["done", "done"]
    for database in databases:
        database.close()


def test_a_database_that_fails_says_so(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path}/a.sqlite")
    with database.writing() as session:
        session.execute(sa.text("DROP TABLE device_login"))

    def broken(connection, items):
        connection.execute(sa.text("INSERT INTO device_login VALUES (1)"))
        return items

    with pytest.raises(DatabaseError, match="no such table"):
        database.together.run(broken, "x")
    assert database.together.run(add, "ada") == "ADA"
    database.close()
