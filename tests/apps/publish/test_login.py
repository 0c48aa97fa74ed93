"""A websocket from the sandbox is let in by the token of its page alone."""

import pytest
from bokeh.util.token import generate_jwt_token, generate_session_id

from physforge.apps.published.login import is_signed

SECRET = "0123456789abcdef" * 4


def token(secret: str = SECRET, expiration: int = 300) -> str:
    session = generate_session_id(secret_key=secret.encode(), signed=True)
    return generate_jwt_token(session, secret_key=secret.encode(), signed=True, expiration=expiration)


def test_a_token_that_this_process_signed_is_let_in():
    assert is_signed(token(), SECRET.encode())


def test_one_that_is_too_old_is_not():
    assert not is_signed(token(expiration=-1), SECRET.encode())


def test_one_that_somebody_else_signed_is_not():
    assert not is_signed(token("another secret of the same length"), SECRET.encode())


@pytest.mark.parametrize("text", ["", "x", "a.b", "..", "eyJ9.", "\u00fc.\u00fc"])
def test_no_other_text_is(text):
    assert not is_signed(text, SECRET.encode())
