"""How the suite is shared out where several processes run it (``make test``)."""

from pathlib import PurePath

import pytest

#: Rooms whose tests start whole workbenches, or Unix users: one process runs all of these, one after the other.
_ONE_AFTER_THE_OTHER = ("e2e", "workbench", "apps")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep each file in one process, and begin with what cannot be shared out."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: _group(item) != "servers")


def _group(item: pytest.Item) -> str:
    path = PurePath(item.nodeid.partition("::")[0])
    room = path.parts[1] if path.parts[0] == "tests" else ""
    return "servers" if room in _ONE_AFTER_THE_OTHER else str(path)
