"""Where PhysForge keeps its files, read from the environment when asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from physforge.errors import SettingsError

HOME_VARIABLE = "PHYSFORGE_HOME"
DATA_CACHE_VARIABLE = "PHYSFORGE_DATA_CACHE"
API_URL_VARIABLE = "PHYSFORGE_API_URL"


@dataclass(frozen=True)
class Settings:
    """The folders of one PhysForge installation, and the workbench that it belongs to.

    Parameters
    ----------
    home : pathlib.Path
        State folder: downloaded data, results, and the workbench's state.
        Nothing is created before it is needed.
    data_cache : pathlib.Path or None
        A folder that may already hold remote catalog files, looked at before
        anything is downloaded. It is never written to.
    api_url : str or None
        Address of the workbench that keeps the data sets (hub mode); None where they are
        kept in the state folder (local mode). Each session of a workbench has it.
    """

    home: Path
    data_cache: Path | None = None
    api_url: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from environment variables.

        Parameters
        ----------
        environ : mapping of str to str, optional
            Variables to read; the process's own by default. ``PHYSFORGE_HOME``
            defaults to the platform's folder for user data, and
            ``PHYSFORGE_DATA_CACHE`` and ``PHYSFORGE_API_URL`` to none.

        Returns
        -------
        Settings
            Absolute paths.

        Raises
        ------
        SettingsError
            If a variable names something that is not a folder.
        """
        variables = os.environ if environ is None else environ
        home = variables.get(HOME_VARIABLE) or platformdirs.user_data_dir("physforge", appauthor=False)
        cache = variables.get(DATA_CACHE_VARIABLE)
        return cls(
            home=_folder(HOME_VARIABLE, home),
            data_cache=_folder(DATA_CACHE_VARIABLE, cache) if cache else None,
            api_url=variables.get(API_URL_VARIABLE) or None,
        )

    @property
    def download_folder(self) -> Path:
        """Where remote catalog files are kept once downloaded."""
        return self.home / "downloads"

    @property
    def cache_folder(self) -> Path:
        """Where data sets of a remote workbench are kept once downloaded."""
        return self.home / "cache"


def _folder(variable: str, value: str) -> Path:
    path = Path(value).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise SettingsError(f"{variable} is {value!r}, which is a file; give a folder.")
    return path
