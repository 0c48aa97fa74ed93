"""Say what was done to a log from what is left of it.

Rows are chained by hash and sealed with a key that is not in the database, so each row
shows by itself whether the log wrote it, and after which other row.
"""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from physforge.audit.chain import first_hash, row_hash
from physforge.audit.heads import Head
from physforge.audit.keys import Keys
from physforge.audit.rows import rows_of
from physforge.audit.tables import EVENTS

Kind = Literal["edited", "deleted", "reordered", "inserted", "cut", "swapped", "heads"]

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Finding:
    """What is wrong, and where.

    Parameters
    ----------
    kind : {"edited", "deleted", "reordered", "inserted", "cut", "swapped", "heads"}
        What was done. ``cut``: the last rows are gone. ``swapped``: an older copy, or
        another log, was put in place. ``heads``: the signed heads elsewhere are gone
        or forged.
    seq : int or None
        The first row that is wrong, missing or not to be trusted.
    text : str
        A sentence.
    """

    kind: Kind
    seq: int | None
    text: str


@dataclass(frozen=True)
class Damage:
    """What there is to look at.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In the transaction of the verification.
    keys : Keys
        Of the log.
    log : str
        Its id.
    here, elsewhere : sequence of Head
        Signed heads in the database and outside it.
    """

    connection: sa.Connection
    keys: Keys
    log: str
    here: Sequence[Head]
    elsewhere: Sequence[Head]

    def forked(self, confirmed: int, seq: int) -> Finding:
        """Tell of rows that the log wrote, though not after what was signed elsewhere.

        Parameters
        ----------
        confirmed : int
            The last row that agrees with what was signed.
        seq : int
            The first that does not.

        Returns
        -------
        Finding
            An older copy went on.
        """
        return Finding(
            "swapped",
            confirmed + 1,
            f"an older copy was put in place and went on: the rows from {confirmed + 1} to {seq} are not those that "
            "were signed.",
        )

    def too_short(self, last: int) -> Finding:
        """Tell of a log that was longer once.

        Parameters
        ----------
        last : int
            Its last row now.

        Returns
        -------
        Finding
            Cut, if the database itself knows of later rows; else swapped.
        """
        known = self.here[-1].seq if self.here else 0
        longest = max([known, *(head.seq for head in self.elsewhere)])
        if known > last:
            return Finding(
                "cut", last + 1, f"it ends with row {last}, and row {longest} was signed: the end was cut off."
            )
        return Finding(
            "swapped",
            last + 1,
            f"it ends with row {last}, and row {longest} was signed: an older copy was put in place.",
        )


def is_genuine(row: Row, keys: Keys) -> bool:
    """Say whether the log wrote a row as it is.

    Parameters
    ----------
    row : mapping
        Of the table.
    keys : Keys
        Of the log.

    Returns
    -------
    bool
        Whether its hash is of it, and its seal of the hash.
    """
    return row_hash(row) == row["hash"] and is_sealed(row, keys)


def is_sealed(row: Row, keys: Keys) -> bool:
    """Say whether the log wrote a row's hash, whatever the rest of the row says now.

    Parameters
    ----------
    row : mapping
        Of the table.
    keys : Keys
        Of the log.

    Returns
    -------
    bool
        Whether the seal fits.
    """
    return hmac.compare_digest(keys.seal(str(row["hash"])).encode(), str(row["seal"]).encode())


def name_damage(damage: Damage, row: Row, expected: int, previous: str) -> Finding:
    """Say what was done where the chain breaks.

    Parameters
    ----------
    damage : Damage
        What there is to look at.
    row : mapping
        The first row that does not fit.
    expected : int
        The number that it should have.
    previous : str
        The hash that it should follow.

    Returns
    -------
    Finding
        The first broken row, and the kind.
    """
    here = row["seq"]
    if is_genuine(row, damage.keys):
        if here != expected:
            return _missing(damage, row, expected, here - 1)
        return Finding("swapped", here, f"row {here} was written by this log after another row than the one before it.")
    home = _home(damage, row)
    if home is not None and _stands(damage, home):
        return Finding("inserted", here, f"row {here} is a copy of row {home}.")
    if home is not None:
        if _holds(damage, row["previous_hash"]) or home < here:
            return Finding("reordered", min(here, expected), f"what stands in row {here} was written as row {home}.")
        return Finding(
            "deleted", expected, f"row {expected} is gone, and what was written as row {home} has its number."
        )
    owner = _owner(damage, row)
    if owner is not None:
        return Finding("reordered", here, f"what stands in row {here} was written as row {owner}.")
    if here != expected or _is_extra(damage, row, previous):
        text = f"row {here} was not written by this log: it does not carry its seal."
        return Finding("inserted", here, text)
    return Finding("edited", here, f"row {here} does not say any more what was written.")


def _missing(damage: Damage, row: Row, first: int, last: int) -> Finding:
    moved = damage.connection.execute(sa.select(EVENTS.c.seq).where(EVENTS.c.hash == row["previous_hash"])).scalar()
    if moved is not None:
        return Finding("reordered", first, f"what was written as row {last} stands in row {moved}.")
    which = f"row {first} is" if first == last else f"the rows from {first} to {last} are"
    return Finding("deleted", first, f"{which} gone.")


def _home(damage: Damage, row: Row) -> int | None:
    """Return the number with which a row, as it is, was written."""
    if not is_sealed(row, damage.keys):
        return None
    count = damage.connection.execute(sa.select(sa.func.count()).select_from(EVENTS)).scalar_one()
    signed = max([head.seq for head in (*damage.here, *damage.elsewhere)], default=0)
    # Rows can have been deleted as well: so look further than there are rows.
    for number in range(1, max(count, signed) + 1000):
        if row_hash({**row, "seq": number}) == row["hash"]:
            return number
    return None


def _owner(damage: Damage, row: Row) -> int | None:
    """Return the number of the row whose hash is of what stands in this one, and no more of what stands there."""
    for place in rows_of(damage.connection):
        moved = {**row, "seq": place["seq"], "previous_hash": place["previous_hash"]}
        if place["seq"] != row["seq"] and row_hash(moved) == place["hash"]:
            return None if _stands(damage, place["seq"]) else int(place["seq"])
    return None


def _stands(damage: Damage, seq: int) -> bool:
    """Say whether a row is there as it was written."""
    found = damage.connection.execute(sa.select(EVENTS).where(EVENTS.c.seq == seq)).mappings().first()
    return found is not None and is_genuine(found, damage.keys)


def _holds(damage: Damage, wanted: str) -> bool:
    if wanted == first_hash(damage.log):
        return True
    return damage.connection.execute(sa.select(EVENTS.c.seq).where(EVENTS.c.hash == wanted)).first() is not None


def _is_extra(damage: Damage, row: Row, previous: str) -> bool:
    """Say whether the log went on without this row, or never came so far."""
    here = row["seq"]
    if is_sealed(row, damage.keys):
        return False
    later = rows_of(damage.connection, here)
    after = next(later, None)
    if after is not None and after["previous_hash"] == previous:
        return True
    if after is not None and after["previous_hash"] == row["hash"] and is_genuine(after, damage.keys):
        return True  # the log took it for its own end, and went on
    if after is not None and any(is_sealed(one, damage.keys) for one in itertools.chain([after], later)):
        return False
    return not any(head.seq >= here for head in (*damage.here, *damage.elsewhere))
