"""The flag that prints the table of faults."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fault-table", action="store_true", help="print each row of the table of hostile files (with -s)"
    )
