import statistics
import time

import pytest

from physforge.errors import SettingsError, WorkbenchError
from physforge.workbench import accounts as module
from physforge.workbench.accounts import Accounts, generate_password, refuse_odd_name


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
    module._decoy.cache_clear()
    try:
        assert not accounts.check("eve", "the decoy's own password")
    finally:
        module._decoy.cache_clear()


def test_no_password_is_kept_in_clear(accounts, state):
    assert "horse" not in state.accounts.read_text()
    assert "$argon2id$" in state.accounts.read_text()


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
    known = statistics.median(seconds("ada") for _ in range(5))
    unknown = statistics.median(seconds("eve") for _ in range(5))
    assert unknown > known / 2


def test_a_damaged_file_is_named(accounts, state):
    state.accounts.write_text("[]")
    with pytest.raises(WorkbenchError, match=r"accounts\.json is damaged"):
        accounts.check("ada", "wrong")


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
