"""Tampering with plain SQL, on both databases: found, with the first broken row and what was done."""

import pytest
import sqlalchemy as sa
from audit.places import Places, event
from audit.tampering import ROWS, damage, finding, forged_row

from physforge.audit.chain import row_hash
from physforge.audit.heads import HeadFile
from physforge.audit.tables import EVENTS, HEADS, LOG
from physforge.database.engine import make_engine

TABLES = (LOG, EVENTS, HEADS)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def original(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Places, dict, bytes]:
    """A log of twelve rows, of which the eighth and the last were signed; and what it holds."""
    folder = tmp_path_factory.mktemp("log")
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{folder}/database/audit.sqlite" if is_sqlite else request.getfixturevalue("server").new_database()
    places = Places(url, folder)
    with places.open() as log:
        log.append_all([event(number) for number in range(1, 9)])
        log.sign()
        log.append_all([event(number) for number in range(9, ROWS + 1)])
    engine = make_engine(url)
    with engine.connect() as connection:
        rows = {table: [dict(row) for row in connection.execute(sa.select(table)).mappings()] for table in TABLES}
    engine.dispose()
    return places, rows, places.heads.read_bytes()


@pytest.fixture
def full(original: tuple[Places, dict, bytes]) -> Places:
    """The log, with what the test before did to it made good."""
    places, rows, heads = original
    places.heads.write_bytes(heads)
    engine = make_engine(places.url)
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(sa.delete(table))
            connection.execute(sa.insert(table), rows[table])
    engine.dispose()
    return places


def renumber(first: int, by: int) -> list[str]:
    """Move rows through free numbers, as the numbers are unique at each moment."""
    up = "UPDATE audit_event SET seq = seq + 1000 WHERE seq >= {}"
    down = "UPDATE audit_event SET seq = seq - 1000 + {} WHERE seq > 1000"
    return [up.format(first), down.format(by)]


def rewrite_from(places: Places, first: int) -> None:
    """Change a row, and compute all hashes anew from there on."""
    engine = make_engine(places.url)
    with engine.begin() as connection:
        rows = [dict(row) for row in connection.execute(sa.select(EVENTS).order_by(EVENTS.c.seq)).mappings()]
        last = rows[first - 2]["hash"]
        rows[first - 1]["object_id"] = "another"
        for row in rows[first - 1 :]:
            row["previous_hash"] = last
            row["hash"] = last = row_hash(row)
            connection.execute(sa.update(EVENTS).where(EVENTS.c.seq == row["seq"]).values(row))
    engine.dispose()


def test_a_log_that_was_left_alone_is_whole(full):
    with full.open() as log:
        verified = log.verify()
    assert (verified.ok, verified.events, verified.signed, verified.remarks) == (True, ROWS, ROWS, ())
    assert "whole: 12 events, confirmed by signed heads up to 12" in verified.summary()


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'refused'",
        "actor = NULL",
        "details = '{}'",
        "time_us = time_us + 1",
        "personal = NULL",
        "request_id = ''",
        "object_id = object_id || ' '",
        "hash = previous_hash",
    ],
)
def test_a_row_that_was_edited_is_named(full, change):
    damage(full, "UPDATE audit_event SET {change} WHERE seq = 5", change=change)
    assert finding(full) == ("edited", 5)


def test_a_seal_that_was_edited_makes_a_row_one_that_the_log_did_not_write(full):
    damage(full, "UPDATE audit_event SET seal = hash WHERE seq = 5")
    assert finding(full) == ("inserted", 5)


def test_the_first_of_several_edits_is_named(full):
    damage(full, "UPDATE audit_event SET act = 'dataset.show' WHERE seq IN (1, 7)")
    assert finding(full) == ("edited", 1)


def test_an_edit_with_all_hashes_computed_anew_is_found(full):
    rewrite_from(full, 5)
    assert finding(full) == ("edited", 5)


def test_an_edit_of_the_last_row_is_found(full):
    damage(full, "UPDATE audit_event SET outcome = 'failed' WHERE seq = {last}", last=ROWS)
    assert finding(full) == ("edited", ROWS)


@pytest.mark.parametrize(("which", "first"), [("= 5", 5), ("= 1", 1), ("BETWEEN 3 AND 6", 3), ("IN (2, 9)", 2)])
def test_rows_that_were_deleted_are_named(full, which, first):
    damage(full, "DELETE FROM audit_event WHERE seq {which}", which=which)
    assert finding(full) == ("deleted", first)


@pytest.mark.parametrize("seq", [1, 5])
def test_a_deleted_row_is_named_though_the_rest_was_renumbered(full, seq):
    damage(full, "DELETE FROM audit_event WHERE seq = {seq}", *renumber(seq + 1, -1), seq=seq)
    assert finding(full) == ("deleted", seq)


def test_rows_whose_numbers_were_exchanged_are_reordered(full):
    damage(
        full,
        "UPDATE audit_event SET seq = 1000 WHERE seq = 5",
        "UPDATE audit_event SET seq = 5 WHERE seq = 9",
        "UPDATE audit_event SET seq = 9 WHERE seq = 1000",
    )
    assert finding(full) == ("reordered", 5)


def test_neighbours_that_were_exchanged_are_reordered(full):
    damage(
        full,
        "UPDATE audit_event SET seq = 1000 WHERE seq = 1",
        "UPDATE audit_event SET seq = 1 WHERE seq = 2",
        "UPDATE audit_event SET seq = 2 WHERE seq = 1000",
    )
    assert finding(full) == ("reordered", 1)


def test_rows_whose_contents_were_exchanged_are_reordered(full):
    columns = ("time_us", "object_id", "request_id", "details", "personal")
    engine = make_engine(full.url)
    with engine.begin() as connection:
        query = sa.select(EVENTS).where(EVENTS.c.seq.in_([5, 9])).order_by(EVENTS.c.seq)
        first, second = connection.execute(query).mappings().all()
        for seq, other in ((5, second), (9, first)):
            values = {name: other[name] for name in columns}
            connection.execute(sa.update(EVENTS).where(EVENTS.c.seq == seq).values(values))
    engine.dispose()
    assert finding(full) == ("reordered", 5)


@pytest.mark.parametrize(("target", "first"), [(0, 0), (ROWS + 1, 5), (500, 5)])
def test_a_row_that_was_moved_away_is_reordered(full, target, first):
    damage(full, "UPDATE audit_event SET seq = {target} WHERE seq = 5", target=target)
    assert finding(full) == ("reordered", first)


def test_a_row_that_was_moved_to_the_end_is_reordered(full):
    damage(full, "UPDATE audit_event SET seq = 13 WHERE seq = 5", *renumber(6, -1))
    assert finding(full) == ("reordered", 5)


@pytest.mark.parametrize("seq", [ROWS + 1, 0, ROWS + 100])
def test_a_row_that_was_inserted_outside_is_named(full, seq):
    if seq:
        forged_row(full, seq=seq, object_id="forged")
    else:
        damage(
            full,
            "INSERT INTO audit_event SELECT 0, time_us, actor, act, object_kind, object_id, outcome, request_id, "
            "'{{}}', subject, personal, previous_hash, hash, seal FROM audit_event WHERE seq = 1",
        )
    assert finding(full) == ("inserted", seq)


@pytest.mark.parametrize("seq", [ROWS + 1, ROWS + 100])
def test_a_row_that_was_inserted_at_the_end_is_named_though_the_log_went_on(full, seq):
    forged_row(full, seq=seq)
    with full.open() as log:
        assert log.append_all([event(1), event(2)]) == [seq + 1, seq + 2]
    assert finding(full) == ("inserted", seq)


def test_a_row_that_was_inserted_between_others_is_named(full):
    damage(full, *renumber(5, 1))
    forged_row(full, seq=5, object_id="forged")
    assert finding(full) == ("inserted", 5)


def test_a_copy_of_a_row_that_was_inserted_is_named(full):
    columns = "time_us, actor, act, object_kind, object_id, outcome, request_id, details, subject, personal"
    damage(
        full,
        *renumber(7, 1),
        "INSERT INTO audit_event SELECT 7, {columns}, previous_hash, hash, seal FROM audit_event WHERE seq = 3",
        columns=columns,
    )
    assert finding(full) == ("inserted", 7)


@pytest.mark.parametrize("left", [11, 8, 5, 0])
def test_an_end_that_was_cut_off_is_found(full, left):
    damage(full, "DELETE FROM audit_event WHERE seq > {left}", left=left)
    assert finding(full) == ("cut", left + 1)


def test_a_cut_is_found_though_the_database_knows_of_no_head_beyond(full):
    damage(full, "DELETE FROM audit_event WHERE seq > 9", "DELETE FROM audit_head WHERE seq > 9")
    kind, seq = finding(full)
    assert kind in {"cut", "swapped"}
    assert seq == 10


def test_another_log_put_in_place_is_found(full):
    damage(full, "DELETE FROM audit_event", "DELETE FROM audit_head", "DELETE FROM audit_log")
    with full.open() as log:
        log.append(event())
        verified = log.verify()
    assert verified.finding.kind == "swapped"
    assert log.id in verified.finding.text


def test_the_heads_of_the_database_are_those_elsewhere(full):
    engine = make_engine(full.url)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(HEADS).order_by(HEADS.c.seq)).all()
    engine.dispose()
    assert [(head.seq, head.hash, head.time_us, head.signature) for head in HeadFile(full.heads).read()[0]] == [
        tuple(row) for row in rows
    ]
