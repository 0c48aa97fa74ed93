"""Widgets without a browser: what they would send to it is kept."""

import json
from typing import Any

import comm
import numpy as np
import pytest
import xarray as xr
from comm.base_comm import BaseComm


class RecordingComm(BaseComm):
    """The wire to a page, which writes down what goes over it."""

    wire: list[tuple[str, dict[str, Any], int]]

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):  # noqa: ARG002
        if msg_type == "comm_msg" and data and data.get("method") == "custom":
            content = data["content"]
            self.wire.append((self.comm_id, content, len(json.dumps(content)) + sum(map(_size, buffers or []))))


def _size(buffer) -> int:
    return memoryview(buffer).nbytes


@pytest.fixture
def sent(monkeypatch):
    """What was sent to the page: id of the widget, content, bytes."""
    wire: list[tuple[str, dict[str, Any], int]] = []

    def create(*arguments: Any, **options: Any) -> RecordingComm:
        made = RecordingComm.__new__(RecordingComm)
        made.wire = wire
        BaseComm.__init__(made, *arguments, **options)
        return made

    monkeypatch.setattr(comm, "create_comm", create)
    return wire


@pytest.fixture
def plane() -> xr.Dataset:
    """Two fields over t, x and y, with units."""
    t, x, y = np.arange(5.0), np.linspace(0.0, 1.0, 8), np.linspace(0.0, 2.0, 6)
    u = t[:, None, None] + np.sin(6 * x)[:, None] + y
    ds = xr.Dataset({"u": (("t", "x", "y"), u), "v": (("t", "x", "y"), -u)}, {"t": t, "x": x, "y": y})
    ds["t"].attrs["units"] = "s"
    return ds
