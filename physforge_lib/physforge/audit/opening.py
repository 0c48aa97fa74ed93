"""Open the database of a log together with its keys, and refuse those of another one."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import sqlalchemy as sa

from physforge.audit.keys import Keys
from physforge.audit.private_files import give_to_owner, make_folder
from physforge.audit.schema import EVENT_LOG
from physforge.audit.tables import EVENTS, LOG
from physforge.database import Database
from physforge.database.engine import make_engine
from physforge.errors import AuditError, DatabaseError, PhysForgeError


def open_database(url: str | sa.URL, keys_folder: Path, *, create: bool) -> tuple[Database, Keys, str]:
    """Open a log's database and keys.

    Parameters
    ----------
    url : str or sqlalchemy.URL
        Of the database; a SQLite file and its folder are made for their owner alone.
    keys_folder : pathlib.Path
        Its keys.
    create : bool
        Whether a log is made where there is none.

    Returns
    -------
    Database
        Up to date.
    Keys
        Those that the log was begun with.
    str
        Id of the log.

    Raises
    ------
    AuditError
        If there is no log, or the keys are missing or of another one.
    DatabaseError
        If the database cannot be opened.
    """
    engine = make_engine(url)
    address = engine.url.render_as_string(hide_password=True)
    try:
        _prepare(engine, address, create)
        database = Database(engine)
        keys, log = _identify(database, keys_folder, address)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        engine.dispose()
        reason = " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".")
        raise DatabaseError(f"The event log {address} cannot be opened: {reason}.") from error
    except PhysForgeError:
        engine.dispose()
        raise
    return database, keys, log


def _prepare(engine: sa.Engine, address: str, create: bool) -> None:
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database)).absolute()
        if not path.exists():
            if not create:
                raise AuditError(f"There is no event log at {path}; physforge up begins one.")
            make_folder(path.parent)
            path.touch(mode=0o600)
            give_to_owner(path)
    elif not create and EVENT_LOG.current(engine) is None:
        raise AuditError(f"There is no event log at {address}; physforge up begins one.")
    EVENT_LOG.bring_up_to_date(engine)


def _identify(database: Database, folder: Path, address: str) -> tuple[Keys, str]:
    with database.reading() as session:
        found = session.execute(sa.select(LOG.c.id, LOG.c.public_key)).first()
    keys = Keys.open(folder, create=found is None)
    log, public_key = _begin(database, keys, address) if found is None else (found[0], found[1])
    if public_key != keys.public_key:
        raise AuditError(f"The event log {address} was begun with other keys than those in {folder}.")
    return keys, log


def _begin(database: Database, keys: Keys, address: str) -> tuple[str, str]:
    with database.writing(lock="audit") as session:
        found = session.execute(sa.select(LOG.c.id, LOG.c.public_key)).first()
        if found is not None:
            return found[0], found[1]
        if session.execute(sa.select(EVENTS.c.seq).limit(1)).first() is not None:
            raise AuditError(
                f"The event log {address} does not know its id any more: its table audit_log was emptied. "
                "Restore it from a backup."
            )
        log = str(uuid.uuid4())
        row = {"id": log, "public_key": keys.public_key, "created_us": time.time_ns() // 1000}
        session.execute(sa.insert(LOG), [row])
        return log, keys.public_key
