"""What auditors find, page by page."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from audit.places import ADA, BOB, event
from audit.tampering import damage

from physforge.audit import Selection
from physforge.errors import AuditError


@pytest.fixture
def filled(log):
    log.append_all(
        [
            event(1),
            event(2, actor=BOB, act="dataset.delete"),
            event(3, act="login.ok", object_kind="session", object_id=None),
            event(4, act="login.refused", actor=None, outcome="refused", object_kind="session", object_id="a\nb"),
            event(5, act="loginx.ok", outcome="failed"),
        ]
    )
    return log


def found(log, **conditions) -> list[int]:
    return [entry.seq for entry in log.query(Selection(**conditions)).entries]


CASES = [
    ({}, [1, 2, 3, 4, 5]),
    ({"actor": BOB}, [2]),
    ({"actor": uuid.UUID(int=0)}, []),
    ({"act": "dataset.create"}, [1]),
    ({"act": "login.*"}, [3, 4]),
    ({"act": "login"}, []),
    ({"act": "%.*"}, []),
    ({"act": "dataset_create"}, []),
    ({"object_kind": "session"}, [3, 4]),
    ({"object_kind": "dataset", "object_id": "run2"}, [2]),
    ({"object_id": "a\nb"}, [4]),
    ({"object_id": "' OR 1=1 --"}, []),
    ({"outcome": "refused"}, [4]),
    ({"request_id": "req-5"}, [5]),
    ({"actor": ADA, "outcome": "ok"}, [1, 3]),
]


def test_conditions_hold_together(filled):
    assert [found(filled, **conditions) for conditions, _ in CASES] == [expected for _, expected in CASES]


def test_a_stretch_of_time_has_its_beginning_and_not_its_end(filled):
    times = [entry.time for entry in filled.query().entries]
    assert found(filled, since=times[0], until=times[-1]) == [
        seq for seq, time in enumerate(times, 1) if times[0] <= time < times[-1]
    ]
    assert found(filled, since=times[-1]) == [seq for seq, time in enumerate(times, 1) if time == times[-1]]
    assert found(filled, until=times[0]) == []
    there = times[0].astimezone(datetime.now().astimezone().tzinfo)
    assert found(filled, since=there)[0] == 1
    assert found(filled, since=times[-1] + timedelta(microseconds=1)) == []


def test_pages_follow_each_other_while_events_come_in(filled):
    first = filled.query(limit=2)
    filled.append(event(6))
    second = filled.query(after=first.next, limit=2)
    third = filled.query(after=second.next, limit=2)
    assert [[entry.seq for entry in page.entries] for page in (first, second, third)] == [[1, 2], [3, 4], [5, 6]]
    assert (first.next, second.next, third.next) == (2, 4, None)


def test_the_newest_come_first_when_asked(filled):
    page = filled.query(limit=3, newest_first=True)
    assert [entry.seq for entry in page.entries] == [5, 4, 3]
    rest = filled.query(limit=3, newest_first=True, after=page.next)
    assert ([entry.seq for entry in rest.entries], rest.next) == ([2, 1], None)


def test_names_are_shown_only_when_asked(filled):
    assert {(entry.personal, entry.personal_state) for entry in filled.query().entries} == {(None, "kept")}
    assert filled.query(personal=True).entries[0].personal == {"name": "Ada Lovelace"}


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_an_impossible_page_is_refused(sqlite_log, limit):
    with pytest.raises(AuditError, match="1 to 1000 events"):
        sqlite_log.query(limit=limit)


def test_conditions_that_mean_nothing_are_refused():
    with pytest.raises(AuditError, match="no time zone"):
        Selection(since=datetime(2026, 11, 30))
    with pytest.raises(AuditError, match="no outcome"):
        Selection(outcome="maybe")


def test_entries_are_json(filled):
    facts = filled.query(personal=True).entries[0].to_dict()
    assert facts["time"].endswith("Z")
    assert datetime.fromisoformat(facts["time"]) <= datetime.now(UTC)
    assert facts["personal"] == {"name": "Ada Lovelace"}
    assert facts["details"] == {"size": 1}


def test_a_damaged_row_is_named(sqlite_log, sqlite_places):
    sqlite_log.append(event())
    damage(sqlite_places, "UPDATE audit_event SET details = '{{'")
    with pytest.raises(AuditError, match="Row 1 of the event log is damaged; run physforge audit verify"):
        sqlite_log.query()
