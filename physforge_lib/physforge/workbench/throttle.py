"""Slow down whoever guesses: failures are counted by name and by address."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class TooManyAttemptsError(Exception):
    """An attempt that was not even looked at.

    Parameters
    ----------
    wait_seconds : int
        When to try again.
    first : bool
        Whether this is the first one in a row that is turned away.
    """

    def __init__(self, wait_seconds: int, *, first: bool) -> None:
        super().__init__(f"Too many attempts. Try again in {max(1, round(wait_seconds / 60))} min.")
        self.wait_seconds = wait_seconds
        self.first = first


@dataclass
class Attempt:
    """One attempt under way.

    Parameters
    ----------
    failed : bool, default True
        Whether it counts; to be cleared by who finds that all is well.
    """

    failed: bool = True


class Throttle:
    """Counts failures in moving windows, in this process.

    Parameters
    ----------
    window_seconds : int
        Length of the windows.
    per_name : int
        Failures in a window after which a name is not looked at.
    per_address : int
        The same of an address.

    Notes
    -----
    `limits` keeps exact moving windows in memory; several processes would each count
    for themselves, so everything that guesses goes through the hub. Attempts under way
    count as failed until they end, so that many at once are not looked at together.
    A name that nobody has is counted like any other.
    """

    def __init__(self, window_seconds: int, per_name: int, per_address: int) -> None:
        self._per_name = RateLimitItemPerSecond(per_name, window_seconds, namespace="name")
        self._per_address = RateLimitItemPerSecond(per_address, window_seconds, namespace="address")
        self._told = RateLimitItemPerSecond(1, window_seconds, namespace="told")
        self._windows = MovingWindowRateLimiter(MemoryStorage())
        self._under_way: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def attempt(self, name: str, address: str) -> Iterator[Attempt]:
        """Let one attempt through, and count it if it fails.

        Parameters
        ----------
        name : str
            Whose account; nothing where nobody can be called so, which is counted for
            the address alone.
        address : str
            Where it comes from.

        Yields
        ------
        Attempt
            Counted as a failure, also if an error ends it, unless told otherwise.

        Raises
        ------
        TooManyAttemptsError
            If there were too many failures.
        """
        windows = [(self._per_address, _network(address)), *([(self._per_name, name)] if name else [])]
        wait = max(self._wait(item, key) for item, key in windows)
        if wait > 0:
            raise TooManyAttemptsError(math.ceil(wait), first=self._first_in_a_row(_network(address)))
        keys = [(item.namespace, key) for item, key in windows]
        self._under_way.update(keys)
        attempt = Attempt()
        try:
            yield attempt
        finally:
            self._under_way.subtract(keys)
            self._under_way += Counter()  # forgets those at zero
            if attempt.failed:
                for item, key in windows:
                    self._windows.hit(item, key)

    def _first_in_a_row(self, network: str) -> bool:
        # Whoever is turned away a thousand times is written down once a window.
        return self._windows.hit(self._told, network)

    def _wait(self, item: RateLimitItem, key: str) -> float:
        stats = self._windows.get_window_stats(item, key)
        if stats.remaining > self._under_way[item.namespace, key]:
            return 0.0
        return max(stats.reset_time - time.time(), 1.0)


def _network(address: str) -> str:
    # Whoever has one IPv6 address has all 2**64 of its network.
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
