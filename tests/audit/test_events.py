"""What an event may hold: nothing forges a line, nothing is too long, and no act is lost for it."""

import json
import string
import uuid
from datetime import UTC, datetime

import hypothesis.strategies as st
import pytest
from audit.places import ADA, event
from hypothesis import given, settings

from physforge.audit import Event
from physforge.audit.bounds import bounded_json, one_line
from physforge.audit.event import DETAILS_BYTES, ID_BYTES, PERSONAL_BYTES, REQUEST_BYTES
from physforge.errors import AuditError

#: What ends a line for some reader, turns it round, or hides in it.
NASTY = "\n\r\t\0\x0b\x0c\x1b\x1c\x85\u2028\u2029\u202e\u200b\ufeff\ud800\\"

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(alphabet=st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


def size(columns: dict) -> int:
    return sum(len(str(value).encode()) for value in columns.values() if value is not None)


@settings(max_examples=50, deadline=None)
@given(
    st.text(alphabet=st.characters(codec=None)),
    st.text(alphabet=st.characters(codec=None)),
    st.dictionaries(st.text(), anything),
)
def test_whatever_comes_a_row_is_short_and_of_one_line(object_id, request_id, fields):
    one = event(object_id=object_id, request_id=request_id, details=fields, personal=fields)
    columns = one.columns()
    personal = one.personal_bytes() or b""
    # Ids, times, three hashes and the cipher's own bytes come to less than 400.
    assert size(columns) + len(personal) + 400 < 4096
    for text in (*columns.values(), personal.decode("ascii")):
        assert text is None or len(text.splitlines()) <= 1
        assert text is None or not set(text) & set(NASTY) - {"\\"}
    assert isinstance(json.loads(columns["details"]), dict)


def test_a_name_of_10_mb_costs_as_little_as_a_short_one():
    import time

    start = time.process_time()
    one = event(object_id="x" * 10**7, details={"name": "é" * 10**7}, personal={"name": "\n" * 10**7, "at": "home"})
    columns, personal = one.columns(), json.loads(one.personal_bytes())
    assert time.process_time() - start < 1
    assert len(columns["object_id"]) <= ID_BYTES
    assert columns["object_id"].endswith("...[cut from 10000000]")
    assert json.loads(columns["details"])["name"].endswith("...[cut from 10000000]")
    assert personal["name"].endswith("...[cut from 10000000]")
    assert personal["at"] == "home"


def test_control_characters_become_escapes_that_tell_them_apart():
    assert one_line("a\nb", ID_BYTES) == r"a\nb"
    assert one_line(r"a\nb", ID_BYTES) == r"a\\nb"
    assert one_line(NASTY, 200) == r"\n\r\t\x00\x0b\x0c\x1b\x1c\x85\u2028\u2029\u202e\u200b\ufeff\ud800\\"
    assert one_line("Ångström λ", ID_BYTES) == "Ångström λ"


@pytest.mark.parametrize("length", [ID_BYTES - 1, ID_BYTES, ID_BYTES + 1])
@pytest.mark.parametrize("letter", ["a", "é", "\n", "𝄞"])
def test_the_limit_is_met_to_the_byte(length, letter):
    kept = one_line(letter * length, ID_BYTES)
    whole = letter.encode() if letter != "\n" else rb"\n"
    assert len(kept.encode()) <= ID_BYTES
    assert ("cut from" in kept) is (len(whole) * length > ID_BYTES)


def test_fields_beyond_the_limit_are_left_out_and_counted():
    kept = json.loads(bounded_json({f"field{number}": "x" * 200 for number in range(20)}, DETAILS_BYTES))
    assert kept.pop("...") == f"{20 - len(kept)} left out"
    assert 5 <= len(kept) <= 7
    many = json.loads(bounded_json({str(number): number for number in range(10_000)}, DETAILS_BYTES))
    assert many["..."] == "9968 left out"


def test_deep_and_wide_details_are_bounded():
    deep: list = []
    for _ in range(10_000):
        deep = [deep]
    kept = json.loads(bounded_json({"deep": deep, "wide": list(range(10**5))}, DETAILS_BYTES))
    assert kept["deep"] == [[["...[1 left out]"]]]
    assert kept["wide"][-1] == "...[99968 left out]"


def test_plain_values_come_back_as_they_were():
    moment = datetime(2026, 11, 30, tzinfo=UTC)
    given_fields = {"a": 1, "b": -0.5, "c": None, "d": True, "e": "é\n", "f": [1, {"g": "h"}], "i": ADA, "j": moment}
    kept = json.loads(bounded_json(given_fields, DETAILS_BYTES))
    assert kept == given_fields | {"i": str(ADA), "j": str(moment)}
    assert json.loads(bounded_json({"x": float("nan"), "y": 10**10_000}, 100)) == {
        "x": "nan",
        "y": "an integer of 33220 bits",
    }


def test_the_length_of_what_is_encrypted_does_not_give_a_name_away():
    lengths = {len(event(personal={"name": "x" * length}).personal_bytes()) for length in range(1, 40)}
    assert lengths == {64}
    assert event(personal={}).personal_bytes() is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"act": "create"}, "write it like dataset.create"),
        ({"act": "Dataset.Create"}, "no name of an act"),
        ({"act": "a." + "b" * 100}, "no name of an act"),
        ({"act": "dataset.create\n"}, "no name of an act"),
        ({"object_kind": "Data set"}, "no kind of object"),
        ({"outcome": "maybe"}, "no outcome; write one of ok, refused, failed"),
        ({"actor": "ada"}, "actor of an event is a principal's uuid.UUID"),
        ({"subject": str(ADA)}, "subject of an event is a principal's uuid.UUID"),
    ],
)
def test_a_mistake_of_the_program_is_refused(changes, message):
    with pytest.raises(AuditError, match=message):
        event(**changes)


def test_values_that_json_cannot_hold_are_refused():
    with pytest.raises(AuditError, match="and not a bytes; give its str"):
        event(details={"x": b"1"}).columns()
    with pytest.raises(AuditError, match="no text as its name"):
        event(details={1: "x"}).columns()


def test_only_the_act_must_be_given():
    columns = Event(act="workbench.start").columns()
    assert columns["actor"] is columns["object_id"] is columns["request_id"] is None
    assert (columns["object_kind"], columns["outcome"], columns["details"]) == ("workbench", "ok", "{}")


def test_ids_and_plain_text_are_kept_as_they_are():
    assert len(str(uuid.uuid4())) < min(ID_BYTES, REQUEST_BYTES)
    plain = (string.ascii_letters + string.digits + string.punctuation).replace("\\", "")
    assert one_line(plain, ID_BYTES) == plain
    assert PERSONAL_BYTES % 64 == 0
