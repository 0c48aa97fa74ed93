"""Tasks run in this process, as a worker would run them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from physforge.jobs import JobSpec, find_task
from physforge.jobs.access import Access
from physforge.jobs.context import RunContext
from physforge.jobs.loading import load_result
from physforge.jobs.reading import open_input
from physforge.jobs.submission import make_spec
from physforge.results import Result
from physforge.workspace import Workspace


class HereContext(RunContext):
    """Inputs from the catalog and from folders; a list of what was reported."""

    def __init__(self, spec: JobSpec, folder: Path, workspace: Workspace, artifacts: Mapping[str, Path]) -> None:
        super().__init__(spec.seed, folder)
        self._inputs = {one.field: one for one in spec.inputs}
        self._workspace = workspace
        self._artifacts = artifacts
        self.reported: list[tuple[float, str]] = []

    def open_dataset(self, field: str) -> xr.Dataset:
        return open_input(self._inputs[field], Access.of(self._workspace.settings), self._artifacts.__getitem__)

    def open_artifact(self, field: str) -> Path:
        return self._artifacts[field]

    def report(self, fraction: float, message: str = "") -> None:
        self.reported.append((fraction, message))

    def checkpoint(self, folder: Path) -> None:
        assert folder.is_dir()

    def last_checkpoint(self) -> Path | None:
        return None


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path / "home")


@pytest.fixture
def run_task(tmp_path, workspace) -> Callable[..., Result]:
    """Submit, run and load: what comes back is what was kept."""

    def run(kind: str, config: dict[str, Any], *, seed: int = 0, artifacts: Mapping[str, Path] | None = None) -> Result:
        task = find_task(kind)
        if artifacts is None:
            data = workspace.store if (workspace.settings.home / "physforge.sqlite").exists() else None
            spec = make_spec(kind, config, data=data, catalog=workspace.catalog, jobs=None, seed=seed)
        else:
            spec = JobSpec(kind, task.config.model_validate(config).model_dump(mode="json"), seed=seed)
        number = len(list(tmp_path.glob("artifact-*")))
        context = HereContext(spec, tmp_path, workspace, artifacts or {})
        result = task.load_run()(task.config.model_validate(spec.config), context)
        fractions = [fraction for fraction, _ in context.reported]
        assert fractions == sorted(fractions)
        assert fractions
        return load_result(result.save(tmp_path / f"artifact-{number}"))

    return run
