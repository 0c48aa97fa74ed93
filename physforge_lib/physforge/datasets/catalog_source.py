"""Where the entries of a catalog come from: a small protocol between a catalog and what keeps data sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import xarray as xr

if TYPE_CHECKING:
    from physforge.datasets.entry import Entry


@dataclass(frozen=True)
class Whereabouts:
    """Whether a data set opens without a network.

    Parameters
    ----------
    at_hand : bool
        Whether it does.
    place : str
        Where it is, in a few words.
    size : int, optional
        Bytes, where the files are at hand.
    """

    at_hand: bool
    place: str
    size: int | None = None


class EntryHome(Protocol):
    """What keeps the data of an entry."""

    def open(self, entry: Entry, /, **options: Any) -> xr.Dataset:
        """Open the data of an entry.

        Parameters
        ----------
        entry : Entry
            One of its own.
        **options
            As for `physforge.open_dataset`.

        Returns
        -------
        xarray.Dataset
            Following the conventions.
        """

    def describe(self, entry: Entry) -> Entry:
        """Return the entry with all that can be said of it, after a look at the data if need be.

        Parameters
        ----------
        entry : Entry
            One of its own.

        Returns
        -------
        Entry
            With its fields and axes.
        """

    def find(self, entry: Entry) -> Whereabouts:
        """Say whether the data are at hand.

        Parameters
        ----------
        entry : Entry
            One of its own.

        Returns
        -------
        Whereabouts
            As it is now; nothing is fetched.
        """


class EntrySource(EntryHome, Protocol):
    """Something that keeps data sets under names, such as a store.

    It is asked anew each time, so that what was added since shows.
    """

    def entries(self) -> Sequence[Entry]:
        """List what it has.

        Returns
        -------
        sequence of Entry
            Without a look at the data.
        """

    def search(self, text: str) -> Sequence[Entry]:
        """List what has every word of a text in it.

        Parameters
        ----------
        text : str
            Words; case does not matter.

        Returns
        -------
        sequence of Entry
            Possibly empty.
        """
