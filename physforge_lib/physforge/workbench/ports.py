"""The ports of the workbench, all on loopback, all an offset from one base."""

from __future__ import annotations

import os
import socket
from dataclasses import asdict, dataclass
from typing import Any, Self

import psutil

from physforge.errors import SettingsError, WorkbenchError

LOOPBACK = "127.0.0.1"
DEFAULT_BASE = 8000

#: Name -> offset from the base.
OFFSETS = {"proxy": 0, "hub": 81, "proxy_api": 82, "gateway_api": 85, "gateway": 86, "apps": 87, "api": 88}


@dataclass(frozen=True)
class Ports:
    """One port for each process that listens.

    Parameters
    ----------
    proxy : int
        Traefik, the one address that a browser needs.
    hub : int
        JupyterHub, behind the proxy.
    proxy_api : int
        Traefik's own API, where the hub asks whether a route is live.
    gateway_api : int
        Dask Gateway's server, behind its proxy.
    gateway : int
        Dask Gateway's proxy: HTTP, and TLS to the schedulers.
    apps : int
        The Panel apps, behind the proxy.
    api : int
        The REST API, behind the proxy.
    """

    proxy: int
    hub: int
    proxy_api: int
    gateway_api: int
    gateway: int
    apps: int
    api: int

    @classmethod
    def from_base(cls, base: int) -> Self:
        """Derive all ports from `base`.

        Parameters
        ----------
        base : int
            The proxy's port, 1024 to 65000.

        Returns
        -------
        Ports
            Each at its offset.

        Raises
        ------
        SettingsError
            If `base` leaves no room for the others or needs privileges.
        """
        if not 1024 <= base <= 65000:
            raise SettingsError(f"The port base {base} is not between 1024 and 65000; choose another --port-base.")
        return cls(**{name: base + offset for name, offset in OFFSETS.items()})

    def as_dict(self) -> dict[str, int]:
        """Return name -> port."""
        return asdict(self)

    def refuse_taken(self) -> None:
        """Make sure that every port can be bound.

        Raises
        ------
        WorkbenchError
            Names each taken port, who holds it, and the way out.
        """
        taken = [(name, port) for name, port in self.as_dict().items() if not can_bind(port)]
        if taken:
            listed = ", ".join(f"{port} ({name}; held by {holder_of(port)})" for name, port in taken)
            plural = "s" if len(taken) > 1 else ""
            raise WorkbenchError(
                f"Port{plural} taken: {listed}. Stop that program, or start elsewhere with --port-base "
                f"(make up PORT_BASE=9000)."
            )


def can_bind(port: int) -> bool:
    """Tell whether `port` is free on loopback.

    Parameters
    ----------
    port : int
        A TCP port.

    Returns
    -------
    bool
        True when a server could listen there now.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # The servers themselves set SO_REUSEADDR: connections in TIME_WAIT do not hinder them.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def holder_of(port: int) -> str:
    """Name the process that listens on `port`, as far as it may be seen.

    Parameters
    ----------
    port : int
        A TCP port.

    Returns
    -------
    str
        For example ``"python3, process 4711"``, or ``"another user's program"``.
    """
    try:
        for process in psutil.process_iter():
            if any(one.status == psutil.CONN_LISTEN and one.laddr[1:] == (port,) for one in _sockets(process)):
                return f"{process.name()}, process {process.pid}"
    except psutil.Error:
        pass
    return "another user's program"


def _sockets(process: psutil.Process) -> list[Any]:
    try:
        return list(process.net_connections(kind="tcp"))
    except psutil.Error:
        return []


def find_free_base() -> int:
    """Return a port base whose ports are all free right now.

    Returns
    -------
    int
        Between 20000 and 32600, on a grid of hundreds so that two workbenches never
        overlap. Where the search begins depends on the process, so that two that search
        at the same moment do not find the same.

    Raises
    ------
    WorkbenchError
        If none is free.
    """
    # Above these the system takes ports for outgoing connections.
    bases = range(20000, 32700, 100)
    first = os.getpid() % len(bases)
    turned: list[int] = [*bases[first:], *bases[:first]]
    for base in turned:
        if all(can_bind(port) for port in Ports.from_base(base).as_dict().values()):
            return base
    raise WorkbenchError("No hundred ports between 20000 and 32700 are free.")
