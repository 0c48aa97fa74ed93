"""Databases for the cases: SQLite, and a PostgreSQL server that waits for the disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from benchmarks.cells import NotAvailable
from database.server import running_server

from physforge.testing.trial_tasks import install_trial_tasks


@contextmanager
def database_url(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database that syncs every commit."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/physforge.sqlite"
        return
    try:
        with running_server(durable=True) as server:
            yield server.new_database()
    except pytest.skip.Exception as reason:
        raise NotAvailable(str(reason)) from reason


@contextmanager
def new_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pf-bench-") as name:
        yield Path(name)


def trial_tasks(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Make the kind "trial" known to this process and to those that it starts."""
    tasks = str(install_trial_tasks(folder / "tasks"))
    patch.syspath_prepend(tasks)
    patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [tasks, os.environ.get("PYTHONPATH")])))
