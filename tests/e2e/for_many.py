"""A workbench for many users, in folders that are removed afterwards."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from e2e.bench import Workbench

from physforge.workbench.many_users import unix_users
from physforge.workbench.site_settings import Site
from physforge.workbench.state import Plan


@contextmanager
def workbench_for_many(
    names: tuple[str, ...],
    settings: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    prepare: Callable[[Workbench], None] = lambda _: None,
) -> Iterator[Workbench]:
    """Start one whose first account is the first of `names`; the Unix users of all are retired in the end."""
    # pytest's own folders are closed to others.
    folder = Path(tempfile.mkdtemp(prefix="pf-"))
    folder.chmod(0o755)
    bench = Workbench(folder / "state", environment=environment)
    bench.home.mkdir()
    (bench.home / "workbench.yaml").write_text(yaml.safe_dump({**settings, "homes": str(folder / "homes")}))
    prepare(bench)
    try:
        said = bench.up("--many-users", "--user", names[0])
        assert "many users" in said
        yield bench
    finally:
        if bench.processes():
            bench.down()
        if bench.state.plan.exists():
            plan = Plan.read(bench.state)
            for name in names:
                unix_users(plan, Site.read(bench.home)).retire(name)
            shutil.rmtree(plan.clusters.parent, ignore_errors=True)
        shutil.rmtree(folder)
