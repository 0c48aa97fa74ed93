"""What an integrator returns: the states that it reached, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: The word for a run that reached its last output time.
OK = "ok"


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The states at the output times.

    Parameters
    ----------
    states : mapping of str to numpy.ndarray, each of shape (times, ...)
        One array for each field; NaN after the integration ended early.
    status : str
        ``"ok"``, ``"diverged at t=..."``, ``"stopped at t=..."`` (more steps than an
        integration may take) or ``"unresolved at t=..."`` (the finest grid allowed
        could not resolve the solution, as in a shock).
    """

    states: Mapping[str, FloatArray]
    status: str = OK


def diverged(t: float) -> str:
    """Return the status of a solution that ceased to exist.

    Parameters
    ----------
    t : float
        The last time reached.

    Returns
    -------
    str
        One sentence without a full stop.
    """
    return f"diverged at t={t:.6g}"


def stopped(t: float) -> str:
    """Return the status of an integration that took too many steps.

    Parameters
    ----------
    t : float
        The last time reached.

    Returns
    -------
    str
        One sentence without a full stop.
    """
    return f"stopped at t={t:.6g}"


def unresolved(t: float) -> str:
    """Return the status of a solution finer than any grid allowed.

    Parameters
    ----------
    t : float
        The last time reached.

    Returns
    -------
    str
        One sentence without a full stop.
    """
    return f"unresolved at t={t:.6g}"
