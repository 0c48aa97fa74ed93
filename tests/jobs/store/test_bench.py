"""The benchmark of jobs runs, a little of each case of the store."""

import pytest
from benchmarks.bench_jobs import find_cases, rows_of

CASES = {case.name: case for case in find_cases()}


def test_every_case_has_its_own_name():
    assert len(CASES) == len(find_cases())


@pytest.mark.parametrize("name", ["submit-sqlite", "cycle-sqlite-8"])
def test_a_case_gives_its_lines(name):
    case = CASES[name]
    (cell,) = case.cells(quick=True)
    result = case.measure(0, True)
    kept = {(cell.name, cell.key): {"result": result, "commit": "c", "date": "d", "seconds": (1.0, 1.0)}}
    ((what, figure, *_),) = rows_of(case, True, kept)
    assert what.startswith(("submit", "claim"))
    assert float(figure.split()[0]) > 0


def test_a_case_without_cells_says_so():
    ((_, figure, _, reached, *_),) = rows_of(CASES["submit-sqlite"], False, {})
    assert (figure, reached) == ("not measured", "not measured")
