"""Ask the library by its command line: loaded here, it would take more memory than the server itself."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from physforge_jupyterlab.refusals import RefusedError

PROGRAM = str(Path(sys.executable).with_name("physforge"))

_SECONDS = 60.0
_LONGEST = 1000


async def ask(*words: str, environ: Mapping[str, str] | None = None, program: str = PROGRAM) -> str:
    """Return what a command of PhysForge prints.

    Parameters
    ----------
    *words : str
        Without the program's name; no option is made of anything that a page sent.
    environ : mapping of str to str, optional
        In place of the server's own environment.
    program : str
        The command line.

    Returns
    -------
    str
        JSON, or lines of it.

    Raises
    ------
    RefusedError
        501 where the program is missing, 504 if it takes too long, 409 if it refuses.
    """
    pipe = asyncio.subprocess.PIPE
    environment = dict(os.environ if environ is None else environ)
    try:
        process = await asyncio.create_subprocess_exec(
            program, *words, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )
    except OSError as error:
        reason = "PhysForge is not installed beside this notebook server; install it there: pip install physforge"
        raise RefusedError(501, reason) from error
    try:
        printed, said = await asyncio.wait_for(process.communicate(), _SECONDS)
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise RefusedError(504, "PhysForge took too long to answer; try again.") from error
    if process.returncode:
        raise RefusedError(409, said.decode(errors="replace").strip()[-_LONGEST:] or "PhysForge gave no reason.")
    return printed.decode(errors="replace")


async def ask_json(*words: str, environ: Mapping[str, str] | None = None, program: str = PROGRAM) -> Any:
    """Return what a command of PhysForge prints as JSON.

    Parameters
    ----------
    *words : str
        See `ask`.
    environ : mapping of str to str, optional
        See `ask`.
    program : str
        See `ask`.

    Returns
    -------
    object
        Parsed.

    Raises
    ------
    RefusedError
        See `ask`; 502 if what it prints is no JSON.
    """
    printed = await ask(*words, "--json", environ=environ, program=program)
    try:
        return json.loads(printed)
    except ValueError as error:
        raise RefusedError(502, "PhysForge did not answer in JSON; is another version of it installed?") from error
