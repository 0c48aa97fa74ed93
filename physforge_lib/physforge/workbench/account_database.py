"""Open the accounts' database: make its tables, or take over the file that came before it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import sqlalchemy as sa

from physforge.database import Database
from physforge.database.engine import make_engine
from physforge.errors import DatabaseError, WorkbenchError
from physforge.workbench.account_tables import VERSION, AccountBase, AccountRow, SchemaVersion
from physforge.workbench.databases import Databases
from physforge.workbench.state import StateFolder

#: Writers of one transaction at a time, also on PostgreSQL: names and links are decided by what is there.
LOCK = "accounts"

#: Where a PostgreSQL database of accounts is, instead of the file in the state folder.
ACCOUNTS_VARIABLE = "PHYSFORGE_ACCOUNTS_URL"

#: Where accounts were kept at first: name -> argon2 hash.
_OLD_FILE = "accounts.json"


def accounts_address(state: StateFolder) -> Path | str:
    """Return where the accounts of a workbench are.

    Parameters
    ----------
    state : StateFolder
        Of the workbench.

    Returns
    -------
    pathlib.Path or str
        The file in the state folder, unless ``PHYSFORGE_ACCOUNTS_URL`` or workbench.yaml
        names a database.
    """
    return os.environ.get(ACCOUNTS_VARIABLE) or Databases.of(state).address("accounts") or state.accounts


def open_database(address: Path | str) -> Database:
    """Open the database, making it where there is none.

    Parameters
    ----------
    address : pathlib.Path or str
        A SQLite file, readable by its owner alone once made, or the address of a
        PostgreSQL database.

    Returns
    -------
    Database
        With the tables of this version.

    Raises
    ------
    DatabaseError
        If it cannot be used, or a newer PhysForge made it.
    WorkbenchError
        If there is an older file of accounts that is damaged.
    """
    if isinstance(address, Path):
        _make_private(address)
        url: sa.URL | str = sa.URL.create("sqlite", database=str(address))
    else:
        url = address
    try:
        engine = make_engine(url)
        database = Database(engine)
        with database.writing(lock=LOCK) as session:
            AccountBase.metadata.create_all(session.connection())
            _settle_version(session)
            if isinstance(address, Path):
                _take_over(session, address.with_name(_OLD_FILE))
    except sa.exc.SQLAlchemyError as error:
        reason = " ".join(str(getattr(error, "orig", error)).split())
        raise DatabaseError(f"The accounts' database cannot be opened: {reason}.") from error
    return database


def exists(address: Path | str) -> bool:
    """Tell whether there may be accounts, without making anything.

    Parameters
    ----------
    address : pathlib.Path or str
        As in `open_database`.

    Returns
    -------
    bool
        False for a file that is not there, nor the one that came before it.
    """
    return not isinstance(address, Path) or address.exists() or address.with_name(_OLD_FILE).exists()


def _settle_version(session: sa.orm.Session) -> None:
    found = session.scalar(sa.select(SchemaVersion.version))
    if found is None:
        session.add(SchemaVersion(version=VERSION))
    elif found > VERSION:
        raise DatabaseError(
            f"The accounts' database is of a newer PhysForge (version {found}, not {VERSION}). Update PhysForge."
        )


def _take_over(session: sa.orm.Session, old: Path) -> None:
    if session.scalar(sa.select(AccountRow.id).limit(1)) is not None:
        return
    for position, (name, hashed) in enumerate(read_old_file(old).items()):
        session.add(AccountRow(name=name, state="active", admin=position == 0, password_hash=hashed))


def read_old_file(path: Path) -> dict[str, str]:
    """Read the file in which accounts were kept at first.

    Parameters
    ----------
    path : pathlib.Path
        It need not exist.

    Returns
    -------
    dict
        Name -> argon2 hash.

    Raises
    ------
    WorkbenchError
        If it holds something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise WorkbenchError(f"{path} is damaged: {error}. Restore it, or delete it to start anew.") from error
    if not isinstance(document, dict):
        raise WorkbenchError(f"{path} is damaged: it holds no table of accounts.")
    return document


def _make_private(path: Path) -> None:
    # SQLite gives its write-ahead log the owner and rights of the database.
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise WorkbenchError(f"The accounts cannot be kept in {path}: {error.strerror}.") from error
    try:
        if os.getuid() == 0:
            # The folder's owner runs the hub, which reads this file.
            owner = path.parent.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
    finally:
        os.close(descriptor)
