import logging

import pytest

from physforge.workbench.log_lines import ShortLines, shortened


@pytest.mark.parametrize("text", ["200 GET /hub/login (@127.0.0.1) 3.10ms", "naïve Ω", "two\nlines", "a\tb", ""])
def test_usual_lines_stay(text):
    assert shortened(text) == text


@pytest.mark.parametrize("sign", ["x", "é", "€", "😀", "\x00", "\ud800"])
def test_no_line_has_more_than_its_bytes(sign):
    short = shortened(f"GET /{sign * 100_000}\nsecond {sign * 100_000}")
    assert len(short.splitlines()) == 2
    assert max(len(line.encode()) for line in short.splitlines()) < 3_550


def test_no_message_has_more_than_its_lines():
    assert len(shortened("x\n" * 100_000).splitlines()) == 61


@pytest.mark.parametrize("sign", ["\r", "\x1b", "\x00", "\u202e", "\u2028", "\x85"])
def test_what_hides_or_forges_lines_is_written_out(sign):
    assert sign not in shortened(f"before{sign}after")
    assert "before" in shortened(f"before{sign}after")


def test_records_are_shortened_whether_they_have_arguments_or_not():
    record = logging.LogRecord("x", logging.INFO, "f", 1, "got %s and %d", ("y" * 10_000, 3), None)
    assert ShortLines().filter(record)
    assert len(record.getMessage()) < 3_600
    usual = logging.LogRecord("x", logging.INFO, "f", 1, "100 % of %s", ("y",), None)
    usual.msg = "all of %s"
    ShortLines().filter(usual)
    assert usual.args == ("y",)
