"""In which order the suite is gone through, where several processes share it out file by file (``make test``)."""

import signal
from collections.abc import Iterator

import pytest

#: Files of these take longest: begun last, one of them would leave the other processes without work.
_FIRST = ("tests/e2e/", "tests/notebooks/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    if config.pluginmanager.hasplugin("xdist"):
        items.sort(key=lambda item: not item.nodeid.startswith(_FIRST))


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Answer Ctrl-C as at a terminal: the processes that share the suite ignore it, and so would what they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
