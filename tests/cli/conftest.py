"""Run the command line in this process."""

import os
import re
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

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


def end_runners(home: Path, patience_s: float = 30.0) -> None:
    """End the processes that were started to run the jobs of a state folder, and wait for that."""
    log, end = home / "jobs" / "runner.log", time.monotonic() + patience_s
    if not log.exists():
        return
    while time.monotonic() < end:
        text = log.read_text()
        begun, ended = (set(re.findall(rf"The runner (\d+) {word}", text)) for word in ("begins", "ends"))
        if begun and begun == ended:
            return
        for pid in begun - ended:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGTERM)
        time.sleep(0.1)
    raise TimeoutError(f"the runner of {home} does not end")
