"""Opening by path: the reader, and what is wrong with a path."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from physforge.datasets.files import EXTENSIONS, GROUP, NOT_FILES, find_reader, open_file
from physforge.errors import DatasetError


def test_every_format_is_registered_and_loads() -> None:
    formats = set(EXTENSIONS.values())
    assert formats <= {entry.name for entry in entry_points(group=GROUP)}
    assert all(callable(find_reader(name)) for name in formats)
    assert not formats & NOT_FILES


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no file .*run8\.csv"):
        open_file(tmp_path / "run8.csv")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "run.csv").mkdir()
    with pytest.raises(DatasetError, match=r"run\.csv"):
        open_file(tmp_path / "run.csv")


def test_an_unknown_extension_lists_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "run.xyz"
    path.write_text("t,u\n0,1\n1,2\n")
    with pytest.raises(DatasetError, match=r"extension '\.xyz'.*\.csv"):
        open_file(path)
    assert open_file(path, format="csv")["u"].size == 2
    with pytest.raises(DatasetError, match=r"format 'fits'.*csv"):
        open_file(path, format="fits")


def test_a_problem_is_not_a_file_format(tmp_path: Path) -> None:
    path = tmp_path / "run.problem"
    path.write_text("x")
    with pytest.raises(DatasetError, match="extension"):
        open_file(path)
