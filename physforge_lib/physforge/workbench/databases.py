"""Where a workbench keeps what it remembers: files of its own, or schemas of one PostgreSQL database."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

from physforge.audit.settings import URL_VARIABLE, AuditSettings
from physforge.errors import MissingExtraError, WorkbenchError
from physforge.workbench.database_options import FALLBACK_VARIABLE, DatabaseOptions
from physforge.workbench.site_settings import FILE_NAME, Site
from physforge.workbench.state import StateFolder, write_private

#: What has a schema of its own: hub and gateway bring their own tables along, the rest is ours.
PARTS = ("hub", "gateway", "accounts", "audit", "api")

#: The part that a role of its own may have, as its process is no user's and not root's.
API = "api"

#: PostgreSQL's library reads them; beside the other secrets, and the second one in the API's folder too.
PASSFILE, API_PASSFILE = "database-password", "api-database-password"


@dataclasses.dataclass(frozen=True)
class Databases:
    """The databases of one workbench.

    Parameters
    ----------
    state : StateFolder
        Of the workbench.
    options : DatabaseOptions or None
        What ``workbench.yaml`` says of PostgreSQL; None for files in the state folder.
    """

    state: StateFolder
    options: DatabaseOptions | None

    @classmethod
    def of(cls, state: StateFolder) -> Self:
        """Read where the databases of a state folder are."""
        return cls(state, Site.read(state.home).database)

    def address(self, part: str, passfile: Path | None = None) -> str | None:
        """Return the address of one part's database.

        Parameters
        ----------
        part : str
            One of `PARTS`.
        passfile : pathlib.Path, optional
            Where the password is found, for a process that cannot enter the state folder.

        Returns
        -------
        str or None
            For SQLAlchemy, without a password; None where there is no PostgreSQL.
        """
        if self.options is None:
            return None
        own = self.passfile_of(part)
        known = own if own.exists() else None
        return self.options.address(part, passfile if known is not None and passfile is not None else known)

    def passfile_of(self, part: str) -> Path:
        """Return the password of a part's role as PostgreSQL's library reads it, written by `prepare`."""
        apart = part == API and self.options is not None and self.options.api_user is not None
        return self.state.secrets / (API_PASSFILE if apart else PASSFILE)

    @property
    def hub(self) -> str:
        """Address of the hub's database."""
        return self.address("hub") or sa.URL.create("sqlite", database=str(self.state.database)).render_as_string()

    def audit_settings(self) -> AuditSettings:
        """Return the places of the workbench's event log."""
        settings = AuditSettings.of(self.state.home)
        address = self.address("audit")
        return settings if os.environ.get(URL_VARIABLE) or not address else dataclasses.replace(settings, url=address)

    def prepare(self) -> None:
        """Make sure of the server, and make the schemas.

        Raises
        ------
        WorkbenchError
            If the server cannot be reached or refuses, or the schemas belong to another
            workbench, or this one has accounts in a file. The password is not in it.
        MissingExtraError
            If the driver is not installed.
        """
        own = None if self.options is None else self.options.read_password()
        apis = None if self.options is None else self.options.read_api_password()
        _keep(self.state.secrets / PASSFILE, own)
        _keep(self.state.secrets / API_PASSFILE, apis)
        if self.options is None:
            return
        engine = self._engine(self.options)
        try:
            with engine.begin() as connection:
                self._make_schemas(connection, self.options)
        except sa.exc.DBAPIError as error:
            raise WorkbenchError(self._explain(error, self.options)) from None
        finally:
            engine.dispose()

    def _engine(self, options: DatabaseOptions) -> sa.Engine:
        passfile = self.state.secrets / PASSFILE
        try:
            address = options.address(None, passfile if passfile.exists() else None)
            return sa.create_engine(address, poolclass=sa.NullPool)
        except ImportError as error:
            raise MissingExtraError(
                f"database in {FILE_NAME} needs PostgreSQL's driver: pip install 'physforge[postgresql]'."
            ) from error

    def _make_schemas(self, connection: sa.Connection, options: DatabaseOptions) -> None:
        # Two starts at once must not both find nothing.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": options.schema_prefix})
        mark = f"PhysForge workbench {self.state.identity}"
        found = sa.text("SELECT obj_description(to_regnamespace(:schema)::oid, 'pg_namespace')")
        schema = options.schema_of("hub")
        if (other := connection.scalar(found, {"schema": schema})) not in (None, mark):
            raise WorkbenchError(
                f"The schema {schema} of {options.shown} belongs to another state folder ({other}). Choose another "
                f"database.schema_prefix in {FILE_NAME}; if that folder was moved here, take the mark away: "
                f"COMMENT ON SCHEMA {schema} IS NULL"
            )
        if connection.scalar(sa.text("SELECT to_regnamespace(:schema)::oid"), {"schema": schema}) is None:
            self._refuse_forgotten_accounts(options)
        for part in PARTS:
            connection.execute(sa.schema.CreateSchema(options.schema_of(part), if_not_exists=True))
        if options.api_user is not None:
            role = connection.dialect.identifier_preparer.quote_identifier(options.api_user)
            connection.execute(sa.text(f"GRANT USAGE, CREATE ON SCHEMA {options.schema_of(API)} TO {role}"))
        # The name has letters, digits and underscores only, and so has the mark.
        connection.execute(sa.text(f"COMMENT ON SCHEMA {schema} IS '{mark}'"))

    def _refuse_forgotten_accounts(self, options: DatabaseOptions) -> None:
        files = [path for path in (self.state.accounts, self.state.database) if path.exists()]
        if files:
            raise WorkbenchError(
                f"This workbench has its accounts in {' and '.join(map(str, files))}, and {options.shown} is new: "
                f"nothing is moved by itself. Take database out of {FILE_NAME}, or begin anew in another state folder."
            )

    def _explain(self, error: sa.exc.DBAPIError, options: DatabaseOptions) -> str:
        reason = " ".join(str(error.orig).split())
        begin = f"The PostgreSQL database {options.shown} of {FILE_NAME} cannot be used: {reason}."
        if "password" in reason:
            where = options.password_file or FALLBACK_VARIABLE
            return f"{begin} Correct the password in {where}."
        if getattr(error.orig, "sqlstate", None) == "42501":
            return f"{begin} Allow it: GRANT CREATE ON DATABASE {sa.make_url(options.url).database} TO its user."
        if "does not exist" in reason:
            return f"{begin} Create it, or correct database.url."
        return f"{begin} Start the server, or correct database.url."


def _keep(path: Path, password: str | None) -> None:
    if password is None:
        path.unlink(missing_ok=True)
    else:
        write_private(path, password_line(password))


def password_line(password: str) -> str:
    """Write a password as a line of PostgreSQL's password file, for every server.

    Parameters
    ----------
    password : str
        One line.

    Returns
    -------
    str
        The line.
    """
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    return f"*:*:*:*:{escaped}\n"


def gateway_settings(databases: Databases, key: str) -> dict[str, Any]:
    """Return what Dask Gateway's backend is told of its database.

    Parameters
    ----------
    databases : Databases
        Of the workbench.
    key : str
        64 hexadecimal digits, with which tokens and certificates are encrypted in it.

    Returns
    -------
    dict
        Trait -> value; without PostgreSQL a file in the state folder, so that a gateway
        that is killed knows its clusters again.
    """
    import base64

    file = sa.URL.create("sqlite", database=str(databases.state.clusters_database))
    address = databases.address("gateway") or file.render_as_string()
    return {"db_url": address, "db_encrypt_keys": [base64.urlsafe_b64encode(bytes.fromhex(key)).decode()]}
