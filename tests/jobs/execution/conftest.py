"""Jobs of the kind "trial", in a state folder of their own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from physforge.testing.trial_tasks import install_trial_tasks


@pytest.fixture(scope="session")
def trial_tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_trial_tasks(tmp_path_factory.mktemp("tasks"))


@pytest.fixture(autouse=True)
def _known_trial_tasks(trial_tasks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = trial_tasks
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]))
