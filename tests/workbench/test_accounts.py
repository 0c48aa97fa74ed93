import json
import multiprocessing
import stat
import statistics
import time
from pathlib import Path

import pytest
from database.server import running_server

from physforge.errors import AccountError, DatabaseError, SettingsError, UnknownAccountError, WorkbenchError
from physforge.workbench import passwords as module
from physforge.workbench.accounts import MOST_REQUESTS, Accounts, generate_password, refuse_odd_name
from physforge.workbench.passwords import hash_password


@pytest.fixture
def accounts(state) -> Accounts:
    accounts = Accounts(state.accounts)
    accounts.set_password("ada", "correct horse battery staple")
    return accounts


def test_the_right_password_is_accepted(accounts):
    assert accounts.check("ada", "correct horse battery staple")


@pytest.mark.parametrize("password", ["", "correct horse battery stapl", "Correct horse battery staple", "\0"])
def test_other_passwords_are_refused(accounts, password):
    assert not accounts.check("ada", password)


def test_an_unknown_name_is_refused(accounts):
    assert not accounts.check("eve", "correct horse battery staple")


def test_whoever_guesses_the_decoy_has_no_account(accounts, monkeypatch):
    monkeypatch.setattr(module, "generate_password", lambda: "the decoy's own password")
    module.decoy.cache_clear()
    try:
        assert not accounts.check("eve", "the decoy's own password")
    finally:
        module.decoy.cache_clear()


def test_no_password_is_kept_in_clear(accounts, state):
    accounts.close()
    kept = b"".join(path.read_bytes() for path in state.accounts.parent.glob("accounts.sqlite*"))
    assert b"horse" not in kept
    assert b"$argon2id$" in kept


def test_a_new_password_replaces_the_old(accounts):
    accounts.set_password("ada", "another one entirely")
    assert accounts.check("ada", "another one entirely")
    assert not accounts.check("ada", "correct horse battery staple")


def test_an_unknown_name_takes_as_long_as_a_known_one(accounts):
    def seconds(name: str) -> float:
        start = time.process_time()
        accounts.check(name, "wrong")
        return time.process_time() - start

    accounts.check("eve", "wrong")
    took = {"ada": [], "eve": []}
    for _ in range(11):
        for name, times in took.items():
            times.append(seconds(name))
    known, unknown = (statistics.median(times) for times in took.values())
    assert 0.75 < unknown / known < 1.33


def test_a_damaged_older_file_is_named(state):
    state.accounts.with_name("accounts.json").write_text("[]")
    with pytest.raises(WorkbenchError, match=r"accounts\.json is damaged"):
        Accounts(state.accounts).check("ada", "wrong")


def test_a_damaged_database_is_named(state):
    state.accounts.write_text("this is no database")
    with pytest.raises(DatabaseError, match="accounts' database cannot be opened: file is not a database"):
        Accounts(state.accounts).check("ada", "wrong")


@pytest.mark.parametrize(
    "name", ["", "..", "a/../b", "a..b", "../../etc", "Ada", "ada lovelace", "a" * 33, "1a", "ada\n", "\0"]
)
def test_a_name_that_could_lead_elsewhere_is_refused(accounts, name):
    with pytest.raises(SettingsError, match="cannot be an account's name"):
        accounts.set_password(name, "whatever it is")
    assert accounts.names() == ["ada"]


@pytest.mark.parametrize("name", ["ada", "a", "ada.lovelace", "ada_l-2"])
def test_usual_names_are_accepted(name):
    refuse_odd_name(name)


def test_generated_passwords_are_long_readable_and_different():
    made = {generate_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(one) == 19 and not set(one) & set("il1o0") for one in made)


STRONG, OTHER = "nine purple otters dance", "seven loud kettles hum"


@pytest.fixture(scope="session")
def postgresql():
    with running_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, state) -> Accounts:
    """Accounts of each kind of database, with one admin."""
    address = state.accounts if request.param == "sqlite" else request.getfixturevalue("postgresql").new_database()
    store = Accounts(address)
    store.set_password("ada", STRONG)
    yield store
    store.close()


def test_the_database_is_private(accounts, state):
    files = list(state.accounts.parent.glob("accounts.sqlite*"))
    assert files
    assert not [path for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_reading_makes_no_database(state):
    nobody = Accounts(state.accounts)
    assert nobody.names() == []
    assert not nobody.check("ada", "wrong")
    assert nobody.to_sign_out() == []
    assert not state.accounts.exists()


def test_accounts_of_an_older_workbench_are_taken_over_once(state):
    old = state.accounts.with_name("accounts.json")
    old.write_text(json.dumps({"ada": hash_password(STRONG)}))
    accounts = Accounts(state.accounts)
    assert accounts.check("ada", STRONG)
    assert accounts.find("ada").admin
    accounts.set_password("ada", OTHER)
    accounts.close()
    again = Accounts(state.accounts)
    assert again.check("ada", OTHER)
    assert again.names() == ["ada"]


def test_the_database_of_a_newer_version_is_left_alone(accounts, state):
    from physforge.workbench.account_tables import SchemaVersion

    with accounts.writing() as session:
        session.get(SchemaVersion, 1).version = 99
    with pytest.raises(DatabaseError, match="newer PhysForge"):
        Accounts(state.accounts).names()


def test_only_the_first_account_becomes_admin_by_itself(store):
    store.set_password("bob", OTHER)
    assert [(one.name, one.admin) for one in store.all()] == [("ada", True), ("bob", False)]


def test_a_request_waits_for_approval(store):
    asked = store.request("Bob", OTHER, "from the lab\nnext door\x1b[31m")
    assert (asked.name, asked.state, asked.admin) == ("bob", "requested", False)
    assert asked.note == "from the lab next door [31m"
    assert not store.check("bob", OTHER)
    store.approve("bob", auditor=True)
    assert store.check("bob", OTHER)
    assert store.find("bob").auditor


@pytest.mark.parametrize("twin", ["ADA", "Ada", " ada ", "ａｄａ", "ＡＤＡ"])
def test_a_request_for_a_taken_name_or_its_twin_changes_nothing(accounts, twin):
    assert accounts.request(twin, OTHER) is None
    assert accounts.names() == ["ada"]
    assert not accounts.check("ada", OTHER)


def test_requests_cannot_fill_the_disk(accounts, monkeypatch):
    assert MOST_REQUESTS <= 1000
    monkeypatch.setitem(Accounts.request.__globals__, "MOST_REQUESTS", 3)
    for number in range(3):
        assert accounts.request(f"n{number}", OTHER)
    assert accounts.request("one-more", OTHER) is None
    accounts.approve("n0")
    assert accounts.request("one-more", OTHER)


def test_a_disabled_account_is_kept_out_until_approved(store):
    store.set_password("bob", OTHER)
    assert store.disable("bob").state == "disabled"
    assert not store.check("bob", OTHER)
    assert [one.name for one in store.to_sign_out()] == ["bob"]
    assert store.names() == ["ada"]
    store.approve("bob")
    assert store.check("bob", OTHER)


def test_a_deleted_account_leaves_only_id_and_name(store):
    made = store.set_password("bob", OTHER)
    gone = store.delete("bob")
    assert (gone.id, gone.name, gone.state) == (made.id, "bob", "deleted")
    assert (gone.note, gone.groups, gone.password_changed_at) == ("", (), None)
    assert not store.check("bob", OTHER)
    assert store.names() == ["ada"]
    with pytest.raises(UnknownAccountError):
        store.disable("bob")


def test_the_name_of_a_deleted_account_is_not_given_away(store):
    store.set_password("bob", OTHER)
    store.delete("bob")
    assert store.request("bob", OTHER) is None
    with pytest.raises(AccountError, match="not given away"):
        store.set_password("bob", OTHER)


@pytest.mark.parametrize("act", ["disable", "delete"])
def test_the_last_admin_stays(store, act):
    store.set_password("bob", OTHER)
    with pytest.raises(AccountError, match="last admin"):
        getattr(store, act)("ada")
    assert store.check("ada", STRONG)


def test_a_password_is_changed_by_who_knows_it(store):
    changed = store.change_password("ada", STRONG, OTHER)
    assert store.check("ada", OTHER)
    assert not store.check("ada", STRONG)
    assert changed.password_changed_at is not None
    assert [one.name for one in store.to_sign_out()] == ["ada"]


@pytest.mark.parametrize(
    ("current", "new", "words"),
    [("wrong", OTHER, "current password is wrong"), (STRONG, STRONG, "is the old one"), (STRONG, "short", "too short")],
)
def test_a_change_that_is_refused_changes_nothing(accounts, current, new, words):
    accounts.set_password("ada", STRONG)
    with pytest.raises(AccountError, match=words):
        accounts.change_password("ada", current, new)
    assert accounts.check("ada", STRONG)


def test_sessions_end_once_for_each_change(store):
    store.change_password("ada", STRONG, OTHER)
    (first,) = store.to_sign_out()
    store.change_password("ada", OTHER, STRONG)
    store.signed_out(first)
    (second,) = store.to_sign_out()
    store.signed_out(second)
    assert store.to_sign_out() == []


def make_accounts(address: Path, start) -> None:
    accounts = Accounts(address)
    start.wait(30)
    for number in range(5):
        accounts.request(f"n{number}", "nine purple otters dance")


def test_several_processes_never_make_one_name_twice(state):
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(2)
    workers = [context.Process(target=make_accounts, args=(state.accounts, start)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert sorted(Accounts(state.accounts).names()) == sorted(f"n{number}" for number in range(5))
