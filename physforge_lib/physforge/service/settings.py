"""What the REST API is told by the environment."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from physforge.errors import SettingsError
from physforge.jobs.quota import Quota, Quotas
from physforge.service.notices.settings import VARIABLE as NOTICES_VARIABLE
from physforge.service.notices.settings import NoticeSettings
from physforge.settings import Settings

#: Where every route begins.
PREFIX = "/services/api/v1"

#: Name of this service at the hub; a token must have ``access:services!service=api``.
SERVICE_NAME = "api"

#: As which service the hub itself calls.
HUB_SERVICE = "accounts"

MIB = 2**20

_WHOLE_NUMBERS = {
    "quota_bytes": "PHYSFORGE_API_QUOTA_BYTES",
    "max_upload_bytes": "PHYSFORGE_API_MAX_UPLOAD_BYTES",
    "cache_seconds": "PHYSFORGE_API_CACHE_SECONDS",
    "collect_seconds": "PHYSFORGE_API_COLLECT_SECONDS",
    "artifact_days": "PHYSFORGE_API_ARTIFACT_DAYS",
}

#: What one owner's jobs may take, and what all jobs in a project may.
_QUOTAS = {
    "running": "RUNNING_JOBS",
    "queued": "QUEUED_JOBS",
    "cpu_s": "CPU_SECONDS",
    "gpu_s": "GPU_SECONDS",
    "artifact_bytes": "ARTIFACT_BYTES",
}


@dataclass(frozen=True, repr=False)
class ServiceSettings:
    """Where the REST API keeps things, whom it asks, and how much it takes.

    Parameters
    ----------
    settings : Settings
        Folders; partial uploads are kept in ``uploads`` of the state folder.
    hub_api_url : str
        Of the hub that says whose a token is.
    link_secret : bytes
        Signs download links; at least 32 bytes.
    database_url : str
        SQLite or PostgreSQL; the state folder's own by default.
    store_address : str
        Folder or fsspec address of the blobs.
    local_user : str or None, default None
        Account whose data are those of the local mode (principal ``"local"``): the one
        of a single-user workbench.
    hub_token : str or None, default None
        The service's own token at the hub, with which it sees whether the owner of an
        API key still has an account. Without it API keys are refused.
    hub_accounts : bool, default False
        Whether the hub is one of this workbench, which says the ids of accounts; people
        have these ids here then. Of another hub only names are known.
    cors_origins : tuple of str, default ()
        Origins whose pages may call the API from a browser; none by default.
    quota_bytes : int or None, default None
        What the data sets of one owner may take together; None for no limit.
    max_upload_bytes : int, default 100 GiB
        Size of one file.
    chunk_bytes : int, default 8 MiB
        Largest chunk of an upload.
    body_bytes : int, default 256 KiB
        Largest body of any other call.
    cache_seconds : float, default 30.0
        How long the hub's word on a token is good: a token that was revoked works so
        much longer at most.
    collect_seconds : float, default 21600
        How often the space of deleted data sets is freed; they are kept for a day.
    link_seconds : int, default 3600
        How long a download link works, at most 7 days.
    upload_seconds : int, default 604800
        How long an upload may take.
    artifact_days : int or None, default None
        How long what jobs have made is kept after their end; None for ever. That they
        ran, with what settings and how it ended, is kept in any case.
    job_quotas : Quotas, optional
        What the jobs of a person and of a project may take; no limits by default.
    notices : NoticeSettings, optional
        How people are told that a job has ended; by webhooks on the internet alone by default.
    """

    settings: Settings
    hub_api_url: str
    link_secret: bytes
    database_url: str
    store_address: str
    local_user: str | None = None
    hub_token: str | None = None
    hub_accounts: bool = False
    cors_origins: tuple[str, ...] = ()
    quota_bytes: int | None = None
    max_upload_bytes: int = 100 * 1024 * MIB
    chunk_bytes: int = 8 * MIB
    body_bytes: int = 256 * 1024
    cache_seconds: float = 30.0
    collect_seconds: float = 6 * 3600.0
    link_seconds: int = 3600
    upload_seconds: int = 7 * 24 * 3600
    artifact_days: int | None = None
    job_quotas: Quotas = field(default_factory=Quotas)
    notices: NoticeSettings = field(default_factory=NoticeSettings)

    @property
    def uploads(self) -> Path:
        """Where partial uploads are."""
        return self.settings.home / "uploads"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings from environment variables.

        Parameters
        ----------
        environ : mapping of str to str, optional
            The process's own by default: ``JUPYTERHUB_API_URL``, ``JUPYTERHUB_API_TOKEN``,
            ``PHYSFORGE_API_SECRET_FILE``, and what hub_config/README.md lists.

        Returns
        -------
        ServiceSettings
            Checked.

        Raises
        ------
        SettingsError
            If one is missing or cannot be used, or the secret can be read by others.
        """
        variables = os.environ if environ is None else environ
        folders = Settings.from_environment(variables)
        numbers = {
            name: _whole_number(variable, variables[variable])
            for name, variable in _WHOLE_NUMBERS.items()
            if variables.get(variable)
        }
        return cls(
            settings=folders,
            hub_api_url=_required(variables, "JUPYTERHUB_API_URL").rstrip("/"),
            hub_token=variables.get("JUPYTERHUB_API_TOKEN") or None,
            hub_accounts=_yes_or_no("PHYSFORGE_API_ACCOUNTS", variables.get("PHYSFORGE_API_ACCOUNTS", "")),
            link_secret=read_secret(Path(_required(variables, "PHYSFORGE_API_SECRET_FILE"))),
            database_url=variables.get("PHYSFORGE_DATABASE_URL") or f"sqlite:///{folders.home / 'physforge.sqlite'}",
            store_address=variables.get("PHYSFORGE_STORE") or str(folders.home / "store"),
            local_user=variables.get("PHYSFORGE_API_LOCAL_USER") or None,
            cors_origins=_origins(variables.get("PHYSFORGE_API_CORS_ORIGINS", "")),
            notices=NoticeSettings.read(variables.get(NOTICES_VARIABLE, "")),
            job_quotas=Quotas(_quota(variables, "USER"), _quota(variables, "PROJECT")),
            **numbers,
        )


def _quota(variables: Mapping[str, str], whose: str) -> Quota:
    names = {limit: f"PHYSFORGE_API_{whose}_{words}" for limit, words in _QUOTAS.items()}
    given = {limit: name for limit, name in names.items() if variables.get(name)}
    return Quota(**{limit: _whole_number(name, variables[name]) for limit, name in given.items()})


def read_private_line(path: Path) -> str:
    """Read a line that nobody else may know, such as a password.

    Parameters
    ----------
    path : pathlib.Path
        Of a file with one line.

    Returns
    -------
    str
        Without the line end.

    Raises
    ------
    SettingsError
        If it is missing, or readable by others.
    """
    try:
        mode, value = path.stat().st_mode, path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"The secret {path} cannot be read: {error.strerror}.") from error
    if stat.S_IMODE(mode) & 0o077:
        raise SettingsError(f"The secret {path} can be read by others; let its owner alone read it.")
    return value.strip()


def read_secret(path: Path) -> bytes:
    """Read a secret, refusing one that others may know.

    Parameters
    ----------
    path : pathlib.Path
        Of one line.

    Returns
    -------
    bytes
        At least 32.

    Raises
    ------
    SettingsError
        If it is missing, short, too simple, or readable by others.
    """
    try:
        mode = path.stat().st_mode
        value = path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"The secret {path} cannot be read: {error.strerror}.") from error
    if stat.S_IMODE(mode) & 0o077:
        raise SettingsError(f"The secret {path} can be read by others; make a new one, readable by its owner alone.")
    if len(value) < 32 or len(set(value)) < 4:
        raise SettingsError(f"The secret {path} is too short or too simple; 64 random hexadecimal digits will do.")
    return value


def _required(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name)
    if not value:
        raise SettingsError(f"{name} is not set; `physforge up` sets it for the REST API.")
    return value


def _yes_or_no(variable: str, text: str) -> bool:
    if text not in ("", "0", "1"):
        raise SettingsError(f"{variable} is {text!r}; give 1, or 0 for a hub that has no accounts of PhysForge.")
    return text == "1"


def _whole_number(variable: str, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise SettingsError(f"{variable} is {text!r}; give a number of {variable.rpartition('_')[2].lower()}.")
    return number


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(part.strip() for part in text.split(",") if part.strip())
    for origin in origins:
        if not origin.startswith(("http://", "https://")) or "*" in origin or origin.count("/") != 2:
            raise SettingsError(
                f"PHYSFORGE_API_CORS_ORIGINS names {origin!r}; give origins such as https://lab.example.org."
            )
    return origins
