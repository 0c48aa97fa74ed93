"""A periodic box, its grid, and the Fourier modes that products on the grid leave unharmed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from physforge.simulation.trajectory import FloatArray

ComplexArray = npt.NDArray[np.complex128]


@dataclass(frozen=True)
class Interval:
    """A uniform grid over one period.

    Parameters
    ----------
    dim : str
        The spatial dim.
    origin, period : float
        Where the grid starts, and its length.
    count : int
        Number of points, without the repeated endpoint.
    """

    dim: str
    origin: float
    period: float
    count: int

    def points(self) -> FloatArray:
        """Return the grid points.

        Returns
        -------
        numpy.ndarray, shape (count,)
            Increasing.
        """
        return self.origin + self.period * np.arange(self.count) / self.count

    def kept(self) -> int:
        """Return how many wavenumbers, from zero up, the two-thirds rule keeps.

        Returns
        -------
        int
            Products of two kept modes alias onto none of them.
        """
        return (self.count - 1) // 3 + 1


@dataclass(frozen=True)
class Grid:
    """The product of several intervals.

    Parameters
    ----------
    intervals : tuple of Interval
        In the order of the axes.

    Notes
    -----
    Modes are those of real transforms that the two-thirds rule keeps: along the last
    axis wavenumbers 0 to K - 1, along any other 0 to K - 1 and then -(K - 1) to -1.
    """

    intervals: tuple[Interval, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of points along each axis."""
        return tuple(interval.count for interval in self.intervals)

    @property
    def modes_shape(self) -> tuple[int, ...]:
        """Number of modes along each axis."""
        *others, last = (interval.kept() for interval in self.intervals)
        return (*(2 * kept - 1 for kept in others), last)

    def axis(self, dim: str) -> int:
        """Return which axis a dim is.

        Parameters
        ----------
        dim : str
            One of the dims.

        Returns
        -------
        int
            Counted from the last, which is -1.
        """
        dims = [interval.dim for interval in self.intervals]
        return dims.index(dim) - len(dims)

    def _along(self, axis: int, values: FloatArray) -> FloatArray:
        shape = [1] * len(self.intervals)
        shape[axis] = values.size
        return values.reshape(shape)

    def coordinates(self) -> dict[str, FloatArray]:
        """Return the grid points of each dim.

        Returns
        -------
        dict of str to numpy.ndarray
            Of shapes that broadcast to that of the grid.
        """
        return {interval.dim: self._along(self.axis(interval.dim), interval.points()) for interval in self.intervals}

    def factor(self, axes: str) -> ComplexArray:
        """Return by what a derivative multiplies each mode.

        Parameters
        ----------
        axes : str
            Names of one letter, once for each differentiation; ``""`` gives 1.

        Returns
        -------
        numpy.ndarray
            The product of ``i k``, of a shape that broadcasts to that of the modes.
        """
        total = np.ones((1,) * len(self.intervals), dtype=np.complex128)
        for dim in axes:
            axis = self.axis(dim)
            interval = self.intervals[axis]
            numbers = _numbers(interval.kept(), half=axis == -1)
            total = total * self._along(axis, 2 * np.pi / interval.period * numbers) * 1j
        return total

    def to_modes(self, values: FloatArray) -> ComplexArray:
        """Transform fields.

        Parameters
        ----------
        values : numpy.ndarray, shape (..., *shape)
            On the grid.

        Returns
        -------
        numpy.ndarray, shape (..., *modes_shape)
            Unnormalised; finer modes are dropped.
        """
        modes: ComplexArray = np.fft.rfft(values, axis=-1)[..., : self.intervals[-1].kept()]
        for axis in range(-2, -1 - len(self.intervals), -1):
            kept = self.intervals[axis].kept()
            modes = _cut(np.fft.fft(modes, axis=axis), axis, kept)
        return modes

    def to_values(self, modes: ComplexArray) -> FloatArray:
        """Transform modes back.

        Parameters
        ----------
        modes : numpy.ndarray, shape (..., *modes_shape)
            As `to_modes` returns them.

        Returns
        -------
        numpy.ndarray, shape (..., *shape)
            On the grid.
        """
        for axis in range(-len(self.intervals), -1):
            interval = self.intervals[axis]
            modes = np.fft.ifft(_padded(modes, axis, interval.count), axis=axis)
        values: FloatArray = np.fft.irfft(modes, self.intervals[-1].count, axis=-1)
        return values

    def symmetrised(self, modes: ComplexArray) -> ComplexArray:
        """Make the fields real to the last bit.

        Parameters
        ----------
        modes : numpy.ndarray, shape (..., *modes_shape)
            Of real fields, up to round-off.

        Returns
        -------
        numpy.ndarray
            Where the last wavenumber is zero, the mean of each mode and its mirror image. The
            transforms do not see what is dropped, so that it could grow without end.
        """
        plane = modes[..., 0]
        mirror = plane.conj()
        for axis in range(1 - len(self.intervals), 0):
            mirror = np.roll(np.flip(mirror, axis), 1, axis)
        modes = modes.copy()
        modes[..., 0] = 0.5 * (plane + mirror)
        return modes

    def from_samples(self, samples: FloatArray) -> ComplexArray:
        """Transform fields that are known on a coarser grid.

        Parameters
        ----------
        samples : numpy.ndarray, shape (..., *coarser)
            On a grid of which this one is a refinement, twice as fine or finer.

        Returns
        -------
        numpy.ndarray, shape (..., *modes_shape)
            All modes that the samples hold.
        """
        modes: ComplexArray = np.fft.rfft(samples, axis=-1)
        modes = _widened_half(modes, samples.shape[-1], self.intervals[-1].kept())
        for axis in range(-2, -1 - len(self.intervals), -1):
            modes = _widened_full(np.fft.fft(modes, axis=axis), axis, self.intervals[axis].kept())
        coarse = np.prod([samples.shape[axis] for axis in range(-len(self.intervals), 0)])
        return np.asarray(modes * (np.prod(self.shape) / coarse), dtype=np.complex128)

    def refined(self, axis: int) -> Grid:
        """Return the grid with twice the points along one axis.

        Parameters
        ----------
        axis : int
            Counted from the last, which is -1.

        Returns
        -------
        Grid
            A new one.
        """
        intervals = list(self.intervals)
        intervals[axis] = replace(intervals[axis], count=2 * intervals[axis].count)
        return Grid(tuple(intervals))

    def carried(self, modes: ComplexArray, finer: Grid) -> ComplexArray:
        """Carry modes over to a finer grid.

        Parameters
        ----------
        modes : numpy.ndarray, shape (..., *modes_shape)
            On this grid.
        finer : Grid
            Over the same box.

        Returns
        -------
        numpy.ndarray, shape (..., *finer.modes_shape)
            Zero where the modes are new.
        """
        for axis in range(-len(self.intervals), -1):
            modes = _padded(modes, axis, finer.modes_shape[axis])
        missing = finer.modes_shape[-1] - modes.shape[-1]
        modes = np.pad(modes, [(0, 0)] * (modes.ndim - 1) + [(0, missing)])
        return np.asarray(modes * (np.prod(finer.shape) / np.prod(self.shape)), dtype=np.complex128)


def _numbers(kept: int, *, half: bool) -> FloatArray:
    numbers = np.arange(kept, dtype=np.float64)
    return numbers if half else np.concatenate([numbers, -numbers[:0:-1]])


def _parts(modes: ComplexArray, axis: int, low: slice, high: slice) -> tuple[ComplexArray, ComplexArray]:
    lines = np.moveaxis(modes, axis, -1)
    return np.moveaxis(lines[..., low], -1, axis), np.moveaxis(lines[..., high], -1, axis)


def _cut(modes: ComplexArray, axis: int, kept: int) -> ComplexArray:
    """Keep the low modes of both signs."""
    low, high = _parts(modes, axis, slice(kept), slice(modes.shape[axis] - kept + 1, None))
    return np.concatenate([low, high], axis=axis)


def _padded(modes: ComplexArray, axis: int, size: int) -> ComplexArray:
    """Put zeros between the low modes of both signs, of which there is an odd number."""
    kept = modes.shape[axis] // 2 + 1
    low, high = _parts(modes, axis, slice(kept), slice(kept, None))
    shape = list(modes.shape)
    shape[axis] = size - modes.shape[axis]
    return np.concatenate([low, np.zeros(shape, dtype=np.complex128), high], axis=axis)


def _widened_half(modes: ComplexArray, count: int, kept: int) -> ComplexArray:
    """Widen the modes 0 to count/2 of real transforms along the last axis."""
    wide = np.zeros((*modes.shape[:-1], kept), dtype=np.complex128)
    wide[..., : modes.shape[-1]] = modes
    if count % 2 == 0:
        # On the coarse grid the highest mode and its mirror image are one and the same.
        wide[..., count // 2] *= 0.5
    return wide


def _widened_full(modes: ComplexArray, axis: int, kept: int) -> ComplexArray:
    """Widen all modes of complex transforms along an axis."""
    lines = np.moveaxis(modes, axis, -1)
    count = lines.shape[-1]
    wide = np.zeros((*lines.shape[:-1], 2 * kept - 1), dtype=np.complex128)
    positive, negative = (count + 1) // 2, count // 2
    wide[..., :positive] = lines[..., :positive]
    wide[..., wide.shape[-1] - negative :] = lines[..., positive:]
    if count % 2 == 0:
        # As above: half of the highest mode belongs to either sign.
        wide[..., count // 2] = 0.5 * lines[..., count // 2]
        wide[..., -(count // 2)] *= 0.5
    return np.moveaxis(wide, -1, axis)
