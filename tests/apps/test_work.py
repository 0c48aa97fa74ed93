"""What a kernel does for the app: answers that are JSON, mistakes among them."""

from __future__ import annotations

import json

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from physforge.apps import work


@pytest.fixture
def published(monkeypatch, tmp_path):
    """Answer a request as in a kernel, and return what it publishes."""
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    shell = InteractiveShell.instance()
    publisher = CapturingDisplayPublisher()
    monkeypatch.setattr(shell, "display_pub", publisher)

    def answered(request: dict) -> dict:
        work.answer(json.dumps(request))
        (message,) = publisher.outputs
        publisher.outputs.clear()
        return json.loads(json.dumps(message["data"][work.RESULT_TYPE], allow_nan=False))

    yield answered
    InteractiveShell.clear_instance()


def test_an_answer_is_json_without_nan(published):
    found = published({"act": "preview", "data": "lynx-hare"})
    assert found["kind"] == "curves"
    assert found["units"]["t"] == "year"


@pytest.mark.parametrize(
    "asked", [{"act": "preview", "data": "no-such-thing"}, {"act": "findings", "data": "no-such-thing"}]
)
def test_a_mistake_is_an_answer(published, asked):
    assert "no-such-thing" in published(asked)["error"]
