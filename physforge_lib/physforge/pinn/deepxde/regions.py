"""The points of laws and conditions in DeepXDE's geometries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from physforge.errors import PinnError
from physforge.pinn.block import Float, Points, Region
from physforge.pinn.deepxde.geometry import MOST, Domain
from physforge.pinn.deepxde.surroundings import geometry_code
from physforge.pinn.regions import ValuesAt, no_values

_How: TypeAlias = Literal["sobol", "uniform"]


@dataclass(frozen=True, eq=False)
class Inside(Region):
    """The points inside of a domain.

    Parameters
    ----------
    domain : Domain
        In space, or space and time.
    anchors : numpy.ndarray
        Points that are always among them, in DeepXDE's order of coordinates; they make up at
        most half of a sample.
    values : callable, default `no_values`
        What is given at points, in DeepXDE's order of coordinates.
    """

    domain: Domain
    anchors: Float
    values: ValuesAt = no_values

    def sample(self, count: int, generator: np.random.Generator, how: _How = "sobol") -> Points:
        """Draw points (see `Region.sample`)."""
        anchors = self.anchors[: count // 2]
        places = np.concatenate([anchors, self.domain.inside(count - len(anchors), generator, how)])
        return Points((self.domain.ours(places),), self.values(places))


@dataclass(frozen=True, eq=False)
class Chosen(Region):
    """The points of the boundary, or of the first time, that a condition chooses.

    Parameters
    ----------
    domain : Domain
        In space, or space and time.
    choose : callable
        Takes points in DeepXDE's order of coordinates, and returns those where the condition holds.
    initial : bool
        Whether candidates are of the first time, or of the boundary in space.
    label : str
        The condition, for messages.
    values : callable, default `no_values`
        What is given at points, in DeepXDE's order of coordinates.
    partner : callable or None, default None
        Gives the points that the condition joins with those, where it does.
    given : numpy.ndarray or None, default None
        The only points where the condition holds, where that is known.
    """

    domain: Domain
    choose: Callable[[Float], Float]
    initial: bool
    label: str
    values: ValuesAt = no_values
    partner: Callable[[Float], Float] | None = None
    given: Float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "fixed", self.given is not None or self.domain.boundary_is_finite)

    def checked(self) -> Chosen:
        """Return a region that has points: this one, or DeepXDE's own training points that the condition accepts.

        Raises
        ------
        PinnError
            If it accepts none of them either.
        """
        try:
            self.sample(1, np.random.default_rng(0))
        except PinnError:
            own = self._accepted(self.domain.points)
            if len(own):
                return replace(self, given=np.unique(own, axis=0))
            raise
        return self

    def sample(self, count: int, generator: np.random.Generator, how: _How = "sobol") -> Points:
        """Draw points (see `Region.sample`)."""
        places = self._chosen(1 if self.fixed else count, generator, how)
        both = (places,) if self.partner is None else (places, self.partner(places))
        return Points(tuple(self.domain.ours(one) for one in both), self.values(places))

    def _chosen(self, count: int, generator: np.random.Generator, how: _How) -> Float:
        drawn = max(count, 8)
        while True:
            places = self._candidates(drawn, generator, how)
            kept = self._accepted(places)
            if self.fixed and len(kept):
                return np.unique(kept, axis=0)
            if len(kept) >= count:
                return kept[:count]
            if drawn > MOST * max(count, 8) or self.fixed:
                raise PinnError(
                    f"{self.label} holds nowhere: none of {drawn} points that were tried is accepted by its function "
                    "on_boundary or on_initial."
                )
            drawn *= 4

    def _accepted(self, places: Float) -> Float:
        with geometry_code():
            return np.asarray(self.choose(places), dtype=np.float64)

    def _candidates(self, count: int, generator: np.random.Generator, how: _How) -> Float:
        if self.given is not None:
            return self.given
        if self.fixed:
            return self.domain.box.T.copy()
        if self.initial:
            return self.domain.inside(count, generator, how, initial=True)
        places = self.domain.boundary(count, generator, how)
        if len(self.domain.box) > self.domain.space.dim:
            # A condition may choose points of the first time too, as one on a velocity does.
            first = self.domain.inside(len(places), generator, how, initial=True)
            places = np.stack([places, first], axis=1).reshape(-1, len(self.domain.box))
        return places
