"""The benchmark of PINNs finds its cases, and reads what was kept."""

import pytest
from benchmarks.bench_pinn import Answer, find_cases

CASES = {case.name: case for case in find_cases()}


def test_every_case_has_its_own_name():
    assert len(CASES) == len(find_cases())


@pytest.mark.parametrize("name", CASES)
def test_a_case_without_cells_says_so(name):
    answer = Answer(CASES[name], CASES[name].cells(quick=False), {})
    ((_, figure, _, reached, *_),) = answer.rows()
    assert "not measured" in figure
    assert reached == "not measured"


def test_speeds_are_ratios_to_the_peer():
    case = CASES["engine-speed"]
    wanted = case.cells(quick=False, seeds=2)
    result = {"seconds": {"DeepXDE": 6.0, "eager": 3.0, "compiled": 2.0}}
    kept = {
        (cell.name, cell.key): {"result": result, "commit": "c", "date": "d", "seconds": (1.0, 1.0)}
        for mine in wanted.values()
        for cell in mine
    }
    rows = list(Answer(case, wanted, kept).rows())
    assert [row[3] for row in rows] == ["yes", "yes", "yes", "no", "yes"]
    assert all(row[1].startswith("3.00 times faster") and row[4] == "2" for row in rows)
