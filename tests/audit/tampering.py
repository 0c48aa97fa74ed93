"""Damage a log with plain SQL, and ask what verify makes of it."""

import sqlalchemy as sa
from audit.places import Places

from physforge.audit.chain import row_hash
from physforge.audit.tables import EVENTS
from physforge.database.engine import make_engine

ROWS = 12


def damage(places: Places, *statements: str, **values: object) -> None:
    engine = make_engine(places.url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement.format(**values)))
    engine.dispose()


def finding(places: Places):
    with places.open() as log:
        verified = log.verify()
    assert verified.ok is (verified.finding is None)
    return None if verified.ok else (verified.finding.kind, verified.finding.seq)


def forged_row(places: Places, **changes) -> None:
    """Insert a row whose hash is right: anybody can compute it."""
    engine = make_engine(places.url)
    with engine.begin() as connection:
        row = dict(connection.execute(sa.select(EVENTS).where(EVENTS.c.seq == 4)).mappings().one()) | changes
        before = sa.select(EVENTS.c.hash).where(EVENTS.c.seq < row["seq"]).order_by(EVENTS.c.seq.desc()).limit(1)
        row["previous_hash"] = connection.execute(before).scalar_one()
        row["hash"] = row_hash(row)
        connection.execute(sa.insert(EVENTS), [row])
    engine.dispose()
