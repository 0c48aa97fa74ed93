"""``physforge audit``: what auditors type, and how it ends."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from physforge.audit import AuditLog, AuditSettings, Event
from physforge.database.engine import make_engine

ADA = uuid.UUID("11111111-1111-4111-8111-111111111111")


@pytest.fixture
def places(tmp_path: Path) -> AuditSettings:
    return AuditSettings.of(tmp_path / "home", environ={})


@pytest.fixture
def filled(places: AuditSettings) -> AuditSettings:
    with AuditLog.of(places) as log:
        log.append(Event(act="login.ok", actor=ADA, personal={"name": "Ada Lovelace"}, request_id="req-1"))
        log.append(
            Event(act="dataset.create", actor=ADA, object_kind="dataset", object_id="run7", details={"size": 12})
        )
        log.append(Event(act="login.refused", outcome="refused", personal={"name": "\x1b[31mmallory\n"}))
    return places


def damage(places: AuditSettings, statement: str) -> None:
    engine = make_engine(places.url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_a_whole_log_ends_with_0_and_says_how_far_it_is_signed(physforge, filled):
    code, out, err = physforge("audit", "verify")
    assert (code, err) == (0, "")
    assert out == "The event log is whole: 3 events, confirmed by signed heads up to 3.\n"
    code, out, _ = physforge("audit", "verify", "--json")
    facts = json.loads(out)
    assert (code, facts["ok"], facts["events"], facts["finding"]) == (0, True, 3, None)
    assert len(facts["public_key"]) == 64


def test_a_broken_log_ends_with_2_and_names_row_and_kind(physforge, filled):
    damage(filled, "UPDATE audit_event SET object_id = 'run8' WHERE seq = 2")
    code, out, _ = physforge("audit", "verify")
    assert code == 2
    assert out == "The event log is broken (edited): row 2 does not say any more what was written.\n"
    code, out, _ = physforge("audit", "verify", "--json")
    assert code == 2
    assert json.loads(out)["finding"] == {
        "kind": "edited",
        "seq": 2,
        "text": "row 2 does not say any more what was written.",
    }


def test_a_log_that_was_cut_ends_with_2(physforge, filled):
    damage(filled, "DELETE FROM audit_event WHERE seq = 3")
    code, out, _ = physforge("audit", "verify")
    assert code == 2
    assert "broken (cut): it ends with row 2, and row 3 was signed" in out


@pytest.mark.parametrize(
    "arguments", [("verify",), ("query",), ("export", "--to", "all.jsonl"), ("erase", str(ADA), "--yes")]
)
def test_without_a_log_none_is_made(physforge, tmp_path, arguments):
    code, out, err = physforge("audit", *arguments)
    assert (code, out) == (2, "")
    assert "There is no event log at" in err
    assert list(tmp_path.iterdir()) == []


def test_events_are_listed_newest_first_and_without_names(physforge, filled):
    code, out, err = physforge("audit", "query")
    assert (code, err) == (0, "")
    assert out.index("login.refused") < out.index("dataset.create") < out.index("login.ok")
    assert "Lovelace" not in out
    lines = out.splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("2  20")
    assert lines[1].endswith(f"  dataset.create  ok  dataset run7  by {ADA}  " + '{"size": 12}')
    assert "  by " not in lines[0]
    assert lines[2].endswith(f"  login.ok  ok  workbench  by {ADA}  request req-1")
    _, out, _ = physforge("audit", "query", "--json")
    assert [event["seq"] for event in json.loads(out)["events"]] == [3, 2, 1]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--act", "login.*"), [3, 1]),
        (("--actor", str(ADA)), [2, 1]),
        (("--kind", "dataset", "--object", "run7"), [2]),
        (("--outcome", "refused"), [3]),
        (("--request", "req-1"), [1]),
        (("--since", "2000-01-01", "--until", "2000-01-02T00:00+01:00"), []),
        (("--since", "2000-01-01"), [3, 2, 1]),
        (("--limit", "2"), [3, 2]),
        (("--limit", "2", "--before", "2"), [1]),
    ],
)
def test_events_are_found(physforge, filled, options, expected):
    code, out, _ = physforge("audit", "query", "--json", *options)
    assert (code, [event["seq"] for event in json.loads(out)["events"]]) == (0, expected)


def test_a_page_says_how_to_go_on(physforge, filled):
    _, _, err = physforge("audit", "query", "--limit", "2")
    assert "--before 2 shows them" in err


def test_who_looks_at_names_is_recorded(physforge, filled):
    code, out, _ = physforge("audit", "query", "--personal")
    assert code == 0
    assert "Ada Lovelace" in out
    assert "\x1b" not in out
    _, out, _ = physforge("audit", "query", "--act", "audit.read", "--json")
    (event,) = json.loads(out)["events"]
    assert (event["details"]["events"], event["object_kind"]) == (3, "audit")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--since", "yesterday"), "--since 'yesterday' is no time; write 2026-11-30"),
        (("--actor", "ada"), "--actor 'ada' is no principal's id"),
        (("--outcome", "good"), "no outcome; write one of ok, refused, failed"),
        (("--limit", "5000"), "1 to 1000 events"),
    ],
)
def test_questions_that_mean_nothing_end_with_2(physforge, filled, options, message):
    code, out, err = physforge("audit", "query", *options)
    assert (code, out) == (2, "")
    assert message in err


def test_an_export_is_written_checked_and_recorded(physforge, filled, tmp_path):
    code, out, _ = physforge("audit", "export", "--to", "all.csv", "--act", "login.*")
    assert code == 0
    assert "all.csv: 2 events, sha256 " in out
    assert (tmp_path / "all.csv").read_text().startswith("seq,time,actor,act,")
    assert physforge("audit", "export", "--to", "all.jsonl", "--json")[0] == 0
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 4
    _, out, _ = physforge("audit", "query", "--act", "audit.export", "--json")
    assert [event["details"]["events"] for event in json.loads(out)["events"]] == [4, 2]
    key = json.loads(physforge("audit", "verify", "--json")[1])["public_key"]
    code, out, err = physforge("audit", "verify", "--export", "all.csv", "--public-key", key)
    assert (code, err) == (0, "")
    assert "all.csv is as it was exported" in out
    assert "--public-key to be sure" in physforge("audit", "verify", "--export", "all.csv")[2]
    with (tmp_path / "all.csv").open("a") as stream:
        stream.write("99\n")
    code, out, err = physforge("audit", "verify", "--export", "all.csv")
    assert (code, out) == (2, "")
    assert "all.csv was changed" in err


def test_an_export_with_names_says_what_that_means(physforge, filled, tmp_path):
    _, _, err = physforge("audit", "export", "--to", "all.jsonl", "--personal")
    assert "an erasure does not reach it" in err
    assert "Ada Lovelace" in (tmp_path / "all.jsonl").read_text()


def test_an_erased_person_is_found_by_nobody_and_the_log_is_whole(physforge, filled):
    code, out, _ = physforge("audit", "erase", str(ADA), "--yes")
    assert code == 0
    assert f"The personal fields of {ADA} cannot be read any more." in out
    assert "let them expire" in out
    _, out, _ = physforge("audit", "query", "--personal")
    assert "Lovelace" not in out
    assert "(erased)" in out
    assert physforge("audit", "verify")[0] == 0
    month = f"anonymous-{datetime.now(UTC):%Y-%m}"
    assert physforge("audit", "erase", month, "--yes")[0] == 0
    assert "mallory" not in physforge("audit", "query", "--personal")[1]
    assert "There was no key of" in physforge("audit", "erase", str(uuid.uuid4()), "--yes")[1]


def test_an_erasure_asks_first(physforge, filled, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    code, _, _ = physforge("audit", "erase", str(ADA))
    assert code == 1
    assert "Lovelace" in physforge("audit", "query", "--personal")[1]
    code, _, err = physforge("audit", "erase", "../../etc", "--yes")
    assert code == 2
    assert "no subject of the event log" in err


def test_a_missing_extra_says_what_to_install(physforge, monkeypatch):
    import sys

    for name in [name for name in sys.modules if name.startswith(("physforge.audit", "cryptography"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    code, _, err = physforge("audit", "verify")
    assert code == 2
    assert "pip install 'physforge[workbench]'" in err


def test_the_places_are_read_from_the_environment(tmp_path):
    settings = AuditSettings.of(tmp_path, environ={})
    assert settings.url == f"sqlite:///{tmp_path}/workbench/audit/audit.sqlite"
    folders = {Path(sa.make_url(settings.url).database).parent, settings.keys_folder, settings.heads.parent}
    assert len(folders) == 3
    elsewhere = {
        "PHYSFORGE_AUDIT_URL": "postgresql+psycopg:///audit",
        "PHYSFORGE_AUDIT_KEYS": "/srv/keys",
        "PHYSFORGE_AUDIT_HEADS": "/mnt/other/heads.jsonl",
    }
    assert AuditSettings.of(tmp_path, environ=elsewhere) == AuditSettings(
        "postgresql+psycopg:///audit", Path("/srv/keys"), Path("/mnt/other/heads.jsonl")
    )
