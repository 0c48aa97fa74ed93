"""A real workbench and a real browser for the tests in this folder."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.bench import Workbench
from e2e.chromium import chromium, find_chromium


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    # A path with signs that mean something to a shell, a template or an address.
    bench = Workbench(tmp_path_factory.mktemp("state") / "my 50% {state} #ü")
    try:
        bench.up()
        yield bench
    finally:
        bench.down()


@pytest.fixture(scope="module")
def browser():
    program = find_chromium()
    if program is None:
        reason = "no Chromium on this machine (on Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with chromium(program) as started:
        yield started


@pytest.fixture
def keep_picture() -> Path | None:
    """Where README's picture goes, when PHYSFORGE_KEEP_PICTURE asks for a new one."""
    if not os.environ.get("PHYSFORGE_KEEP_PICTURE"):
        return None
    return Path(__file__).parents[2] / "hub_config" / "quickstart.png"


@pytest.fixture(scope="session", autouse=True)
def _no_proxies() -> None:
    # Everything here is on loopback.
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def _one_user() -> None:
    # Also where root runs the tests; the tests of many users ask for them by name.
    os.environ["PHYSFORGE_SINGLE_USER"] = "1"


@pytest.fixture
def empty_environment(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "environment"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
