"""A smooth picture of a scattered field, as splines through a Gaussian process on a coarse grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from physforge.datasets.conventions import SD_SUFFIX
from physforge.derivatives import GaussianProcess, differentiate
from physforge.derivatives.axis import Axis, Float

#: Nodes in all, at most and as many as samples; and along each axis, at least.
_MOST_NODES, _FEWEST_NODES = 4096, 16

#: Points of the fine grid for each step of the nodes: its sums are then integrals.
_FINER = {2: 4}
_FINER_IN_SPACE = 3

#: Neighbours with which each sample is compared.
_NEIGHBOURS = 3


@dataclass(frozen=True, eq=False)
class Frame:
    """The grid under a picture.

    Parameters
    ----------
    axes : tuple of Axis
        Nodes along each axis, uniform; those of a period once.
    """

    axes: tuple[Axis, ...]

    @classmethod
    def about(cls, names: Sequence[str], places: Sequence[Float], periods: Sequence[float | None]) -> Frame:
        """Lay nodes over samples.

        Parameters
        ----------
        names : sequence of str
            Of the coordinates.
        places : sequence of numpy.ndarray of shape (n,)
            Of the samples; inside one period where there is one.
        periods : sequence of float or None
            For each coordinate.

        Returns
        -------
        Frame
            About as many nodes as samples, as many along every axis.
        """
        size, axes = len(places[0]), len(names)
        count = max(round(min(size, _MOST_NODES) ** (1.0 / axes)), _FEWEST_NODES)
        found = []
        for name, place, period in zip(names, places, periods, strict=True):
            low = float(np.min(place))
            if period is None:
                found.append(Axis(name, np.linspace(low, float(np.max(place)), count)))
            else:
                found.append(Axis(name, low + period * np.arange(count) / count, period))
        return cls(tuple(found))

    @cached_property
    def fine(self) -> tuple[Axis, ...]:
        """The axes with more points."""
        finer = _FINER.get(len(self.axes), _FINER_IN_SPACE)
        found = []
        for axis in self.axes:
            steps = len(axis) if axis.period else len(axis) - 1
            points = axis.points[0] + abs(axis.spacing) / finer * np.arange(finer * steps + (axis.period is None))
            found.append(Axis(axis.name, points, axis.period))
        return tuple(found)

    def at_samples(self, nodes: Float, places: Sequence[Float]) -> Float:
        """Interpolate values at the nodes to scattered places, shape (n,)."""
        first, *others = (_cardinal(axis, place) for axis, place in zip(self.axes, places, strict=True))
        values = np.tensordot(first, nodes, axes=1)
        for one in others:
            values = np.einsum("nk,nk...->n...", one, values)
        return np.asarray(values, dtype=np.float64)

    def at_fine(self, nodes: Float) -> Float:
        """Interpolate values at the nodes to the fine grid."""
        values = nodes
        for index, (axis, fine) in enumerate(zip(self.axes, self.fine, strict=True)):
            values = np.moveaxis(np.tensordot(_cardinal(axis, fine.points), values, axes=(1, index)), 0, index)
        return values


def picture_of(ds: xr.Dataset, field: str, frame: Frame) -> tuple[Float, Float]:
    """Return a smoothed field at the nodes of a frame, and its variance there.

    Parameters
    ----------
    ds : xarray.Dataset
        Scattered samples.
    field : str
        One of its fields.
    frame : Frame
        Where.

    Returns
    -------
    mean, variance : numpy.ndarray
        In the order of the frame's axes; the variance is that of the posterior.
    """
    names = [axis.name for axis in frame.axes]
    at = xr.Dataset(coords={axis.name: axis.points for axis in frame.axes})
    kept = [name for name in (field, f"{field}{SD_SUFFIX}") if name in ds]
    smooth = differentiate(ds[kept], [field], method=GaussianProcess(), at=at)
    mean, sd = (smooth[name].transpose(*names).to_numpy().astype(np.float64) for name in (field, f"{field}{SD_SUFFIX}"))
    return mean, sd**2


def noise_of(residual: Float, places: Sequence[Float], frame: Frame, nodes: Float) -> float:
    """Estimate the variance of the noise of scattered samples.

    Parameters
    ----------
    residual : numpy.ndarray of shape (n,)
        What the picture lacks at the samples.
    places : sequence of numpy.ndarray of shape (n,)
        Of the samples.
    frame : Frame
        Of the picture.
    nodes : numpy.ndarray
        The picture.

    Returns
    -------
    float
        Half the mean square of what neighbours differ in: what the picture lacks is alike in both, and
        what it has taken from their noise too. Neighbours are those between which the picture changes little.
    """
    from scipy.spatial import cKDTree

    scaled = []
    for index, (axis, place) in enumerate(zip(frame.axes, places, strict=True)):
        slope = float(np.sqrt(np.mean(np.diff(nodes, axis=index) ** 2))) / abs(axis.spacing)
        scaled.append(place * slope)
    points = np.column_stack(scaled)
    size = np.ptp(points, axis=0)
    extent = np.array([float(np.ptp(place)) for place in places])
    # Along an axis on which the picture is constant, distances count a little all the same.
    flat = size <= _LEAST * np.max(size)
    points[:, flat] = np.column_stack(list(places))[:, flat] / extent[flat] * (_LEAST * np.max(size) or 1.0)
    _, near = cKDTree(points).query(points, _NEIGHBOURS + 1)
    return float(0.5 * np.mean((residual[:, None] - residual[near[:, 1:]]) ** 2))


#: Change of a picture along an axis, as a share of that along the others, that counts as none.
_LEAST = 1e-3


def _cardinal(axis: Axis, places: Float) -> Float:
    """Return the matrix that takes nodes of a cubic spline to places, shape (places, nodes)."""
    from scipy.interpolate import make_interp_spline

    if axis.period is None:
        spline = make_interp_spline(axis.points, np.eye(len(axis)), k=3)
    else:
        closed = np.vstack([np.eye(len(axis)), np.eye(len(axis))[:1]])
        around = np.append(axis.points, axis.points[0] + axis.period)
        spline = make_interp_spline(around, closed, k=3, bc_type="periodic")
    return np.asarray(spline(places), dtype=np.float64)
