import asyncio

import pytest

from physforge.workbench.accounts import Accounts
from physforge.workbench.authenticator import AccountAuthenticator

RIGHT, WRONG, HERS = "correct horse battery staple", "no horse at all", "another horse entirely"


@pytest.fixture
def authenticator(state) -> AccountAuthenticator:
    Accounts(state.accounts).set_password("ada", RIGHT)
    return AccountAuthenticator(accounts_file=str(state.accounts), allowed_users={"ada"})


def login(authenticator, **data):
    return asyncio.run(authenticator.get_authenticated_user(None, data))


def test_the_account_comes_in(authenticator):
    assert login(authenticator, username="ada", password=RIGHT)["name"] == "ada"


def test_names_are_normalised(authenticator):
    assert login(authenticator, username="ADA", password=RIGHT)["name"] == "ada"


def test_a_wrong_password_stays_out(authenticator):
    assert login(authenticator, username="ada", password=WRONG) is None


def test_missing_fields_stay_out(authenticator):
    assert login(authenticator) is None


def test_an_account_that_is_not_allowed_stays_out(authenticator, state):
    Accounts(state.accounts).set_password("eve", HERS)
    assert login(authenticator, username="eve", password=HERS) is None


@pytest.mark.parametrize(
    "data", [None, [], "ada", {"username": ["ada"], "password": RIGHT}, {"username": "ada", "password": {}}]
)
def test_whatever_a_program_sends_stays_out_without_an_error(authenticator, data):
    assert asyncio.run(authenticator.get_authenticated_user(None, data)) is None


def test_roles_and_groups_are_told_to_the_hub(authenticator, state):
    accounts = Accounts(state.accounts)
    accounts.change("ada", auditor=True, groups=["optics"])
    assert login(authenticator, username="ada", password=RIGHT)["groups"] == ["auditors", "everyone", "optics"]
    assert login(authenticator, username="ada", password=RIGHT)["admin"] is True
