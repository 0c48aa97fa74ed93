"""Who is let in to the apps, and with whose rights."""

from __future__ import annotations

import pytest
from jupyterhub.services.auth import HubOAuth
from tornado.web import HTTPError, create_signed_value

from physforge.apps.hub_login import CALLBACK_PATH, LOGIN_PATH, HubLogin, token_of

SECRET = "a-secret-of-this-test"  # pragma: allowlist secret


@pytest.fixture
def oauth() -> HubOAuth:
    return HubOAuth(
        api_url="http://127.0.0.1:9/hub/api",
        api_token="0123456789abcdef" * 4,  # pragma: allowlist secret
        oauth_client_id="service-apps",
        base_url="/services/apps/",
        access_scopes={"access:services!service=apps"},
    )


def test_the_token_is_that_of_the_signed_cookie(oauth):
    signed = create_signed_value(SECRET, "service-apps", "the-token").decode()
    assert token_of({"service-apps": signed}, oauth, SECRET) == "the-token"


@pytest.mark.parametrize("cookies", [{}, {"service-apps": "the-token"}, {"other": "x"}])
def test_without_a_signed_cookie_nobody_is_in(oauth, cookies):
    with pytest.raises(HTTPError, match="load the page again"):
        token_of(cookies, oauth, SECRET)


def test_a_cookie_signed_by_another_key_or_for_another_service_is_refused(oauth):
    for forged in (create_signed_value("other", "service-apps", "t"), create_signed_value(SECRET, "service-b", "t")):
        with pytest.raises(HTTPError):
            token_of({"service-apps": forged.decode()}, oauth, SECRET)


def test_the_login_and_the_way_back_are_below_the_prefix(oauth):
    assert [path for path, _ in HubLogin(oauth).endpoints] == [LOGIN_PATH, CALLBACK_PATH]
