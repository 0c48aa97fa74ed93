from pathlib import Path

import pytest

from physforge.workbench.ports import Ports
from physforge.workbench.secret_store import Secrets
from physforge.workbench.state import Plan, StateFolder


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    folder = StateFolder(tmp_path / "home")
    folder.create()
    return folder


@pytest.fixture
def plan(state: StateFolder) -> Plan:
    return Plan(state=state, ports=Ports.from_base(21000), user="ada")


@pytest.fixture
def secrets(state: StateFolder) -> Secrets:
    return Secrets.load_or_create(state.secrets)
