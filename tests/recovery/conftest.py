"""Collects what each problem came out as; ``--truth-table`` prints it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Row = tuple[str, ...]
ROWS: pytest.StashKey[list[Row]] = pytest.StashKey()
HEADER: Row = ("data", "noise", "method", "verdict", "largest error", "seconds", "found")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--truth-table", action="store_true", help="print every problem with what was discovered")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = []


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Callable[[Row], None]:
    """Keep one row of the truth table."""
    return request.config.stash.setdefault(ROWS, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash.get(ROWS, [])
    # Loaded late, as when all tests are run, this file cannot add its option.
    if not rows or not config.getoption("--truth-table", default=False):
        return
    table = [HEADER, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(HEADER))]
    terminalreporter.section("truth table")
    for row in table:
        terminalreporter.write_line(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
