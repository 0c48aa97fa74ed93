"""Progress bars for work that may take longer than two seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")

#: Work shorter than this shows no bar, in seconds.
QUIET_SECONDS = 2.0


def track(work: Iterable[T], description: str, *, total: int | None = None) -> Iterable[T]:
    """Iterate over `work`, showing a bar once it has lasted two seconds.

    Parameters
    ----------
    work : iterable
        What to iterate over.
    description : str
        Shown before the bar, for example ``"Fitting thresholds"``.
    total : int, optional
        Number of items; taken from ``len(work)`` when it has one.

    Returns
    -------
    iterable
        The same items. In a notebook the bar is a widget, in a terminal a line
        on standard error; where standard error is not a terminal nothing is shown.
    """
    from tqdm.auto import tqdm

    bar: Iterable[T] = tqdm(work, desc=description, total=total, delay=QUIET_SECONDS, leave=False, disable=None)
    return bar
