import stat

import pytest

from physforge.errors import WorkbenchError
from physforge.workbench.secret_store import Secrets


def test_secrets_are_made_once_and_differ(state):
    first = Secrets.load_or_create(state.secrets)
    assert vars(Secrets.load_or_create(state.secrets)) == vars(first)
    assert len(set(vars(first).values())) == len(vars(first)) == 10


def test_secrets_are_private_files(state):
    Secrets.load_or_create(state.secrets)
    assert {stat.S_IMODE(path.stat().st_mode) for path in state.secrets.iterdir()} == {0o600}


def test_secrets_do_not_show_in_tracebacks(secrets):
    assert not any(value in repr(secrets) for value in vars(secrets).values())


def test_a_secret_that_others_can_read_refuses_to_start(state, secrets):
    (state.secrets / "culler_token").chmod(0o644)
    with pytest.raises(WorkbenchError, match="culler_token can be read by others"):
        Secrets.load_or_create(state.secrets)


@pytest.mark.parametrize("value", ["", "secret", "0" * 64, "g" * 64, "ab" * 20])
def test_a_short_or_simple_secret_refuses_to_start(state, secrets, value):
    (state.secrets / "gateway_token").write_text(value)
    with pytest.raises(WorkbenchError, match="damaged or too simple"):
        Secrets.load_or_create(state.secrets)
