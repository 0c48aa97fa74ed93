"""Where the remote workbench is, and the token for it."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import platformdirs

from physforge.errors import RemoteError, SettingsError
from physforge.settings import API_URL_VARIABLE

#: Address of the workbench; in its own sessions it is set.
URL_VARIABLE = API_URL_VARIABLE

#: Tokens are looked for in these, in this order.
TOKEN_VARIABLES = ("PHYSFORGE_API_TOKEN", "JUPYTERHUB_API_TOKEN")

#: Begins the token of a job.
FOR_ONE_JOB = "pfj_"

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Login:
    """A workbench and a token for it.

    Parameters
    ----------
    url : str
        Address of the workbench, without a path.
    token : str
        Of the hub, an API key, or the token of one job; not shown when this is printed.
    """

    url: str
    token: str = field(repr=False)

    @property
    def is_for_one_job(self) -> bool:
        """Whether the token is good for running one job, and for what that job reads."""
        return self.token.startswith(FOR_ONE_JOB)

    @classmethod
    def find(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Find the login that is to be used: the environment's, else the one that was stored.

        Parameters
        ----------
        environ : mapping of str to str, optional
            The process's own by default.

        Returns
        -------
        Login
            Not tried yet.

        Raises
        ------
        RemoteError
            If there is none, or the stored one can be read by others.
        """
        variables = os.environ if environ is None else environ
        if variables.get(URL_VARIABLE):
            return cls.of_session(variables[URL_VARIABLE], variables)
        path = login_file(variables)
        try:
            facts = path.stat()
            document = json.loads(path.read_text(encoding="utf-8"))
            login = cls(checked_url(document["url"]), str(document["token"]))
        except FileNotFoundError:
            raise RemoteError("You are not logged in to a workbench: physforge login https://...") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RemoteError(f"{path} is damaged ({error}); log in again: physforge login https://...") from error
        if os.name == "posix" and stat.S_IMODE(facts.st_mode) & 0o077:
            raise RemoteError(f"{path} can be read by others: revoke that token, and log in again.")
        return login

    @classmethod
    def of_session(cls, url: str, environ: Mapping[str, str] | None = None) -> Self:
        """Return the login of a session, whose token is in the environment.

        Parameters
        ----------
        url : str
            Address of the workbench.
        environ : mapping of str to str, optional
            The process's own by default.

        Returns
        -------
        Login
            Not tried yet.

        Raises
        ------
        RemoteError
            If there is no token.
        """
        variables = os.environ if environ is None else environ
        token = next((variables[name] for name in TOKEN_VARIABLES if variables.get(name)), "")
        if not token:
            raise RemoteError(f"{URL_VARIABLE} is set, and no token: set {TOKEN_VARIABLES[0]}.")
        return cls(checked_url(url), token)

    def store(self, environ: Mapping[str, str] | None = None) -> Path:
        """Keep this login, readable by its owner alone.

        Parameters
        ----------
        environ : mapping of str to str, optional
            The process's own by default.

        Returns
        -------
        pathlib.Path
            Where it is kept.
        """
        path = login_file(os.environ if environ is None else environ)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, scratch = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump({"url": self.url, "token": self.token}, stream)
            Path(scratch).replace(path)
        except BaseException:
            Path(scratch).unlink(missing_ok=True)
            raise
        return path


def forget_login(environ: Mapping[str, str] | None = None) -> bool:
    """Delete the stored login.

    Parameters
    ----------
    environ : mapping of str to str, optional
        The process's own by default.

    Returns
    -------
    bool
        Whether there was one.
    """
    path = login_file(os.environ if environ is None else environ)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        return True
    return False


def login_file(environ: Mapping[str, str]) -> Path:
    """Return where a login is stored.

    Parameters
    ----------
    environ : mapping of str to str
        ``PHYSFORGE_LOGIN_FILE`` goes before the platform's folder for settings.

    Returns
    -------
    pathlib.Path
        It need not exist.
    """
    given = environ.get("PHYSFORGE_LOGIN_FILE")
    return Path(given) if given else Path(platformdirs.user_config_dir("physforge", appauthor=False)) / "login.json"


def checked_url(text: str) -> str:
    """Return the address of a workbench in its shortest form.

    Parameters
    ----------
    text : str
        As a user wrote it, perhaps with a path such as ``/hub/home``.

    Returns
    -------
    str
        Scheme, host and port.

    Raises
    ------
    SettingsError
        If it is none, or a token would travel unencrypted over a network.
    """
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError as error:
        raise SettingsError(f"{text!r:.200} is no address of a workbench ({error}).") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise SettingsError(f"{text!r:.200} is no address of a workbench; write https://lab.example.org.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise SettingsError(f"{text!r:.200}: a token is sent over https only, except to this machine.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")
