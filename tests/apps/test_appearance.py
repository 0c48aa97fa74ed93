"""A page begins as the browser last had it."""

import pytest

from physforge.apps.appearance import COOKIE, Appearance

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/140 Mobile Safari/537.36"}


@pytest.mark.parametrize(
    ("cookie", "headers", "expected"),
    [
        ("dark.narrow", {}, (True, True)),
        ("light.wide", PHONE, (False, False)),
        ("", PHONE, (None, True)),
        ("", {}, (None, False)),
        ("<script>.wide", {}, (None, False)),
        ("dark", {}, (True, False)),
    ],
)
def test_what_the_browser_left_is_read(cookie, headers, expected):
    found = Appearance.of({COOKIE: cookie} if cookie else {}, headers)
    assert (found.dark, found.narrow) == expected
