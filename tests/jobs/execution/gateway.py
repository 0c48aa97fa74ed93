"""A Dask Gateway by itself: one user, clusters as processes on this machine."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

_CONFIGURATION = """
import sys
from dask_gateway_server.options import Mapping, Options

c.DaskGateway.address = "127.0.0.1:{api}"
c.DaskGateway.backend_class = "dask_gateway_server.backends.local.UnsafeLocalBackend"
c.DaskGateway.authenticator_class = "dask_gateway_server.auth.SimpleAuthenticator"
c.Proxy.address = "127.0.0.1:{proxy}"
c.Backend.cluster_options = Options(
    Mapping("environment", default={{}}), handler=lambda options: {{"environment": dict(options.environment)}}
)
c.LocalBackend.clusters_directory = {folder!r}
c.LocalBackend.inherited_environment = ["PATH", "OMP_NUM_THREADS"]
c.ClusterConfig.scheduler_cmd = [sys.executable, "-m", "dask", "scheduler"]
c.ClusterConfig.worker_cmd = [sys.executable, "-m", "dask", "worker"]
"""


@contextlib.contextmanager
def running_gateway(folder: Path) -> Iterator[Mapping[str, str]]:
    """Start a gateway, and yield what a client's environment needs."""
    api, proxy = _free_ports(2)
    (folder / "clusters").mkdir(mode=0o700)
    configuration = folder / "config.py"
    configuration.write_text(_CONFIGURATION.format(api=api, proxy=proxy, folder=str(folder / "clusters")))
    program = Path(sys.executable).with_name("dask-gateway-server")
    with (folder / "gateway.log").open("wb") as log:
        process = subprocess.Popen([str(program), "--config", str(configuration)], stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{proxy}/api/v1/options", process, folder / "gateway.log")
        yield {
            "DASK_GATEWAY__ADDRESS": f"http://127.0.0.1:{proxy}",
            "DASK_GATEWAY__PROXY_ADDRESS": f"gateway://127.0.0.1:{proxy}",
            "DASK_GATEWAY__AUTH__TYPE": "basic",
        }
    finally:
        process.terminate()
        process.wait(30)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def _wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + 60
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(address, trust_env=False).status_code in (200, 401):
                return
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


def environment_of(pid: int) -> dict[str, str]:
    """Return the environment of a process."""
    text = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    return dict(line.split("=", 1) for line in text.split("\0") if "=" in line)
