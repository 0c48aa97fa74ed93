"""Exports: complete, checkable without the database, and harmless to whoever opens them."""

import base64
import csv
import json

import pytest
from audit.places import ADA, BOB, event
from audit.tampering import damage

from physforge.audit import Selection, check_export
from physforge.audit.chain import COVERED, first_hash, row_hash
from physforge.audit.export import harmless, manifest_path
from physforge.errors import AuditError

FORGERY = 'x"\n{"seq": 99, "act": "login.ok"}\r\n99,2026,"forged"\u2028\x85\x1b[2J'


def test_json_lines_hold_all_that_the_hashes_cover(log, tmp_path):
    log.append_all([event(number) for number in range(1, 6)])
    manifest = log.export(tmp_path / "all.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert (manifest.events, manifest.first, manifest.last) == (5, 1, 5)
    previous = first_hash(manifest.log)
    for row in rows:
        covered = {name: row[name] for name in COVERED}
        covered["personal"] = base64.b64decode(row["personal"])
        assert (row["previous_hash"], row_hash(covered)) == (previous, row["hash"])
        previous = row["hash"]
    assert manifest.last_hash == previous
    assert check_export(tmp_path / "all.jsonl", log.public_key) == manifest


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_no_field_forges_a_line(sqlite_log, tmp_path, format):  # noqa: A002
    sqlite_log.append(
        event(
            object_id=FORGERY,
            request_id=FORGERY[:40],
            details={FORGERY: FORGERY},
            personal={"name": FORGERY},
            outcome="refused",
        )
    )
    sqlite_log.append(event(2))
    path = tmp_path / f"all.{format}"
    sqlite_log.export(path, format=format, personal=True)
    text = path.read_text()
    assert len(text.splitlines()) == (2 if format == "jsonl" else 3)
    assert "\x1b" not in text
    if format == "jsonl":
        assert [json.loads(line)["seq"] for line in text.splitlines()] == [1, 2]
        assert json.loads(text.splitlines()[0])["personal_fields"] == {"name": FORGERY}
    else:
        with path.open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert [row["seq"] for row in rows] == ["1", "2"]
        assert json.loads(rows[0]["personal"]) == {"name": FORGERY}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "＠x", "=HYPERLINK(1)"])
def test_no_cell_is_computed(sqlite_log, tmp_path, text):
    sqlite_log.append(event(object_id=text, request_id=text))
    sqlite_log.export(tmp_path / "all.csv", format="csv")
    with (tmp_path / "all.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    for cell in row.values():
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    assert row["object_id"].lstrip("'").lstrip() == text.replace("\t", r"\t").replace("\r", r"\r").lstrip()


def test_harmless_cells_stay_as_they_are():
    assert [harmless(value) for value in (None, 12, "run7", "Ångström", "a=b")] == ["", "12", "run7", "Ångström", "a=b"]


def test_a_selection_is_exported_and_noted(log, tmp_path):
    log.append_all([event(1), event(2, actor=BOB), event(3)])
    manifest = log.export(tmp_path / "bob.jsonl", Selection(actor=BOB))
    assert (manifest.events, manifest.first, manifest.last, manifest.selection) == (1, 2, 2, {"actor": str(BOB)})
    empty = log.export(tmp_path / "none.csv", Selection(act="no.such"), format="csv")
    assert (empty.events, empty.first, empty.last_hash) == (0, None, None)
    assert check_export(tmp_path / "none.csv").events == 0


def test_names_are_written_only_when_asked_and_never_after_an_erasure(sqlite_log, tmp_path):
    sqlite_log.append_all([event(1), event(2, actor=BOB, personal={"name": "Bob-of-Bobbington"})])
    sqlite_log.erase_subject(ADA)
    for format in ("jsonl", "csv"):  # noqa: A001
        assert sqlite_log.export(tmp_path / f"plain.{format}", format=format).personal is False
        assert sqlite_log.export(tmp_path / f"named.{format}", format=format, personal=True).personal is True
        assert "Bobbington" not in (tmp_path / f"plain.{format}").read_text()
        named = (tmp_path / f"named.{format}").read_text()
        assert "Bobbington" in named
        assert "Lovelace" not in named
        assert "erased" in named


def test_an_export_is_private_and_replaces_nothing(sqlite_log, tmp_path):
    sqlite_log.append(event())
    path = tmp_path / "all.jsonl"
    sqlite_log.export(path)
    assert path.stat().st_mode & 0o777 == manifest_path(path).stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with pytest.raises(AuditError, match="exists; give another name"):
        sqlite_log.export(path)
    assert path.read_bytes() == before
    with pytest.raises(AuditError, match="cannot be written: No such file or directory"):
        sqlite_log.export(tmp_path / "nowhere" / "all.jsonl")
    with pytest.raises(AuditError, match="no format of an export; write one of jsonl, csv"):
        sqlite_log.export(tmp_path / "all.xml", format="xml")
    assert sorted(one.name for one in tmp_path.glob("*.*")) == ["all.jsonl", "all.jsonl.manifest.json"]


def test_an_export_that_was_changed_is_found(sqlite_log, tmp_path):
    sqlite_log.append_all([event(1), event(2)])
    path = tmp_path / "all.jsonl"
    sqlite_log.export(path)
    good, manifest = path.read_bytes(), manifest_path(path).read_text()
    for bad in (good.replace(b"run1", b"run2"), good[: len(good) // 2], good + good):
        path.write_bytes(bad)
        with pytest.raises(AuditError, match="was changed: its SHA-256"):
            check_export(path)
    path.write_bytes(good)
    manifest_path(path).write_text(manifest.replace('"events": 2', '"events": 1'))
    with pytest.raises(AuditError, match="was changed, or is not of this log"):
        check_export(path)
    manifest_path(path).write_text(manifest)
    with pytest.raises(AuditError, match="is not of this log"):
        check_export(path, "00" * 32)
    manifest_path(path).write_text("[]")
    with pytest.raises(AuditError, match="no manifest"):
        check_export(path)
    manifest_path(path).unlink()
    with pytest.raises(AuditError, match=r"manifest.json: No such file"):
        check_export(path)


def test_a_damaged_row_is_exported_on_one_line(sqlite_log, sqlite_places, tmp_path):
    sqlite_log.append(event())
    damage(sqlite_places, "UPDATE audit_event SET act = 'a' || char(10) || '=b', object_id = CAST(x'ff0a' AS TEXT)")
    sqlite_log.export(tmp_path / "all.jsonl")
    sqlite_log.export(tmp_path / "all.csv", format="csv")
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 1
    assert len((tmp_path / "all.csv").read_text().splitlines()) == 2


def test_many_rows_are_exported_in_their_order(sqlite_log, tmp_path):
    sqlite_log.append_all([event(number, personal={}) for number in range(4500)])
    manifest = sqlite_log.export(tmp_path / "all.jsonl")
    lines = (tmp_path / "all.jsonl").read_text().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, 4501))
    assert manifest.events == 4500
    assert sqlite_log.verify().events == 4500
