"""DeepXDE's geometries as regions of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from physforge.errors import PinnError
from physforge.pinn.block import Float
from physforge.pinn.deepxde.surroundings import geometry_code, seeded
from physforge.pinn.regions import Slice, unit_points

_How: TypeAlias = Literal["sobol", "uniform"]

#: Candidates that are drawn for a point that is wanted, before a condition counts as holding nowhere.
MOST = 512


@dataclass(frozen=True, eq=False)
class Domain:
    """A DeepXDE geometry, in space or in space and time.

    Parameters
    ----------
    geometry : deepxde.geometry.Geometry
        That of the problem.
    space : deepxde.geometry.Geometry or None
        Its part in space; None for an interval of time.
    box : numpy.ndarray
        Lowest and highest value of each coordinate, in DeepXDE's order, of shape (coordinates, 2).
    permutation : tuple of int
        DeepXDE's coordinate k is the problem's coordinate ``permutation[k]``.
    coordinates : tuple of str
        The problem's, time first.
    points : numpy.ndarray
        DeepXDE's own training points, for conditions that hold at none of the points that are
        drawn here; in its order of coordinates.
    """

    geometry: Any
    space: Any
    box: Float
    permutation: tuple[int, ...]
    coordinates: tuple[str, ...]
    points: Float

    @classmethod
    def of(cls, geometry: Any, points: Float) -> Domain:
        """Look at a geometry.

        Parameters
        ----------
        geometry : deepxde.geometry.Geometry
            Of one to three dimensions in space, with or without time.
        points : numpy.ndarray
            DeepXDE's own training points.

        Returns
        -------
        Domain
            Of it.

        Raises
        ------
        PinnError
            If it has more dimensions.
        """
        import deepxde

        if isinstance(geometry, deepxde.geometry.TimeDomain):
            return cls(geometry, None, np.array([[geometry.t0, geometry.t1]], dtype=np.float64), (0,), ("t",), points)
        timed = isinstance(geometry, deepxde.geometry.GeometryXTime)
        space = geometry.geometry if timed else geometry
        if space.dim > 3:
            raise PinnError(f"The geometry has {space.dim} dimensions in space; at most 3 are supported.")
        box = _space_box(space)
        names = ("x", "y", "z")[: space.dim]
        if not timed:
            return cls(geometry, space, box, tuple(range(space.dim)), names, points)
        time = geometry.timedomain
        box = np.concatenate([box, [[time.t0, time.t1]]])
        return cls(geometry, space, box, (*range(1, space.dim + 1), 0), ("t", *names), points)

    @property
    def our_box(self) -> Float:
        """The box in the problem's order of coordinates, as it was written.

        DeepXDE keeps 0.1 as the nearest float32, and points are drawn between such numbers, or it
        would not find them to be on a boundary.
        """
        written = np.array([[_written(end) for end in ends] for ends in self.box])
        return written[np.argsort(self.permutation)]

    def ours(self, places: Float) -> Float:
        """Write places in the problem's order of coordinates."""
        return places[:, np.argsort(self.permutation)]

    def theirs(self, places: Float) -> Float:
        """Write places in DeepXDE's order of coordinates."""
        return places[:, list(self.permutation)]

    @property
    def is_box(self) -> bool:
        """Whether the part in space is a box with faces along the coordinates."""
        import deepxde

        return isinstance(self.space, deepxde.geometry.Interval | deepxde.geometry.Hypercube)

    def inside(self, count: int, generator: np.random.Generator, how: _How, initial: bool = False) -> Float:
        """Draw points inside, in DeepXDE's order of coordinates.

        Parameters
        ----------
        count : int
            How many.
        generator : numpy.random.Generator
            Draws them.
        how : {"sobol", "uniform"}
            Evenly spread, or independent.
        initial : bool, default False
            At the first time only.

        Returns
        -------
        numpy.ndarray
            Of shape (count, coordinates).
        """
        held = {len(self.box) - 1: float(self.box[-1, 0])} if initial else {}
        region = Slice(self.box, held)
        if self.space is None or self.is_box or region.fixed:
            return region.sample(count, generator, how).places[0]
        wanted = 2 * count
        while True:
            (places,) = region.sample(wanted, generator, how).places
            with geometry_code():
                kept: Float = places[np.asarray(self.space.inside(places[:, : self.space.dim]), dtype=bool)]
            if len(kept) >= count:
                return kept[:count]
            if wanted > MOST * max(count, 1):
                raise PinnError("No point of the geometry's bounding box lies inside of it: is it empty?")
            wanted *= 2

    def boundary(self, count: int, generator: np.random.Generator, how: _How) -> Float:
        """Draw points on the boundary in space, in DeepXDE's order of coordinates.

        Parameters
        ----------
        count : int
            About how many.
        generator : numpy.random.Generator
            Draws them.
        how : {"sobol", "uniform"}
            Evenly spread, or independent; only boxes know the difference.

        Returns
        -------
        numpy.ndarray
            Of shape (points, coordinates).
        """
        if self.space is None or self.is_box:
            axes = range(1 if self.space is None else self.space.dim)
            faces = [Slice(self.box, {axis: float(end)}) for axis in axes for end in self.box[axis]]
            parts = [face.sample(count, generator, how).places[0] for face in faces]
            # Point for point, so that the first ones are spread over all faces.
            return np.stack(parts, axis=1).reshape(-1, len(self.box))
        with geometry_code(), seeded(generator):
            places = np.asarray(self.space.random_boundary_points(count), dtype=np.float64)
        if len(self.box) == self.space.dim:
            return places
        low, high = self.box[-1]
        time = low + (high - low) * unit_points(len(places), 1, generator, how)
        return np.concatenate([places, time], axis=1)

    @property
    def boundary_is_finite(self) -> bool:
        """Whether the boundary is two points."""
        return len(self.box) == 1


def _space_box(space: Any) -> Float:
    import deepxde

    ends = ([space.l], [space.r]) if isinstance(space, deepxde.geometry.Interval) else space.bbox
    return np.stack(ends, axis=1).astype(np.float64)


def _written(value: float) -> float:
    single = np.float32(value)
    return float(str(single)) if single == value else float(value)
