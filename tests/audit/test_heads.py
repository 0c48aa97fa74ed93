"""Signed heads elsewhere: older copies put in place, heads that are gone, and when they are signed."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from audit.places import NEVER, Places, event
from audit.tampering import ROWS, damage, finding, forged_row

from physforge.audit import Schedule
from physforge.audit.heads import HeadFile
from physforge.errors import AuditError


@pytest.fixture
def full(places: Places) -> Places:
    """A log of twelve rows, of which the eighth and the last were signed."""
    with places.open() as log:
        log.append_all([event(number) for number in range(1, 9)])
        log.sign()
        log.append_all([event(number) for number in range(9, ROWS + 1)])
    return places


def test_an_unsigned_end_that_was_forged_is_inserted(places):
    with places.open() as log:
        log.append_all([event(number) for number in range(1, 7)])
        log.sign()
    forged_row(places, seq=7)
    forged_row(places, seq=8)
    assert finding(places) == ("inserted", 7)


def keep_copy(places: Places, to: Path) -> None:
    if places.url.startswith("sqlite"):
        shutil.copytree(sqlite_folder(places), to)
    else:
        tables = ("audit_log", "audit_event", "audit_head")
        for table in tables:
            damage(places, "CREATE TABLE old_{table} AS SELECT * FROM {table}", table=table)


def put_copy_in_place(places: Places, kept: Path) -> None:
    if places.url.startswith("sqlite"):
        shutil.rmtree(sqlite_folder(places))
        shutil.copytree(kept, sqlite_folder(places))
        return
    for table in ("audit_log", "audit_event", "audit_head"):
        damage(places, "DELETE FROM {table}", "INSERT INTO {table} SELECT * FROM old_{table}", table=table)


def sqlite_folder(places: Places) -> Path:
    return Path(sa.make_url(places.url).database).parent


def test_an_older_copy_put_in_place_is_found(places, tmp_path):
    with places.open() as log:
        log.append_all([event(number) for number in range(1, 6)])
    keep_copy(places, tmp_path / "kept")
    with places.open() as log:
        log.append_all([event(number) for number in range(6, 9)])
    assert finding(places) is None
    put_copy_in_place(places, tmp_path / "kept")
    assert finding(places) == ("swapped", 6)


def test_an_older_copy_that_went_on_is_found(places, tmp_path):
    with places.open() as log:
        log.append_all([event(number) for number in range(1, 6)])
    keep_copy(places, tmp_path / "kept")
    with places.open() as log:
        log.append_all([event(number) for number in range(6, 9)])
    put_copy_in_place(places, tmp_path / "kept")
    with places.open() as log:
        log.append_all([event(number) for number in range(6, 20)])
    assert finding(places) == ("swapped", 6)


def test_heads_that_are_gone_or_forged_are_found(full):
    heads, _ = HeadFile(full.heads).read()
    assert [head.seq for head in heads] == [8, ROWS]
    text = full.heads.read_text()
    full.heads.write_text(text.replace(f'"seq": {ROWS}', f'"seq": {ROWS + 1}'))
    assert finding(full) == ("heads", ROWS + 1)
    full.heads.write_text(text)
    damage(full, "UPDATE audit_head SET hash = signature WHERE seq = 8") if full.url.startswith("sqlite") else damage(
        full, "UPDATE audit_head SET time_us = 1 WHERE seq = 8"
    )
    assert finding(full) == ("heads", 8)
    full.heads.unlink()
    damage(full, "DELETE FROM audit_head WHERE seq = 8")
    assert finding(full) == ("heads", ROWS)


def test_half_a_line_of_a_power_cut_is_a_remark(full):
    with full.heads.open("a") as stream:
        stream.write('{"log": "')
    with full.open() as log:
        verified = log.verify()
        assert verified.ok
        assert "1 lines" in verified.remarks[0]
        log.append(event())
    with full.open() as log:
        assert (log.verify().ok, log.verify().signed) == (True, ROWS + 1)


def test_heads_are_signed_by_number_and_by_time(places):
    with places.open(Schedule(events=10, seconds=10**6)) as log:
        for _ in range(25):
            log.append(event())
        assert [head.seq for head in HeadFile(places.heads).read()[0]] == [10, 20]
    assert [head.seq for head in HeadFile(places.heads).read()[0]] == [10, 20, 25]
    with places.open(Schedule(events=10**9, seconds=0.05)) as log:
        log.append(event())
        for _ in range(200):
            if HeadFile(places.heads).read()[0][-1].seq == 26:
                break
            log._writer._thread.join(0.05)
        assert log.verify().signed == 26


def test_a_value_that_is_no_text_is_an_edit(sqlite_places):
    with sqlite_places.open() as log:
        log.append_all([event(number) for number in range(1, 4)])
    damage(sqlite_places, "UPDATE audit_event SET object_id = CAST(x'ff00fe' AS TEXT) WHERE seq = 2")
    assert finding(sqlite_places) == ("edited", 2)
    damage(sqlite_places, "UPDATE audit_event SET time_us = 'noon' WHERE seq = 1")
    assert finding(sqlite_places) == ("edited", 1)


def test_a_log_that_lost_its_id_is_not_begun_anew(sqlite_places):
    with sqlite_places.open() as log:
        log.append(event())
    damage(sqlite_places, "DELETE FROM audit_log")
    with pytest.raises(AuditError, match="audit_log was emptied"):
        sqlite_places.open()


def test_heads_that_cannot_be_kept_stop_nobody_and_are_kept_later(sqlite_places, caplog):
    sqlite_places.heads.parent.parent.mkdir(exist_ok=True)
    sqlite_places.heads.parent.write_text("a file in the way")
    with sqlite_places.open(Schedule(events=2, seconds=10**6)) as log:
        assert [log.append(event()) for _ in range(4)] == [1, 2, 3, 4]
        assert "No head could be kept" in caplog.text
        sqlite_places.heads.parent.unlink()
    assert [head.seq for head in HeadFile(sqlite_places.heads).read()[0]] == [2, 4]
    with sqlite_places.open(NEVER) as log:
        assert log.verify().ok
