"""Compiled code is kept for the length of a run of the tests, apart from the user's own."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def kernel_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHYSFORGE_HOME", str(tmp_path_factory.mktemp("home")))
        yield
