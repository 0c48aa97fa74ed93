"""What the first account is called where nobody names it."""

import pwd

import pytest

from physforge.workbench.lifecycle import first_account


def test_for_many_users_it_is_no_unix_user_that_exists():
    with pytest.raises(KeyError):
        pwd.getpwnam(first_account(many_users=True))


def test_a_name_that_is_taken_is_counted_on(monkeypatch):
    def getpwnam(name: str) -> str:
        if name in ("admin", "admin2"):
            return name
        raise KeyError(name)

    monkeypatch.setattr(pwd, "getpwnam", getpwnam)
    assert first_account(many_users=True) == "admin3"
