"""Personal fields are ciphertext everywhere; a destroyed key makes them unreadable and leaves the chain whole."""

import os
import shutil
import uuid
from datetime import UTC, datetime

import pytest
from audit.places import ADA, BOB, event
from audit.tampering import damage

from physforge.audit.keys import Keys, month_of
from physforge.errors import AuditError

NAME = "Ada-Lovelace-of-Ockham"


def everything(folder) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def shown(log) -> list:
    return [(entry.personal, entry.personal_state) for entry in log.query(personal=True).entries]


def test_an_erased_subject_cannot_be_read_and_the_chain_stays_whole(log, places):
    log.append(event(personal={"name": NAME}))
    log.append(event(actor=BOB, personal={"name": "Bob"}))
    assert log.erase_subject(ADA, actor=BOB) is True
    assert shown(log) == [(None, "erased"), ({"name": "Bob"}, "shown"), (None, "none")]
    entry = log.query().entries[-1]
    assert (entry.act, entry.actor, entry.object_id) == ("subject.erase", str(BOB), str(ADA))
    assert log.verify().ok
    assert log.verify().remarks == ()


def test_another_process_that_knew_the_key_reads_nothing_either(places):
    with places.open() as first, places.open() as second:
        first.append(event(personal={"name": NAME}))
        assert shown(second) == [({"name": NAME}, "shown")]
        first.erase_subject(ADA)
        assert shown(second)[0] == (None, "erased")
        second.append(event(personal={"name": NAME}))
        assert shown(first)[2] == (None, "erased")
        assert first.verify().ok


def test_names_are_in_no_file_even_before_they_are_erased(sqlite_log, sqlite_places, tmp_path):
    for number in range(50):
        sqlite_log.append(event(number, personal={"name": NAME, "address": "192.0.2.7"}))
    sqlite_log.sign()
    assert (sqlite_places.folder / "database" / "audit.sqlite-wal").stat().st_size > 0
    sqlite_log.export(tmp_path / "all.jsonl")
    sqlite_log.export(tmp_path / "all.csv", format="csv")
    found = everything(tmp_path)
    assert b"dataset.create" in found
    assert str(ADA).encode() in found
    for secret in (NAME, "Lovelace", "192.0.2.7"):
        assert secret.encode() not in found


def test_the_key_is_gone_from_its_folder_and_no_new_one_is_made(sqlite_log, sqlite_places):
    sqlite_log.append(event())
    path = sqlite_places.keys / "subjects" / f"{ADA}.key"
    wrapped = path.read_bytes()
    held = os.open(path, os.O_RDONLY)
    sqlite_log.erase_subject(ADA)
    assert path.read_bytes().startswith(b"erased 20")
    assert wrapped.strip() not in everything(sqlite_places.keys)
    # Whoever held the old file open finds its bytes overwritten.
    assert os.pread(held, 10**4, 0) != wrapped
    os.close(held)
    sqlite_log.append(event())
    assert path.read_bytes().startswith(b"erased 20")
    assert sqlite_log.erase_subject(ADA) is False


def test_a_key_that_a_backup_brings_back_is_named(sqlite_places, tmp_path):
    with sqlite_places.open() as log:
        log.append(event())
        shutil.copytree(sqlite_places.keys, tmp_path / "backup")
        log.erase_subject(ADA)
    shutil.copy(tmp_path / "backup" / "subjects" / f"{ADA}.key", sqlite_places.keys / "subjects" / f"{ADA}.key")
    with sqlite_places.open() as log:
        verified = log.verify()
        assert verified.ok
        assert verified.remarks == (f"Erased subjects have a key again ({ADA}): erase them once more.",)
        log.erase_subject(ADA)
        assert log.verify().remarks == ()


def test_who_belongs_to_no_principal_is_erased_by_the_month(sqlite_log):
    month = month_of(datetime.now(UTC))
    assert month == f"anonymous-{datetime.now(UTC):%Y-%m}"
    sqlite_log.append(event(actor=None, act="login.refused", personal={"name": NAME}))
    entry = sqlite_log.query(personal=True).entries[0]
    assert (entry.actor, entry.subject, entry.personal) == (None, month, {"name": NAME})
    sqlite_log.erase_subject(month)
    assert shown(sqlite_log)[0] == (None, "erased")


def test_personal_fields_may_tell_of_another_than_the_actor(sqlite_log):
    sqlite_log.append(event(act="account.reset", actor=BOB, subject=ADA, personal={"name": NAME}))
    sqlite_log.erase_subject(BOB)
    assert shown(sqlite_log)[0] == ({"name": NAME}, "shown")
    sqlite_log.erase_subject(ADA)
    assert shown(sqlite_log)[0] == (None, "erased")


def test_the_same_fields_never_look_the_same(tmp_path):
    keys = Keys.open(tmp_path / "keys", create=True)
    first, second = (keys.encrypt(str(ADA), b"x" * 64) for _ in range(2))
    assert first != second
    assert keys.decrypt(str(ADA), first) == keys.decrypt(str(ADA), second) == b"x" * 64


def test_ciphertext_of_one_subject_is_nothing_for_another(tmp_path):
    keys = Keys.open(tmp_path / "keys", create=True)
    blob = keys.encrypt(str(ADA), b"secret")
    keys.encrypt(str(BOB), b"secret")
    with pytest.raises(AuditError, match="do not fit its key"):
        keys.decrypt(str(BOB), blob)
    with pytest.raises(AuditError, match="do not fit its key"):
        keys.decrypt(str(ADA), blob[:-1] + bytes([blob[-1] ^ 1]))
    folder = tmp_path / "keys" / "subjects"
    shutil.copy(folder / f"{BOB}.key", folder / f"{ADA}.key.new")
    (folder / f"{ADA}.key.new").replace(folder / f"{ADA}.key")
    with pytest.raises(AuditError, match="is damaged; restore it from its backup"):
        keys.decrypt(str(ADA), blob)


@pytest.mark.parametrize(
    "subject", ["../../etc/passwd", "ada", "", "anonymous-2026", f"{ADA}/..", f"{ADA}\n", "a" * 10**6]
)
def test_only_ids_name_a_subject(sqlite_log, subject):
    with pytest.raises(AuditError, match="no subject of the event log") as caught:
        sqlite_log.erase_subject(subject)
    assert len(str(caught.value)) < 300
    assert sqlite_log.query().entries == ()


def test_a_subject_that_was_never_recorded_can_be_erased_in_advance(sqlite_log):
    stranger = uuid.uuid4()
    assert sqlite_log.erase_subject(stranger) is False
    sqlite_log.append(event(actor=stranger))
    assert shown(sqlite_log)[1] == (None, "erased")


def test_many_processes_agree_on_one_key(tmp_path):
    several = [Keys.open(tmp_path / "keys", create=True) for _ in range(5)]
    blobs = [keys.encrypt(str(ADA), bytes([number])) for number, keys in enumerate(several)]
    assert len({keys.public_key for keys in several}) == 1
    assert [several[0].decrypt(str(ADA), blob) for blob in blobs] == [bytes([number]) for number in range(5)]


@pytest.mark.parametrize("name", ["master.key", "signing.key"])
def test_keys_that_others_can_read_or_that_are_too_simple_are_refused(sqlite_places, name):
    sqlite_places.open().close()
    path = sqlite_places.keys / name
    good = path.read_bytes()
    path.chmod(0o644)
    with pytest.raises(AuditError, match=r"others can read it \(mode 0644\).*chmod go="):
        sqlite_places.open()
    path.chmod(0o600)
    for bad, message in ((b"00" * 32, "too short or too simple"), (b"abcd", "too short"), (b"hello", "is damaged")):
        path.write_bytes(bad)
        with pytest.raises(AuditError, match=message):
            sqlite_places.open()
    path.write_bytes(good)
    sqlite_places.open().close()
    sqlite_places.keys.chmod(0o755)
    with pytest.raises(AuditError, match="others can read it"):
        sqlite_places.open()


def test_a_log_is_not_opened_with_other_keys_or_none(sqlite_places, tmp_path):
    with sqlite_places.open() as log:
        log.append(event())
    sqlite_places.keys.rename(tmp_path / "away")
    with pytest.raises(AuditError, match=r"keys of the event log are not in .*restore them from their backup"):
        sqlite_places.open()
    assert not sqlite_places.keys.exists()
    Keys.open(sqlite_places.keys, create=True)
    with pytest.raises(AuditError, match="begun with other keys"):
        sqlite_places.open()
    (tmp_path / "away" / "master.key").unlink()
    shutil.rmtree(sqlite_places.keys)
    (tmp_path / "away").rename(sqlite_places.keys)
    with pytest.raises(AuditError, match=r"master.key is missing; restore it"):
        sqlite_places.open()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_what_root_makes_belongs_to_whom_the_folder_belongs(sqlite_places):
    sqlite_places.open().close()
    for path in (sqlite_places.keys, *sqlite_places.keys.rglob("*"), *(sqlite_places.folder / "database").rglob("*")):
        os.chown(path, 65534, 65534)
    os.chown(sqlite_places.folder / "database", 65534, 65534)
    with sqlite_places.open() as log:
        log.append(event())
        log.erase_subject(BOB)
        made = [*(sqlite_places.keys / "subjects").iterdir(), *(sqlite_places.folder / "database").iterdir()]
        assert len(made) >= 4
        assert {path.stat().st_uid for path in made} == {65534}


def test_a_row_whose_cipher_was_changed_is_an_edit_and_no_crash(sqlite_log, sqlite_places):
    sqlite_log.append(event())
    damage(sqlite_places, "UPDATE audit_event SET personal = x'00' WHERE seq = 1")
    assert sqlite_log.verify().finding.kind == "edited"
    with pytest.raises(AuditError, match="physforge audit verify"):
        sqlite_log.query(personal=True)
    assert sqlite_log.query().entries[0].personal_state == "kept"
