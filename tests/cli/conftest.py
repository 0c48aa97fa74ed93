"""Run the command line in this process."""

import sys

import pytest
from cli.runners import end_runners

from physforge.cli import main


@pytest.fixture
def physforge(monkeypatch, capsys, tmp_path):
    """Run a command in this process: (exit code, standard output, standard error)."""
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["physforge", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.run()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    yield call
    end_runners(tmp_path / "home")
