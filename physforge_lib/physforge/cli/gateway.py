"""The user's Dask Gateway, from a session of a workbench or from a terminal elsewhere."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from typing import Any

from physforge.errors import MissingExtraError, RemoteError

ADDRESS_VARIABLE = "DASK_GATEWAY__ADDRESS"

#: Of the gateway in a workbench.
WORKBENCH_PATH = "/services/dask-gateway"

#: Of clusters; what else a user types goes into no address.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def ask_gateway(address: str | None, question: Callable[[Any], Awaitable[Any]]) -> Any:
    """Ask a Dask Gateway something as the user, and say refusals in a sentence.

    Parameters
    ----------
    address : str or None
        Of the gateway; by default what Dask's configuration says, as it does in each session of a workbench,
        else that of the workbench that the user is logged in to.
    question : callable
        Gets an asynchronous `dask_gateway.Gateway`.

    Returns
    -------
    object
        The answer.

    Raises
    ------
    RemoteError
        If there is no gateway, it does not answer, or it refuses.
    MissingExtraError
        If Dask Gateway's client is not installed.
    """
    try:
        import aiohttp
        import dask.config
        from dask_gateway import GatewayClusterError, GatewayServerError
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"Clusters need {error.name}, which is not installed: pip install 'physforge[workbench]'."
        ) from error
    place = _checked(address) if address else dask.config.get("gateway.address", None) or _of_workbench()
    try:
        return asyncio.run(_ask(place, question))
    except (GatewayClusterError, GatewayServerError, ValueError) as error:
        raise RemoteError(f"The Dask Gateway at {place} refuses: {error}") from error
    except aiohttp.ClientResponseError as error:
        raise RemoteError(
            f"The Dask Gateway at {place} answers {error.status} {error.message}; it takes tokens of the "
            "hub, and no API keys: physforge login --token URL."
        ) from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise RemoteError(f"The Dask Gateway at {place} does not answer: {error}") from error


async def _ask(address: str | None, question: Callable[[Any], Awaitable[Any]]) -> Any:
    from dask_gateway import Gateway

    async with Gateway(address=address, auth=_auth(), asynchronous=True) as gateway:
        return await question(gateway)


def cluster_name(text: str) -> str:
    """Return the name of a cluster if it can be one.

    Parameters
    ----------
    text : str
        As a user wrote it.

    Returns
    -------
    str
        The same.

    Raises
    ------
    RemoteError
        If no cluster is called so.
    """
    if not _NAME.fullmatch(text):
        raise RemoteError(f"{text!r:.80} is no name of a cluster; physforge cluster list shows yours.")
    return text


def _of_workbench() -> str:
    from physforge.client import Login

    try:
        return Login.find().url + WORKBENCH_PATH
    except RemoteError as error:
        raise RemoteError(
            "There is no Dask Gateway here. In a session of a workbench this works as it is; elsewhere log in with a "
            f"token of the hub, physforge login --token URL, or say --address, or set {ADDRESS_VARIABLE}. On one's own "
            "machine there are no clusters to manage: physforge job submit --executor dask makes one."
        ) from error


def _checked(address: str) -> str:
    from physforge.client.login import checked_url

    checked_url(address)
    return address.rstrip("/")


def _auth() -> Any:
    """Return how to log in: as Dask's configuration says, or with the token that the user logged in with."""
    import dask.config
    from dask_gateway import JupyterHubAuth

    from physforge.client import Login

    if dask.config.get("gateway.auth.type", "basic") not in ("basic", "jupyterhub"):
        return None
    if os.environ.get("JUPYTERHUB_API_TOKEN"):
        return JupyterHubAuth(os.environ["JUPYTERHUB_API_TOKEN"])
    return JupyterHubAuth(Login.find().token)
