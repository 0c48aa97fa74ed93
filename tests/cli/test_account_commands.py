"""``physforge account``, against the accounts of a state folder."""

import io
import json
import os
from pathlib import Path

import pytest

from physforge.workbench.account_links import AccountLinks
from physforge.workbench.accounts import Accounts
from physforge.workbench.ports import Ports
from physforge.workbench.state import Plan, StateFolder

STRONG, OTHER = "nine purple otters dance", "seven loud kettles hum"


@pytest.fixture
def state(physforge) -> StateFolder:
    state = StateFolder(Path(os.environ["PHYSFORGE_HOME"]))
    state.create()
    Plan(state=state, ports=Ports.from_base(21000), user="ada", many_users=True).write()
    # Whoever runs the tests may be called Bob.
    (state.home / "workbench.yaml").write_text("existing_users: all\n")
    Accounts(state.accounts).set_password("ada", STRONG)
    return state


def test_an_invitation_prints_its_link_and_nothing_else(physforge, state):
    code, out, err = physforge("account", "invite", "Bob", "--group", "optics")
    assert code == 0
    assert out.startswith("http://127.0.0.1:21000/hub/welcome?token=")
    token = out.strip().partition("token=")[2]
    assert token not in err
    links = AccountLinks(Accounts(state.accounts))
    assert links.owner(token).groups == ("optics",)
    assert links.use(token, OTHER).name == "bob"


def test_a_link_is_given_as_json_too(physforge, state):
    _, out, _ = physforge("account", "reset", "ada", "--hours", "1", "--json")
    facts = json.loads(out)
    assert facts["name"] == "ada"
    assert "token=" in facts["link"]
    assert facts["expires_at"].endswith("+00:00")


def test_accounts_are_listed_with_their_roles(physforge, state):
    physforge("account", "invite", "bob", "--auditor")
    _, out, _ = physforge("account", "list", "--json")
    assert [(one["name"], one["state"], one["admin"], one["auditor"]) for one in json.loads(out)] == [
        ("ada", "active", True, False),
        ("bob", "invited", False, True),
    ]
    _, out, _ = physforge("account", "list", "--state", "invited")
    assert "bob" in out
    assert "auditor" in out
    assert "ada" not in out


def test_roles_and_groups_are_changed(physforge, state):
    accounts = Accounts(state.accounts)
    accounts.set_password("bob", OTHER)
    code, out, _ = physforge("account", "change", "bob", "--admin", "--group", "optics", "--group", "laser")
    assert (code, out) == (0, "bob: admin, laser, optics.\n")
    physforge("account", "change", "ada", "--no-admin")
    assert [(one.name, one.admin) for one in accounts.all()] == [("ada", False), ("bob", True)]
    code, _, err = physforge("account", "change", "bob", "--no-admin")
    assert code == 2
    assert "last admin" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["invite", "ADA"], "'ada' is taken"),
        (["invite", "../root"], "cannot be an account's name"),
        (["invite", "bob", "--group", "auditors"], "is a role"),
        (["invite", "bob", "--hours", "1000"], "cannot work for 1000 hours"),
        (["approve", "ada"], "is active"),
        (["reset", "eve"], "no account 'eve'"),
        (["disable", "ada"], "last admin"),
        (["delete", "ada", "--yes"], "last admin"),
        (["list", "--state", "happy"], "no state of an account"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(physforge, state, arguments, words):
    code, out, err = physforge("account", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert Accounts(state.accounts).names() == ["ada"]


@pytest.mark.parametrize("act", ["invite", "approve"])
def test_a_user_of_the_system_never_gets_an_account(physforge, state, act):
    Accounts(state.accounts).request("daemon", OTHER)
    code, _, err = physforge("account", act, "Daemon")
    assert code == 1
    assert "'daemon' is a user of the system" in err
    assert Accounts(state.accounts).find("daemon").state == "requested"


def test_a_deletion_is_asked_about(physforge, state, monkeypatch):
    Accounts(state.accounts).set_password("bob", OTHER)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, _, err = physforge("account", "delete", "bob")
    assert code == 1
    assert "for ever" in err
    assert "bob" in Accounts(state.accounts).names()


def test_before_the_first_start_there_are_no_accounts(physforge):
    code, _, err = physforge("account", "list")
    assert code == 1
    assert "No workbench was started" in err
    assert not Path(os.environ["PHYSFORGE_HOME"]).exists()


def test_a_workbench_for_one_user_invites_nobody(physforge, state):
    Plan(state=state, ports=Ports.from_base(21000), user="ada").write()
    code, _, err = physforge("account", "invite", "bob")
    assert code == 2
    assert "for one user, ada" in err
