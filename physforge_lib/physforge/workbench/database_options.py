"""The part ``database`` of workbench.yaml: one PostgreSQL database for everything that a workbench remembers."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, field_validator

from physforge.errors import WorkbenchError

#: A password for who has no file for it; read by ``physforge up``.
FALLBACK_VARIABLE = "PHYSFORGE_DATABASE_PASSWORD"

_DRIVER = "postgresql+psycopg"
#: Set for each part of the workbench.
_OWN_PARAMETERS = {"options", "passfile", "password", "application_name"}


class DatabaseOptions(BaseModel):
    """Where PostgreSQL is, and how its password is found.

    Parameters
    ----------
    url : str
        Of one database, for example ``postgresql://physforge@db.example.org/physforge``;
        without a password.
    password_file : pathlib.Path, optional
        A file with the password and nothing else, which its owner alone can read. By
        default ``PHYSFORGE_DATABASE_PASSWORD`` is used, and without it no password.
    api_user : str, optional
        Another role for the REST API, which can then use its own schema and no other.
    api_password_file : pathlib.Path, optional
        Its password, as in `password_file`.
    schema_prefix : str, default: "physforge"
        Begins the names of the schemas; two workbenches in one database need different ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    password_file: Path | None = None
    api_user: str | None = Field(default=None, pattern=r"^[^\x00-\x1f\x7f:]{1,63}$")
    api_password_file: Path | None = None
    schema_prefix: str = Field(default="physforge", pattern=r"^[a-z][a-z0-9_]{0,39}$")

    @field_validator("url")
    @classmethod
    def _of_postgresql(cls, value: str) -> str:
        # Whatever is wrong with it, it may hold a password: it is not repeated.
        try:
            url = sa.make_url(value)
        except sa.exc.ArgumentError:
            raise ValueError("is no address; write postgresql://user@host/database") from None
        if url.get_backend_name() != "postgresql":
            raise ValueError("must begin with postgresql://; without this part everything is in SQLite")
        if url.password is not None or "password" in url.query:
            raise ValueError("must not hold a password; put that into a file, and name it in password_file")
        if not url.database:
            raise ValueError("names no database; write postgresql://user@host/database")
        if own := sorted(_OWN_PARAMETERS & set(url.query)):
            raise ValueError(f"must not set {', '.join(own)}, which the workbench sets itself")
        return value

    @field_validator("password_file", "api_password_file")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_absolute():
            raise ValueError("must be an absolute path")
        return value

    @property
    def shown(self) -> str:
        """The address for messages."""
        return sa.make_url(self.url).render_as_string(hide_password=True)

    def schema_of(self, part: str) -> str:
        """Return the schema in which one part of the workbench keeps its tables."""
        return f"{self.schema_prefix}_{part}"

    def address(self, part: str | None, passfile: Path | None) -> str:
        """Return the address for one part of the workbench.

        Parameters
        ----------
        part : str or None
            Whose schema is used; None for none.
        passfile : pathlib.Path or None
            A file from which PostgreSQL's library takes the password, so that the address
            has no secret and may be logged.

        Returns
        -------
        str
            For SQLAlchemy, with the driver.
        """
        own = {"connect_timeout": "10"}
        if part is not None:
            own |= {"options": f"-csearch_path={self.schema_of(part)}", "application_name": f"physforge-{part}"}
        if passfile is not None:
            own["passfile"] = str(passfile)
        url = sa.make_url(self.url).set(drivername=_DRIVER)
        if part == "api" and self.api_user is not None:
            url = url.set(username=self.api_user)
        return url.update_query_dict(own).render_as_string(hide_password=False)

    def read_password(self) -> str | None:
        """Read the password where it is kept.

        Returns
        -------
        str or None
            None if there is none: PostgreSQL may know who asks in another way.

        Raises
        ------
        WorkbenchError
            If the file is missing, empty, or can be read by others.
        """
        if self.password_file is None:
            return os.environ.get(FALLBACK_VARIABLE) or None
        return _read_private(self.password_file)

    def read_api_password(self) -> str | None:
        """Read the password of the REST API's own role; None if there is none."""
        return (
            None if self.api_user is None or self.api_password_file is None else _read_private(self.api_password_file)
        )


def _read_private(path: Path) -> str:
    try:
        facts = path.stat()
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text"
        raise WorkbenchError(f"The database's password file {path} cannot be read: {reason}.") from error
    if stat.S_IMODE(facts.st_mode) & 0o077:
        raise WorkbenchError(
            f"The database's password file {path} can be read by others: chmod 600 it, and change the password."
        )
    if not value or "\n" in value or "\0" in value:
        raise WorkbenchError(f"The database's password file {path} must hold one line, the password.")
    return value
