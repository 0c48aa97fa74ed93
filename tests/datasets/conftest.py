"""Where the published files are, for the tests that read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from physforge.settings import DATA_CACHE_VARIABLE, Settings


@pytest.fixture(scope="session")
def published() -> Path:
    """The folder of published data files, or a skip."""
    cache = Settings.from_environment().data_cache
    if cache is None:
        pytest.skip(f"{DATA_CACHE_VARIABLE} is not set, so the published files are not at hand")
    return cache


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a fresh home and no data cache."""
    return Settings(home=tmp_path / "home")
