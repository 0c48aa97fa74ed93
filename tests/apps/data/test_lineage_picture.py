"""A graph made of texts: what comes from something is below it, and no name is HTML."""

import re

from physforge.apps.data.lineage_picture import lineage_picture

EVIL = "<script>alert(1)</script>"


def version(key: str, name: str | None, number: int | None = 1, **changes):
    known = None if name is None else {"dataset_id": f"data-of-{key}"}
    return {
        "id": key,
        "name": name,
        "number": number,
        "author": "ada",
        "message": "",
        "deleted": False,
        "version": known,
        **changes,
    }


def edge(child: str, parent: str, operation: str = "", kind: str = "derived"):
    return {"child": child, "parent": parent, "operation": operation, "kind": kind, "settings": {}}


def heights(picture: str) -> dict[str, int]:
    """Return how far below the top each first line of a box is."""
    return {words: int(y) for y, words in re.findall(r'<text x="\d+" y="(\d+)">([^<]*)</text>', picture)}


def test_what_comes_from_something_is_below_it():
    versions = [version("c", "smooth"), version("a", "raw"), version("b", "raw", 2)]
    edges = [edge("c", "b", "differentiate"), edge("b", "a", kind="parent"), edge("c", "a")]
    found = heights(lineage_picture({"root": "c", "versions": versions, "edges": edges}))
    assert found["raw v1"] < found["raw v2"] < found["smooth v1"]


def test_the_same_is_said_in_words():
    versions = [version("b", "smooth"), version("a", "raw")]
    picture = lineage_picture({"root": "b", "versions": versions, "edges": [edge("b", "a", "differentiate")]})
    assert 'aria-label="Where it comes from: smooth v1 from raw v1 by differentiate"' in picture
    assert 'href="data?name=data-of-a&amp;version=1"' in picture


def test_no_name_message_or_operation_is_html():
    versions = [version("b", EVIL, message=EVIL), version("a", EVIL, author=EVIL)]
    picture = lineage_picture({"root": "b", "versions": versions, "edges": [edge("b", "a", EVIL)]})
    assert "<script" not in picture
    assert "&lt;script&gt;" in picture


def test_what_may_not_be_seen_has_neither_name_nor_link():
    hidden = version("a", None, None, author=None, message=None)
    picture = lineage_picture({"root": "b", "versions": [version("b", "run"), hidden], "edges": [edge("b", "a")]})
    assert "a version that you may not see" in picture
    assert "<a " not in picture
    assert "None" not in picture


def test_a_circle_or_a_missing_end_does_not_hang_it():
    versions = [version("b", "run"), version("a", "raw")]
    edges = [edge("b", "a"), edge("a", "b"), edge("b", "elsewhere")]
    assert "run v1" in lineage_picture({"root": "b", "versions": versions, "edges": edges})
