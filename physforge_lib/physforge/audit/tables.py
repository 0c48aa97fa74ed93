"""The tables of the event log; texts, whole numbers and bytes are read as they were hashed."""

from __future__ import annotations

import sqlalchemy as sa

from physforge.database.tables.base import Base

#: What the log's own migrations are compared with.
METADATA = sa.MetaData(naming_convention=Base.metadata.naming_convention)

# In SQLite only this spelling makes the row's own number of it, so that no value but a whole number can be inserted.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: One row: which log this is, and whose keys it has.
LOG = sa.Table(
    "audit_log",
    METADATA,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("public_key", sa.String(64), nullable=False),
    sa.Column("created_us", sa.BigInteger(), nullable=False),
)

#: One row an act.
EVENTS = sa.Table(
    "audit_event",
    METADATA,
    sa.Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("time_us", sa.BigInteger(), nullable=False, index=True),
    sa.Column("actor", sa.String(36)),
    sa.Column("act", sa.String(64), nullable=False),
    sa.Column("object_kind", sa.String(32), nullable=False),
    sa.Column("object_id", sa.String(128)),
    sa.Column("outcome", sa.String(8), nullable=False),
    sa.Column("request_id", sa.String(64)),
    sa.Column("details", sa.Text(), nullable=False),
    sa.Column("subject", sa.String(36)),
    sa.Column("personal", sa.LargeBinary()),
    sa.Column("previous_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("seal", sa.String(64), nullable=False),
    sa.Index("ix_audit_event_actor", "actor", "seq"),
    sa.Index("ix_audit_event_act", "act", "seq"),
    sa.Index("ix_audit_event_object", "object_kind", "object_id", "seq"),
)

#: The heads that were signed, as they also stand elsewhere.
HEADS = sa.Table(
    "audit_head",
    METADATA,
    sa.Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("time_us", sa.BigInteger(), nullable=False),
    sa.Column("signature", sa.String(128), nullable=False),
)
