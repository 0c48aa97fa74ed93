"""One coordinate axis of the samples, as the differentiation methods see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from physforge.datasets.conventions import is_uniform

Float = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Axis:
    """The sample points along one dimension.

    Parameters
    ----------
    name : str
        Dimension, for example ``"x"``.
    points : numpy.ndarray of shape (n,)
        Strictly monotonic coordinates.
    period : float or None
        Length after which the field repeats, in the coordinate's unit; None where
        the field has ends.
    """

    name: str
    points: Float
    period: float | None = None

    def __len__(self) -> int:
        return len(self.points)

    @property
    def spacing(self) -> float:
        """Mean signed distance between neighbouring points."""
        return float(self.points[-1] - self.points[0]) / (len(self.points) - 1)

    @property
    def uniform(self) -> bool:
        """Whether the points are equally spaced, as `datasets.conventions.is_uniform` has it."""
        return is_uniform(self.points)

    @property
    def repeats_end(self) -> bool:
        """Whether the last sample is the first one again, a whole period later."""
        if self.period is None:
            return False
        return bool(np.isclose(abs(self.points[-1] - self.points[0]), self.period, rtol=1e-9))

    @property
    def uniform_over_period(self) -> bool:
        """Whether equal steps fill the period exactly, as a Fourier series needs."""
        if self.period is None or not self.uniform:
            return False
        steps = len(self) - 1 if self.repeats_end else len(self)
        return bool(np.isclose(steps * abs(self.spacing), self.period, rtol=1e-6))

    def without_repeated_end(self) -> Axis:
        """Return the axis with each point of the period once."""
        return Axis(self.name, self.points[:-1], self.period) if self.repeats_end else self
