"""Run a cluster in a Python of its user's choice, after making sure that it can."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dask_gateway_server.backends.base import PublicException
from traitlets.config import Configurable

#: Must be the same on both sides: scheduler and workers speak with each other, and with this gateway.
_SAME = ("dask", "distributed")
#: Must be there: the scheduler reports to the gateway with it.
_PRESENT = ("dask-gateway",)

#: Only looks at what is installed, for importing it would take seconds.
_QUESTION = """
import json, sys
from importlib import metadata
def version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
print(json.dumps({name: version(name) for name in sys.argv[1:]}))
"""

_SECONDS = 30
_MOST_BYTES = 65_536
_LONGEST_WORDS = 300
_LONGEST_VERSION = 80


class OwnPython(Configurable):
    """Let users choose the Python of their clusters.

    To be put before a backend class, which says by `identity` as whom things run.
    """

    async def identity(self, user_name: str) -> tuple[dict[str, Any], dict[str, str]]:  # noqa: ARG002 - others ask
        """Return what makes a process run as the user.

        Parameters
        ----------
        user_name : str
            Of the account.

        Returns
        -------
        tuple of (dict, dict)
            Arguments of `subprocess.Popen`, and environment variables. Nothing, where
            clusters run as whoever started the workbench.
        """
        return {}, {}

    def get_env(self, cluster: Any) -> dict[str, str]:
        """Return the environment of a cluster's processes, with the programs of its own Python first."""
        backend: Any = super()
        environment: dict[str, str] = backend.get_env(cluster)
        return with_programs_of(cluster.options.get("python", ""), environment)

    async def refuse_unfit_python(self, user_name: str, python: str, environment: Mapping[str, str]) -> None:
        """Make sure that a cluster can run in a Python.

        Parameters
        ----------
        user_name : str
            Who wants it; it is run as this user and nobody else.
        python : str
            An absolute path; empty for the workbench's own.
        environment : mapping of str to str
            What the user gives the cluster's processes.

        Raises
        ------
        dask_gateway_server.backends.base.PublicException
            Says what is wrong with it.
        """
        if not python or Path(python).parent == Path(sys.executable).parent:
            return
        backend: Any = self
        inherited = {name: os.environ[name] for name in backend.inherited_environment if name in os.environ}
        identity, own = await self.identity(user_name)
        found = await ask(python, with_programs_of(python, {**environment, **inherited, **own}), identity)
        refuse_other_versions(python, found)


def with_programs_of(python: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Put the folder of a Python first in the path.

    Parameters
    ----------
    python : str
        An absolute path; empty for the workbench's own.
    environment : mapping of str to str
        Environment variables.

    Returns
    -------
    dict of str to str
        The same, but for ``PATH``.
    """
    if not python:
        return dict(environment)
    rest = environment.get("PATH", os.defpath)
    return {**environment, "PATH": f"{Path(python).parent}{os.pathsep}{rest}"}


async def ask(python: str, environment: Mapping[str, str], identity: Mapping[str, Any]) -> dict[str, str | None]:
    """Ask a Python which versions of Dask's packages it has.

    Parameters
    ----------
    python : str
        An absolute path, which may lead to any program.
    environment : mapping of str to str
        The whole environment.
    identity : mapping of str to object
        As whom it runs: arguments of `subprocess.Popen`.

    Returns
    -------
    dict
        Package -> version, None where it is missing.

    Raises
    ------
    dask_gateway_server.backends.base.PublicException
        If it cannot be run, takes too long or answers something else.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *(python, "-c", _QUESTION, *_SAME, *_PRESENT),
            env=dict(environment),
            cwd="/",
            start_new_session=True,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            **identity,
        )
    except OSError as error:
        raise PublicException(f"python: {python} cannot be run: {error.strerror}") from error
    try:
        said = await asyncio.wait_for(_first_words(process), _SECONDS)
    except TimeoutError as error:
        raise PublicException(f"python: {python} did not answer within {_SECONDS} s") from error
    finally:
        if process.returncode is None:
            # With what it has started. Once it has ended, its number may be anybody's.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    last = said.decode(errors="replace").strip().rpartition("\n")[2]
    try:
        answer = json.loads(last)
        return {name: _as_version(answer[name]) for name in (*_SAME, *_PRESENT)}
    except (ValueError, KeyError, TypeError) as error:
        words = "".join(sign if sign.isprintable() else " " for sign in last[-_LONGEST_WORDS:])
        raise PublicException(f"python: {python} does not answer as a Python does; it says: {words!r}") from error


def refuse_other_versions(python: str, found: Mapping[str, str | None]) -> None:
    """Make sure that a Python has Dask as the workbench has it.

    Parameters
    ----------
    python : str
        Its path.
    found : mapping
        From `ask`.

    Raises
    ------
    dask_gateway_server.backends.base.PublicException
        Names both versions, and what to do.
    """
    needed = {name: version(name) for name in _SAME}
    wrong = [
        f"{name} {found[name] or 'missing'}, and the workbench has {needed[name]}"
        for name in _SAME
        if found[name] != needed[name]
    ]
    wrong += [f"{name} missing" for name in _PRESENT if not found[name]]
    if wrong:
        packages = " ".join(f"{name}=={version(name)}" for name in (*_SAME, *_PRESENT))
        raise PublicException(
            f"python: {python} has {'; '.join(wrong)}. Install the same there: {python} -m pip install {packages}"
        )


def _as_version(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.isprintable() or len(value) > _LONGEST_VERSION:
        raise ValueError("not a version")
    return value


async def _first_words(process: asyncio.subprocess.Process) -> bytes:
    said = bytearray()
    stream = process.stdout
    while stream is not None and len(said) < _MOST_BYTES:
        piece = await stream.read(_MOST_BYTES - len(said))
        if not piece:
            break
        said += piece
    return bytes(said)
