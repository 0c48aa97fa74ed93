"""Make sure, before anybody can log in, that somebody who is not allowed stays out."""

from __future__ import annotations

import asyncio
import inspect
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from physforge.errors import WorkbenchError

_SECONDS = 30


def refuse_open_door(authenticator: Any, model: Mapping[str, Any]) -> None:
    """Try to come in as a stranger, and refuse to start if that works.

    JupyterHub calls this once all configuration is read, that of the site included.

    Parameters
    ----------
    authenticator : jupyterhub.auth.Authenticator
        As configured.
    model : mapping
        What the authenticator says of somebody whom it knows nothing good of; the
        name is filled in.

    Raises
    ------
    WorkbenchError
        Says which setting lets strangers in.
    """
    if authenticator.allow_all:
        raise WorkbenchError(
            "allow_all is set, so that everybody with a login somewhere could come in. Take it out of the "
            "configuration, and name users or groups in workbench.yaml instead."
        )
    if authenticator.allow_existing_users:
        raise WorkbenchError(
            "allow_existing_users is set, so that nobody who once was allowed can be kept out again. Take it out of "
            "the configuration."
        )
    name = f"stranger-{secrets.token_hex(8)}"
    if _finished(authenticator.check_allowed(name, {**model, "name": name})):
        raise WorkbenchError(
            f"Somebody who is on no list ({name}) would be let in with the present configuration. Look for settings "
            "that begin with allow, and for a check_allowed of the site's own."
        )


def _finished(answer: Any) -> Any:
    if not inspect.isawaitable(answer):
        return answer

    async def wait() -> Any:
        return await answer

    # The hub's own event loop is busy with starting: another one, in another thread.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, wait()).result(_SECONDS)
