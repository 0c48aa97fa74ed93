"""From scattered samples to the fields of a weak form: places, picture, noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from physforge.derivatives.axis import Float
from physforge.derivatives.points import Points, points_of
from physforge.discovery.regression import Indices
from physforge.discovery.weak.points import Samples, Scattered
from physforge.discovery.weak.points_picture import Frame, noise_of, picture_of
from physforge.discovery.weak.points_shares import shares_of
from physforge.errors import DerivativeError, DiscoveryError

#: Fewest scattered samples from which noise and field can be told apart.
FEWEST_POINTS = 300

#: Fewest different values of a coordinate.
_FEWEST_VALUES = 24

#: Extent of samples across a line or a plane, as a share of that along it, that counts as none.
_FLAT = 1e-3

#: Distance from any place to the nearest sample, in lengths of the box, beyond which there is a hole: at least
#: that, and so many times what is expected of places that are drawn.
_FAR, _TIMES = 0.1, 2.0

#: Distance of scattered samples along an axis, over that on a grid of as many samples with as many along
#: each axis. It sets the least reach of test functions: the fewer samples they hold, the more of what they
#: integrate is from the picture, which lacks fine detail.
_CLOSER = 0.75

#: Share of a period that samples cover, at least, for it to count.
_COVERED = 0.9


def scattered_source(ds: xr.Dataset, fields: Sequence[str], dims: Sequence[str], rng: np.random.Generator) -> Scattered:
    """Read scattered samples of the fields of one run.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields over ``point``; a variable ``<field>_sd`` gives their noise where it is known.
    fields, dims : sequence of str
        Names of the fields and of the coordinates.
    rng : numpy.random.Generator
        Draws the noise under which the picture's finest detail is sought.

    Returns
    -------
    Scattered
        Of the samples of which all fields are there, each once.

    Raises
    ------
    DiscoveryError
        If the samples are too few, lie on a line or a plane, leave a hole, or a coordinate or
        field is not finite.
    """
    points = _checked(ds, fields)
    there = np.all([np.isfinite(one.values) for one in points], axis=0)
    if not there.any():
        raise DiscoveryError(f"At no point are all of {', '.join(fields)} known; leave a field out with ds.drop_vars.")
    ds = ds.isel(point=_distinct(points, there))
    points = _checked(ds, fields)
    places = list(points[0].coordinates)
    _check_places(dims, places)
    periods = [
        period if period and float(np.ptp(place)) > _COVERED * period else None
        for place, period in zip(places, points[0].periods, strict=True)
    ]
    places = [
        place if period is None else place.min() + np.mod(place - place.min(), period)
        for place, period in zip(places, periods, strict=True)
    ]
    frame = Frame.about(dims, places, periods)
    return _source(ds, points, places, frame, rng)


def _source(
    ds: xr.Dataset, points: Sequence[Points], places: Sequence[Float], frame: Frame, rng: np.random.Generator
) -> Scattered:
    low = [float(axis.points[0]) for axis in frame.axes]
    high = [float(axis.points[0] + axis.period if axis.period else axis.points[-1]) for axis in frame.axes]
    shares = shares_of(places, low, high)
    _check_holes(frame, places, low, high)
    pictures, smooth, noises, fields, variances = [], [], [], [], []
    for one in points:
        nodes, uncertain = picture_of(ds, one.field, frame)
        picture, mine = frame.at_fine(nodes), frame.at_samples(nodes, places)
        lacking = one.values - mine
        noise = noise_of(lacking, places, frame, nodes) if one.sd is None else one.sd**2
        # Without the sample itself the picture would be farther from it.
        without = one.values - lacking * (1.0 + frame.at_samples(uncertain, places) / np.maximum(noise, 1e-300))
        level = float(np.mean(noise)) * picture.size / len(shares)
        pictures.append(picture)
        smooth.append(without)
        noises.append(noise)
        fields.append(picture + np.sqrt(level) * rng.standard_normal(picture.shape))
        variances.append(level)
    samples = Samples(tuple(places), shares, [one.values for one in points], smooth, noises)
    spacings = _CLOSER * np.subtract(high, low) / len(shares) ** (1.0 / len(places))
    return Scattered(frame.fine, fields, variances, pictures, samples, spacings=spacings.tolist())


def _checked(ds: xr.Dataset, fields: Sequence[str]) -> list[Points]:
    for field in fields:
        if np.iscomplexobj(ds[field].data):
            raise DiscoveryError(f"{field!r} is complex; split it into {field}_re and {field}_im.")
    try:
        return [points_of(ds, field) for field in fields]
    except DerivativeError as error:
        raise DiscoveryError(f"The weak form cannot use the samples. {error}") from error


def _distinct(points: Sequence[Points], there: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Indices:
    """Return which samples to keep, in an order of their own: copies in all numbers say nothing new."""
    table = np.column_stack([*points[0].coordinates, *(one.values for one in points)])
    rows = np.flatnonzero(there)
    _, first = np.unique(table[rows], axis=0, return_index=True)
    return rows[first]


def _check_places(dims: Sequence[str], places: Sequence[Float]) -> None:
    size = len(places[0])
    if size < FEWEST_POINTS:
        raise DiscoveryError(
            f"The weak form needs at least {FEWEST_POINTS} scattered samples; there are {size} different ones. "
            "Measure at more points."
        )
    for dim, place in zip(dims, places, strict=True):
        count = len(np.unique(place))
        if count < _FEWEST_VALUES:
            raise DiscoveryError(
                f"The samples have {count} different values of {dim!r}; the weak form needs at least {_FEWEST_VALUES} "
                "to integrate along it. Measure at more places, or put the samples on a grid."
            )
    standard = np.column_stack([(place - place.mean()) / np.std(place) for place in places])
    extents = np.linalg.svd(standard, compute_uv=False)
    if extents[-1] < _FLAT * extents[0]:
        what = "a line" if len(dims) == 2 else "a plane or a line"
        raise DiscoveryError(
            f"All samples lie on {what} in the space of {', '.join(dims)}: what changes along it cannot be told from "
            "what changes across it. Measure at points that fill an area."
        )


def _check_holes(frame: Frame, places: Sequence[Float], low: Sequence[float], high: Sequence[float]) -> None:
    from scipy.spatial import cKDTree

    span = np.subtract(high, low)
    periodic = np.array([axis.period is not None for axis in frame.axes])
    standard = (np.column_stack(list(places)) - low) / span
    nodes = np.stack(np.meshgrid(*(axis.points for axis in frame.axes), indexing="ij"), axis=-1)
    nodes = (nodes.reshape(-1, len(span)) - low) / span
    # A coordinate without a period has the size 0 for the tree.
    wrapped = np.where(periodic, np.mod(standard, 1.0), standard)
    away, _ = cKDTree(wrapped, boxsize=np.where(periodic, 1.0, 0.0)).query(nodes)
    size = len(standard)
    allowed = max(_FAR, _TIMES * float(np.log(size) / size) ** (1.0 / len(span)))
    worst = int(np.argmax(away))
    if away[worst] > allowed:
        where = ", ".join(
            f"{axis.name} = {low[index] + span[index] * nodes[worst, index]:.3g}"
            for index, axis in enumerate(frame.axes)
        )
        raise DiscoveryError(
            f"The samples leave a hole about {where}; the weak form integrates over the whole box of coordinates. "
            f"Select a box that they fill, as ds.isel(point=(ds.{frame.axes[-1].name} > ...).to_numpy()), or measure "
            "there."
        )
