"""Where the event log, its keys and its heads are, read from the environment when asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

URL_VARIABLE = "PHYSFORGE_AUDIT_URL"
KEYS_VARIABLE = "PHYSFORGE_AUDIT_KEYS"
HEADS_VARIABLE = "PHYSFORGE_AUDIT_HEADS"

#: Where another process keeps the log for this one, which must not be able to change it.
SOCKET_VARIABLE = "PHYSFORGE_AUDIT_SOCKET"


@dataclass(frozen=True)
class AuditSettings:
    """The places of an event log.

    Parameters
    ----------
    url : str
        Address of the database.
    keys_folder : pathlib.Path
        Keys, to be backed up apart from the database.
    heads : pathlib.Path
        File of signed heads, best on another disk or machine.
    socket : pathlib.Path or None, default None
        Of the process that keeps the log for this one, which looks at no other place then.
    """

    url: str
    keys_folder: Path
    heads: Path
    socket: Path | None = None

    @classmethod
    def of(cls, home: Path, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings of a state folder.

        Parameters
        ----------
        home : pathlib.Path
            ``PHYSFORGE_HOME``, absolute.
        environ : mapping of str to str, optional
            Variables to read; the process's own by default. ``PHYSFORGE_AUDIT_URL``
            defaults to ``workbench/audit/audit.sqlite`` in the state folder,
            ``PHYSFORGE_AUDIT_KEYS`` to ``workbench/audit-keys`` and
            ``PHYSFORGE_AUDIT_HEADS`` to ``workbench/audit-heads/heads.jsonl``;
            ``PHYSFORGE_AUDIT_SOCKET`` is set for the services of many users.

        Returns
        -------
        AuditSettings
            Nothing is created.
        """
        variables = os.environ if environ is None else environ
        root = home / "workbench"
        return cls(
            url=variables.get(URL_VARIABLE) or f"sqlite:///{root / 'audit' / 'audit.sqlite'}",
            keys_folder=_path(variables.get(KEYS_VARIABLE), root / "audit-keys"),
            heads=_path(variables.get(HEADS_VARIABLE), root / "audit-heads" / "heads.jsonl"),
            socket=Path(variables[SOCKET_VARIABLE]) if variables.get(SOCKET_VARIABLE) else None,
        )


def _path(given: str | None, default: Path) -> Path:
    return Path(given).expanduser().absolute() if given else default
