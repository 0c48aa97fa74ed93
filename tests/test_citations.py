import re

import pytest

from physforge.citations import BIBTEX, bibtex


@pytest.mark.parametrize("key", BIBTEX)
def test_an_entry_carries_its_key_a_title_a_year_and_balanced_braces(key):
    entry = BIBTEX[key]
    assert re.match(rf"@\w+\{{{key}, ", entry)
    assert "title={" in entry
    assert re.search(r"year=\{\d{4}\}", entry)
    assert entry.count("{") == entry.count("}")


def test_entries_come_sorted_and_once():
    first, second = sorted(BIBTEX)[:2]
    assert bibtex([second, first, second]) == f"{BIBTEX[first]}\n{BIBTEX[second]}"


def test_an_unknown_key_is_an_error():
    with pytest.raises(KeyError):
        bibtex(["nobody1900"])
