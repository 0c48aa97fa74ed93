"""The log behind a socket: one chain, whoever writes, and nothing but adding and reading for who is outside."""

import contextlib
import socket
import stat
import struct
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from audit.places import ADA, Places, event

from physforge.audit import AuditLog, Event, RemoteLog, Selection, check_export
from physforge.audit import remote as remote_module
from physforge.audit.event import Bounded
from physforge.audit.export import manifest_path, manifest_text
from physforge.audit.server import LogServer
from physforge.audit.wire import receive, send
from physforge.errors import AuditError, DatabaseError


def outside(number: int = 0, **changes) -> Event:
    """An event as a service hands it in."""
    return event(number, details={"through": "api", "size": number}, **changes)


@contextmanager
def serving(log: AuditLog, path: Path) -> Iterator[LogServer]:
    with LogServer(log, path, "api") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.sock"


@pytest.fixture
def remote(log: AuditLog, path: Path) -> Iterator[RemoteLog]:
    with serving(log, path):
        yield RemoteLog(path)


def test_events_from_inside_and_outside_are_one_chain(log, remote):
    assert [log.append(event(1)), remote.append(outside(2)), log.append(event(3))] == [1, 2, 3]
    assert remote.append_all([outside(4), outside(5)]) == [4, 5]
    assert remote.append_all([]) == []
    log.sign()
    verified = log.verify()
    assert (verified.ok, verified.events, verified.signed) == (True, 5, 5)


def test_what_is_read_outside_is_what_is_read_inside(log, remote):
    remote.append_all([outside(number) for number in range(7)])
    remote.append(outside(8, actor=None, personal={"name": "nobody we know"}))
    for options in (
        {"limit": 3},
        {"limit": 3, "after": 3},
        {"limit": 100, "newest_first": True, "personal": True},
        {"selection": Selection(act="dataset.*", actor=ADA, since=datetime.now(UTC) - timedelta(hours=1))},
        {"selection": Selection(object_id="run4")},
    ):
        assert remote.query(**options) == log.query(**options)
    assert [one.object_id for one in remote.query(Selection(object_id="run4")).entries] == ["run4"]
    with pytest.raises(AuditError, match="1 to 1000 events"):
        remote.query(limit=0)


ODD = ["x" * 2_000_000, "line\nforged \u202e", "back\\slash", "\ud800", 'quo"te', "ü" * 400]


@pytest.mark.parametrize("text", ODD, ids=lambda text: ascii(text)[:20])
def test_what_people_type_is_kept_as_if_it_had_been_written_inside(log, remote, text):
    facts = {
        "act": "dataset.create",
        "object_id": text,
        "request_id": text,
        "personal": {"name": text},
        "details": {"through": "api", "said": text, "id": uuid.uuid4(), "many": list(range(50)), "nan": float("nan")},
    }
    inside = log.append(Event(**facts))
    beyond = remote.append(Event(**facts))
    first, second = log.query(personal=True).entries
    assert (first.seq, second.seq) == (inside, beyond)
    for name in ("object_id", "request_id", "details", "personal", "personal_state"):
        assert getattr(first, name) == getattr(second, name)


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_from_outside_is_the_same_file(log, remote, tmp_path, form):
    # More than one page of rows, and more than one part.
    log.append_all([event(number) for number in range(2500)])
    inside, beyond = tmp_path / "inside" / f"log.{form}", tmp_path / "beyond" / f"log.{form}"
    for to in (inside, beyond):
        to.parent.mkdir()
    kept = log.export(inside, format=form, personal=True)
    with remote.exporting(beyond.name, format=form, personal=True) as stream:
        with pytest.raises(AuditError, match="not read to its end"):
            stream.manifest()
        pieces = list(stream.lines())
        beyond.write_bytes(b"".join(pieces))
        manifest_path(beyond).write_bytes(manifest_text(stream.manifest()))
    assert len(pieces) > 2
    assert all(piece.endswith(b"\n") for piece in pieces)
    assert beyond.read_bytes() == inside.read_bytes()
    assert check_export(beyond, log.public_key).sha256 == kept.sha256


def test_nothing_claims_to_have_come_another_way(log, remote):
    for details in ({}, {"through": "hub"}, {"through": ["api"]}, {"said": {"through": "api"}}):
        with pytest.raises(AuditError, match="came through 'api'"):
            remote.append(event(1, details=details))
    with pytest.raises(AuditError, match="came through 'api'"):
        remote.append_all([outside(1), event(2)])
    assert log.query().entries == ()


GOOD = Bounded.of(outside(1)).to_dict()
BAD_COLUMNS = {
    "act": ["Login", "x" * 100, None, 5],
    "actor": ["ada", 5, "1" * 36],
    "object_kind": ["Data set", None],
    "outcome": ["maybe", None],
    "object_id": ["x" * 200, "a\nb", 5, ["a"]],
    "request_id": ["x" * 65, "\u202e"],
    "details": ["{", "[]", "{}\n", '{"a": "' + "x" * 2000 + '"}', "{'a': 1}", None, '{"a": "\u00fc"}'],
}


def test_what_is_no_event_is_refused(log, path, remote):
    sent = [{"columns": GOOD["columns"] | {name: value}} for name, values in BAD_COLUMNS.items() for value in values]
    sent += [{"columns": None}, {"columns": {}}, {"personal": "x" * 2000}, {"personal": "[]"}, {"personal": 5}]
    sent += [{"subject": "../../etc/passwd"}, {"subject": "anonymous-2026-11"}, {"subject": 5}]
    assert isinstance(ask(path, {"call": "append", "events": [GOOD]})["numbers"], list)
    for change in sent:
        answer = ask(path, {"call": "append", "events": [GOOD | change]})
        assert answer.get("error") == "audit", (change, answer)
    assert len(log.query().entries) == 1


def ask(path: Path, message: object) -> dict:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        send(connection, message)
        return receive(connection)


def test_nothing_else_can_be_asked_of_it(path, remote):
    calls = ["erase", "sign", "close", "__init__", ["append"], {"a": 1}, None, 5]
    bad = [{"call": call, "subject": str(ADA)} for call in calls] + [[], "append", 5, None]
    bad += [{"call": "append"}, {"call": "append", "events": {}}, {"call": "query"}, {"call": "export"}]
    bad += [{"call": "query", "limit": 5, "after": "x", "selection": {}}]
    for selection in (None, [], {"act": 5}, {"nonsense": "x"}, {"since": "noon"}, {"actor": "ada"}, {"outcome": "x"}):
        bad.append({"call": "query", "limit": 5, "selection": selection})
    bad += [{"call": "export", "format": form, "file": "x", "selection": {}} for form in ("pickle", None, ["csv"])]
    for message in bad:
        assert ask(path, message).get("error") == "audit", message


@pytest.mark.parametrize(
    "content",
    [b"GET / HTTP/1.1\r\n\r\n", struct.pack(">cI", b"j", 2**31), struct.pack(">cI", b"j", 3) + b"{{{", b"\0" * 50, b""],
)
def test_what_is_no_message_ends_the_call_alone(path, remote, content):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        # A reset is an end, too.
        with contextlib.suppress(ConnectionResetError):
            while connection.recv(1000):
                pass
    assert remote.append(outside(1)) == 1


def test_it_waits_for_a_server_that_starts_again(sqlite_log, path):
    numbers = []
    remote = RemoteLog(path)
    assert not remote.answers()
    thread = threading.Thread(target=lambda: numbers.append(remote.append(outside(1))))
    thread.start()
    time.sleep(0.3)
    assert numbers == []
    with serving(sqlite_log, path):
        thread.join(10)
        assert remote.answers()
    assert numbers == [1]
    # What an earlier one left behind is taken over.
    with serving(sqlite_log, path):
        assert remote.append(outside(2)) == 2


def test_a_server_that_stays_away_is_said_so(path, monkeypatch):
    monkeypatch.setattr(remote_module, "_PATIENCE_S", 0.2)
    with pytest.raises(DatabaseError, match=r"The event log does not answer at .*log\.sock"):
        RemoteLog(path).append(outside(1))


def test_only_who_has_the_folders_group_may_call(sqlite_log, path):
    with serving(sqlite_log, path):
        assert stat.S_IMODE(path.lstat().st_mode) == 0o660


def test_what_is_in_the_way_of_the_socket_is_left_alone(sqlite_log, path):
    path.write_text("mine")
    with pytest.raises(AuditError, match="in the way"):
        LogServer(sqlite_log, path, "api")
    assert path.read_text() == "mine"


def test_many_at_once_are_all_recorded(sqlite_log, path):
    with serving(sqlite_log, path):
        remote, numbers = RemoteLog(path), []

        def write() -> None:
            numbers.extend(remote.append(outside(number)) for number in range(20))

        threads = [threading.Thread(target=write) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(numbers) == list(range(1, 321))
    assert sqlite_log.verify().ok


def test_a_log_that_cannot_be_written_is_said_so_outside(places: Places, path):
    with places.open() as log, serving(log, path):
        log.close()
        with pytest.raises(AuditError, match="closed"):
            RemoteLog(path).append(outside(1))
