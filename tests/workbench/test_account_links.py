import threading
from datetime import UTC, datetime, timedelta

import pytest

from physforge.errors import AccountError, SettingsError, UnknownAccountError
from physforge.workbench.account_links import AccountLinks
from physforge.workbench.accounts import Accounts

STRONG, OTHER = "nine purple otters dance", "seven loud kettles hum"


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(state, clock) -> Accounts:
    accounts = Accounts(state.accounts, clock=clock)
    accounts.set_password("ada", STRONG)
    return accounts


@pytest.fixture
def links(accounts) -> AccountLinks:
    return AccountLinks(accounts)


def test_an_invitation_leads_to_an_active_account_with_its_roles(links, accounts):
    link = links.invite("Bob", auditor=True, groups=["lab", "lab"])
    assert (link.account.name, link.account.state, link.kind) == ("bob", "invited", "invite")
    assert not accounts.check("bob", "")
    links.use(link.token, OTHER)
    assert accounts.check("bob", OTHER)
    made = accounts.find("bob")
    assert (made.admin, made.auditor, made.groups, made.state) == (False, True, ("lab",), "active")


def test_a_link_works_once(links, accounts):
    link = links.invite("bob")
    links.use(link.token, OTHER)
    with pytest.raises(AccountError, match="works once"):
        links.use(link.token, STRONG)
    assert accounts.check("bob", OTHER)


def test_of_many_at_the_same_moment_one_uses_a_link(links, accounts):
    token = links.reset("ada").token
    new = [f"{OTHER} {number}" for number in range(6)]
    used: list[str] = []

    def use(password: str) -> None:
        try:
            links.use(token, password)
            used.append(password)
        except AccountError:
            pass

    threads = [threading.Thread(target=use, args=(password,)) for password in new]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(used) == 1
    assert [password for password in new if accounts.check("ada", password)] == used


def test_a_weak_password_does_not_use_a_link_up(links):
    link = links.invite("bob")
    with pytest.raises(AccountError, match="too short"):
        links.use(link.token, "short")
    assert links.use(link.token, OTHER).state == "active"


@pytest.mark.parametrize(("kind", "hours"), [("invite", 72), ("reset", 24)])
def test_a_link_ends_with_its_time(links, clock, kind, hours):
    link = links.invite("bob") if kind == "invite" else links.reset("ada")
    clock.moment += timedelta(hours=hours, seconds=-1)
    assert links.owner(link.token) is not None
    clock.moment += timedelta(seconds=1)
    assert links.owner(link.token) is None
    with pytest.raises(AccountError, match="limited time"):
        links.use(link.token, OTHER)


def test_a_new_link_makes_the_earlier_one_void(links):
    first, second = links.invite("bob"), links.invite("bob")
    assert links.owner(first.token) is None
    assert links.owner(second.token).name == "bob"


@pytest.mark.parametrize("act", ["disable", "delete"])
def test_links_end_with_the_account(links, accounts, act):
    link = links.invite("bob")
    getattr(accounts, act)("bob")
    assert links.owner(link.token) is None


def test_a_changed_password_makes_a_reset_link_void(links, accounts):
    link = links.reset("ada")
    accounts.change_password("ada", STRONG, OTHER)
    assert links.owner(link.token) is None


def test_no_token_is_kept_in_clear(links, accounts, state):
    link = links.invite("bob")
    accounts.close()
    kept = b"".join(path.read_bytes() for path in state.accounts.parent.glob("accounts.sqlite*"))
    assert link.token.encode() not in kept
    assert link.token not in repr(link)


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 1_000_000, "\0", "é\ud800", "' OR 1=1 --"])
def test_other_tokens_are_refused(links, token):
    assert links.owner(token) is None
    with pytest.raises(AccountError, match="not valid"):
        links.use(token, OTHER)


@pytest.mark.parametrize("twin", ["ada", "ADA", "ａｄａ", "Ａda"])
def test_a_taken_name_or_its_twin_is_refused(links, twin):
    with pytest.raises(AccountError, match="'ada' is taken"):
        links.invite(twin)


@pytest.mark.parametrize(
    "name", ["", "a\0b", "a\nb", "../root", "a/b", "a..b", "1a", "a" * 33, "\u0430da", "a\u202eb", "x" * 10_000]
)
def test_odd_names_are_refused(links, accounts, name):
    with pytest.raises(SettingsError, match="cannot be an account's name") as refused:
        links.invite(name)
    assert len(str(refused.value)) < 400
    assert accounts.names() == ["ada"]


@pytest.mark.parametrize("hours", [0, -1, float("nan"), float("inf"), 745])
def test_odd_times_are_refused(links, accounts, hours):
    with pytest.raises(AccountError, match="cannot work for"):
        links.invite("bob", hours=hours)
    assert accounts.names() == ["ada"]


def test_only_an_active_account_is_reset(links, accounts):
    links.invite("bob")
    with pytest.raises(AccountError, match="is invited"):
        links.reset("bob")
    with pytest.raises(UnknownAccountError, match="no account 'eve'"):
        links.reset("eve")
