"""Walk the whole chain, and say whether and where it was tampered with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from physforge.audit.chain import first_hash
from physforge.audit.damage import Damage, Finding, is_genuine, name_damage
from physforge.audit.heads import Head
from physforge.audit.keys import Keys
from physforge.audit.rows import rows_of
from physforge.audit.tables import HEADS, LOG


@dataclass(frozen=True)
class Verification:
    """What a look at the whole log found.

    Parameters
    ----------
    log : str
        Id of the log.
    events : int
        How many rows are right, counted from the first.
    signed : int
        Up to which row a signed head elsewhere confirms them.
    finding : Finding or None
        The first thing that is wrong.
    remarks : tuple of str
        What an operator should know beside.
    last_hash : str or None
        Of the last row that is right: it covers all before.
    """

    log: str
    events: int
    signed: int
    finding: Finding | None
    remarks: tuple[str, ...] = ()
    last_hash: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the log is whole."""
        return self.finding is None

    def summary(self) -> str:
        """Say it in words.

        Returns
        -------
        str
            One or more lines.
        """
        if self.finding is not None:
            first = f"The event log is broken ({self.finding.kind}): {self.finding.text}"
        else:
            first = f"The event log is whole: {self.events} events, confirmed by signed heads up to {self.signed}."
        return "\n".join([first, *self.remarks])

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it.

        Returns
        -------
        dict
            With ``ok``.
        """
        return {"ok": self.ok, **asdict(self)}


def verify_chain(
    connection: sa.Connection,
    keys: Keys,
    elsewhere: Sequence[Head],
    has_heads: Callable[[], bool],
    remarks: Sequence[str] = (),
) -> Verification:
    """Verify a log.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction that sees one state.
    keys : Keys
        Of the log.
    elsewhere : sequence of Head
        Kept outside the database, and read before the transaction began.
    has_heads : callable
        Says whether there are any by now, if there were none.
    remarks : sequence of str
        What is known already.

    Returns
    -------
    Verification
        With the first finding.
    """
    log = str(connection.execute(sa.select(LOG.c.id)).scalar_one())
    here = [Head(log, *row) for row in connection.execute(sa.select(HEADS).order_by(HEADS.c.seq))]
    signed = [head for head in elsewhere if head.log == log and head.is_genuine(keys.public_key)]
    damage = Damage(connection, keys, log, [head for head in here if head.is_genuine(keys.public_key)], signed)
    right, confirmed, finding, last = _walk(damage)
    finding = finding or _look_at_heads(log, keys, here, elsewhere)
    if finding is None and here and not elsewhere and not has_heads():
        finding = Finding(
            "heads",
            here[-1].seq,
            f"the database knows of signed heads up to row {here[-1].seq}, and none is kept elsewhere any more.",
        )
    return Verification(log, right, confirmed, finding, tuple(remarks), last if right else None)


def _walk(damage: Damage) -> tuple[int, int, Finding | None, str]:
    wanted: dict[int, set[str]] = {}
    for head in damage.elsewhere:
        wanted.setdefault(head.seq, set()).add(head.hash)
    previous = confirmed_hash = first_hash(damage.log)
    confirmed = seq = 0
    for row in rows_of(damage.connection):
        seq += 1
        if row["seq"] != seq or row["previous_hash"] != previous or not is_genuine(row, damage.keys):
            return seq - 1, confirmed, name_damage(damage, row, seq, previous), previous
        previous = row["hash"]
        if seq in wanted:
            if wanted[seq] != {previous}:
                return confirmed, confirmed, damage.forked(confirmed, seq), confirmed_hash
            confirmed, confirmed_hash = seq, previous
    longest = max([head.seq for head in (*damage.here, *damage.elsewhere)], default=0)
    return seq, confirmed, damage.too_short(seq) if seq < longest else None, previous


def _look_at_heads(log: str, keys: Keys, here: Sequence[Head], elsewhere: Sequence[Head]) -> Finding | None:
    for place, heads in (("in the database", here), ("kept elsewhere", elsewhere)):
        for head in heads:
            if head.log != log:
                return Finding(
                    "swapped",
                    None,
                    f"the signed heads {place} are of the log {head.log}, and the database holds the log {log}.",
                )
            if not head.is_genuine(keys.public_key):
                return Finding("heads", head.seq, f"the head of row {head.seq} {place} was not signed by this log.")
    return None
