"""Tokens and keys: generated once, kept 0600, never logged."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from physforge.errors import WorkbenchError
from physforge.workbench.state import write_private

#: Hexadecimal digits of every secret: JupyterHub's tokens have at most 64 characters.
_DIGITS = 64


@dataclass(frozen=True, repr=False)
class Secrets:
    """What the processes of one workbench know of each other.

    Parameters
    ----------
    cookie_secret : str
        Signs JupyterHub's cookies.
    gateway_token : str
        Dask Gateway's token for the hub's API.
    gateway_proxy_token : str
        Between Dask Gateway and its proxy.
    culler_token : str
        The idle culler's token for the hub's API.
    proxy_api_password : str
        The hub's password for Traefik's API.
    apps_token : str
        The apps' token for the hub's API.
    api_token : str
        The REST API's token for the hub's API.
    api_link_secret : str
        Signs the REST API's download links.
    gateway_database_key : str
        Encrypts what Dask Gateway keeps in a database that outlives it.
    accounts_token : str
        The hub's own, with which it tells the REST API of deleted accounts.
    """

    cookie_secret: str
    gateway_token: str
    gateway_proxy_token: str
    culler_token: str
    proxy_api_password: str
    apps_token: str
    api_token: str
    api_link_secret: str
    gateway_database_key: str
    accounts_token: str

    @classmethod
    def load_or_create(cls, folder: Path) -> Self:
        """Read the secrets in `folder`, generating those that are missing.

        Parameters
        ----------
        folder : pathlib.Path
            An existing folder of the workbench's owner.

        Returns
        -------
        Secrets
            The same at each call.

        Raises
        ------
        WorkbenchError
            If a secret is readable by others, too short, or not hexadecimal.
        """
        return cls(**{field.name: _load_or_create(folder / field.name) for field in fields(cls)})


def _load_or_create(path: Path) -> str:
    if not path.exists():
        write_private(path, secrets.token_hex(_DIGITS // 2))
    facts = path.stat()
    if facts.st_mode & 0o077 or facts.st_uid != os.getuid():
        raise WorkbenchError(
            f"The secret {path} can be read by others; delete it to have a new one made, and find out who opened it."
        )
    value = path.read_text(encoding="utf-8").strip()
    if len(value) != _DIGITS or set(value) - set("0123456789abcdef") or len(set(value)) < 4:
        raise WorkbenchError(f"The secret {path} is damaged or too simple; delete it to have a new one made.")
    return value
