import os
import socket

import pytest

from physforge.errors import SettingsError, WorkbenchError
from physforge.workbench.ports import OFFSETS, Ports, can_bind, find_free_base, holder_of


@pytest.fixture
def listener():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        yield server.getsockname()[1]


def test_the_ports_are_the_documented_offsets():
    assert Ports.from_base(8000).as_dict() == {
        "proxy": 8000,
        "hub": 8081,
        "proxy_api": 8082,
        "gateway_api": 8085,
        "gateway": 8086,
        "apps": 8087,
        "api": 8088,
    }


@pytest.mark.parametrize("base", [0, 80, 65001, -5])
def test_a_base_without_room_is_refused(base):
    with pytest.raises(SettingsError, match="--port-base"):
        Ports.from_base(base)


def test_a_taken_port_is_named_with_its_holder(listener):
    ports = Ports(**dict.fromkeys(OFFSETS, listener))
    with pytest.raises(WorkbenchError, match=rf"{listener} \(proxy; held by .*process {os.getpid()}\)"):
        ports.refuse_taken()


def test_a_listening_port_cannot_be_bound_and_its_holder_is_this_process(listener):
    assert not can_bind(listener)
    assert str(os.getpid()) in holder_of(listener)


def test_a_free_base_is_free():
    Ports.from_base(find_free_base()).refuse_taken()
