import os
import socket

from physforge.workbench.listeners import listening_uid


def test_the_owner_of_a_listening_port_is_known():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        assert listening_uid(port) is None
        server.listen()
        assert listening_uid(port) == os.getuid()
    assert listening_uid(port) is None
