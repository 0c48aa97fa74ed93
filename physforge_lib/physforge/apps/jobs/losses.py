"""Losses out of a log that comes in pieces, and as many of them as a picture needs."""

from __future__ import annotations

from collections.abc import Sequence

from physforge.tasks.pinn.loss_lines import LossPoint, read_line

#: Longest line that may say a loss, in characters.
_LONGEST = 500


class LossReader:
    """Reads losses from the pieces of a log."""

    def __init__(self) -> None:
        self._rest = ""

    def read(self, piece: str) -> list[LossPoint]:
        """Return the losses that a piece completes.

        Parameters
        ----------
        piece : str
            What comes next in the log; lines may be cut anywhere.

        Returns
        -------
        list of LossPoint
            In the order of the log.

        Examples
        --------
        >>> reader = LossReader()
        >>> reader.read("INFO x: step 10, loss 1.0e-01, held-out resi")
        []
        >>> reader.read("dual 2.0e-01\\nReading")
        [LossPoint(step=10, loss=0.1, held_out=0.2)]
        """
        *lines, rest = (self._rest + piece).split("\n")
        self._rest = rest[-_LONGEST:]
        return [point for line in lines if (point := read_line(line)) is not None]


def thinned(points: Sequence[LossPoint], most: int) -> list[LossPoint]:
    """Leave out some points.

    Parameters
    ----------
    points : sequence of LossPoint
        Of a curve.
    most : int
        How many are kept at most, the last among them.

    Returns
    -------
    list of LossPoint
        Evenly chosen.
    """
    every = max(1, -(-len(points) // most))
    return [*reversed(points[::-1][::every])]
