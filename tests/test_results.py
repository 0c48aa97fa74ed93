"""Results are kept whole, or not at all, and come back equal."""

import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from physforge.errors import PhysForgeError
from physforge.results import Result, run_record


@dataclass(frozen=True, kw_only=True, eq=False)
class Line(Result):
    kind: ClassVar[str] = "line"
    slope: float
    points: np.ndarray

    def summary(self) -> str:
        return f"slope {self.slope}"

    def to_document(self):
        return {"slope": self.slope}, {"points": self.points}

    @classmethod
    def from_document(cls, document, arrays):
        return cls(slope=document["slope"], points=arrays["points"], **document["base"])


@pytest.fixture
def line() -> Line:
    return Line(
        status="ok",
        diagnostics=("short",),
        provenance=run_record(seed=3),
        citations=("brunton2016",),
        slope=0.1 + 0.2,
        points=np.array([1.0, np.nan, 1e-300]),
    )


def test_a_result_comes_back_to_the_last_bit(line, tmp_path):
    line.save(tmp_path / "kept")
    again = Line.load(tmp_path / "kept")
    assert again.slope == line.slope
    np.testing.assert_array_equal(again.points, line.points)
    assert (again.status, again.diagnostics, again.citations) == ("ok", ("short",), ("brunton2016",))
    assert again.provenance == line.provenance


def test_a_kept_result_is_plain_files_with_its_literature(line, tmp_path):
    folder = line.save(tmp_path / "kept")
    assert json.loads((folder / "result.json").read_text())["kind"] == "line"
    assert "@article{brunton2016" in (folder / "citations.bib").read_text()


def test_a_result_never_overwrites(line, tmp_path):
    (tmp_path / "kept").mkdir()
    with pytest.raises(PhysForgeError, match="exists already"):
        line.save(tmp_path / "kept")


def test_a_failed_save_leaves_nothing(tmp_path, line):
    broken = Line(status="ok", slope=object(), points=line.points)
    with pytest.raises(TypeError):
        broken.save(tmp_path / "kept")
    assert list(tmp_path.iterdir()) == []


def test_another_kind_is_refused(line, tmp_path):
    @dataclass(frozen=True, kw_only=True, eq=False)
    class Circle(Line):
        kind: ClassVar[str] = "circle"

    line.save(tmp_path / "kept")
    with pytest.raises(PhysForgeError, match="'line' result, not 'circle'"):
        Circle.load(tmp_path / "kept")


def test_a_result_of_a_newer_version_says_so(line, tmp_path):
    folder = line.save(tmp_path / "kept")
    document = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps({**document, "schema_version": 99}))
    with pytest.raises(PhysForgeError, match="newer PhysForge"):
        Line.load(folder)


def test_a_damaged_result_names_its_folder(line, tmp_path):
    folder = line.save(tmp_path / "kept")
    (folder / "result.json").write_text("{")
    with pytest.raises(PhysForgeError, match="kept holds no readable result"):
        Line.load(folder)


def test_pickled_arrays_are_not_read(line, tmp_path):
    folder = line.save(tmp_path / "kept")
    np.savez(folder / "arrays.npz", points=np.array([object()], dtype=object))
    with pytest.raises(PhysForgeError, match="no readable result"):
        Line.load(folder)


def test_the_run_record_names_versions_and_time():
    record = run_record(seed=7)
    assert {"created", "physforge", "numpy", "python", "platform"} <= record.keys()
    assert record["seed"] == 7
