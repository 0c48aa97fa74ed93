"""What a row about accuracy states: a problem in both ways of writing, and its solution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reference:
    """A solution at fixed points; it scores a network, and chooses nothing.

    Parameters
    ----------
    points : mapping of str to numpy.ndarray
        Coordinates by name, in the order in which DeepXDE has them, each of shape (points,).
    fields : mapping of str to numpy.ndarray
        Exact values by field, of shape (points,). NaN where nothing is known.
    together : bool, default False
        Whether the fields are scored as one vector; else the worst of them counts.
    """

    points: Mapping[str, Float]
    fields: Mapping[str, Float]
    together: bool = False

    def errors(self, found: Mapping[str, Float]) -> dict[str, float]:
        """Return the relative L2 error of every field, and as ``""`` the one that counts."""
        parts = {name: self._parts(name, found[name]) for name in self.fields}
        answers = {name: missed / size for name, (missed, size) in parts.items()}
        joint = float(np.divide(*(np.linalg.norm([part[index] for part in parts.values()]) for index in (0, 1))))
        # A field that is not a number is the worst, which max would overlook.
        worst = max(answers.values(), key=lambda error: np.inf if np.isnan(error) else error)
        return {"": joint if self.together else worst, **answers}

    def _parts(self, name: str, found: Float) -> tuple[float, float]:
        exact = self.fields[name]
        known = np.isfinite(exact)
        missed = np.asarray(found, dtype=np.float64).ravel()[known] - exact[known]
        return float(np.linalg.norm(missed)), float(np.linalg.norm(exact[known]))


@dataclass(frozen=True, eq=False)
class Peer:
    """A problem as DeepXDE's documentation would write it.

    Parameters
    ----------
    data : object
        ``deepxde.data.PDE`` or ``TimePDE``.
    layers : tuple of int
        Of the network, both ends included.
    transform : callable, optional
        ``transform(inputs, outputs)``: conditions that hold by construction.
    features : callable, optional
        Makes the network's inputs of the coordinates.
    weights : tuple of float, optional
        Of the losses, in DeepXDE's order.
    """

    data: Any
    layers: tuple[int, ...]
    transform: Callable[[Any, Any], Any] | None = None
    features: Callable[[Any], Any] | None = None
    weights: tuple[float, ...] | None = None


@dataclass(frozen=True, eq=False)
class Statement:
    """A row about accuracy.

    Parameters
    ----------
    name, title : str
        For ``--case``, and for the table.
    required, stretch : float
        Relative L2 errors to reach; of several fields the worst counts.
    budget_s : float
        CPU seconds for either.
    problem : callable
        Returns our statement, a `physforge.pinn.Problem`.
    peer : callable
        Given DeepXDE and the tuned settings: its statement.
    reference : callable
        Returns the solution.
    choices : tuple of mapping
        Settings that tuning tries one after the other, each added to the best so far.
    """

    name: str
    title: str
    required: float
    stretch: float
    budget_s: float
    problem: Callable[[], Any]
    peer: Callable[[Any, Mapping[str, Any]], Peer]
    reference: Callable[[], Reference]
    choices: tuple[Mapping[str, Any], ...] = ()


def mesh(**axes: Float) -> dict[str, Float]:
    """Return the points of a grid, each coordinate flat."""
    grids = np.meshgrid(*axes.values(), indexing="ij")
    return {name: grid.ravel() for name, grid in zip(axes, grids, strict=True)}
