"""Jobs of the kind "trial", in a state folder of their own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from physforge.testing.trial_tasks import install_trial_tasks


@pytest.fixture(autouse=True)
def trial_tasks(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = install_trial_tasks(tmp_path_factory.mktemp("tasks"))
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]))
    return folder
