"""What DeepXDE's conditions give at their points: values, normals, and the points themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.block import Float
from physforge.pinn.deepxde.geometry import Domain
from physforge.pinn.deepxde.regions import Chosen
from physforge.pinn.deepxde.surroundings import double_precision, geometry_code
from physforge.pinn.jets import Jets, Order
from physforge.pinn.regions import ValuesAt

#: Points at which a function is tried before training.
TRIAL = 8

#: Jets, and the components of normals, to the derivative along the normals, of shape (points,).
Slope: TypeAlias = Callable[[Jets, Tensor], Tensor]


def chosen(condition: Any, name: str, domain: Domain, values: ValuesAt) -> Chosen:
    """Return where a condition holds, with what is given there.

    Parameters
    ----------
    condition : deepxde.icbc.BC or deepxde.icbc.IC
        The condition.
    name : str
        For messages.
    domain : Domain
        Of the problem.
    values : callable
        What is given at points, in DeepXDE's order of coordinates.

    Returns
    -------
    Chosen
        Which has points.

    Raises
    ------
    PinnError
        If it has none, or a value is not finite.
    """
    import deepxde

    return tried(Chosen(domain, condition.filter, isinstance(condition, deepxde.icbc.IC), name, values))


def tried(region: Chosen) -> Chosen:
    """Refuse a region without points, and values that are not numbers.

    Parameters
    ----------
    region : Chosen
        To be tried.

    Returns
    -------
    Chosen
        That region, or one of given points (see `Chosen.checked`).

    Raises
    ------
    PinnError
        If it has no points, or a value is not finite.
    """
    region = region.checked()
    refuse_nan(region.sample(TRIAL, np.random.default_rng(0)).values, region.label)
    return region


def refuse_nan(values: Float, name: str) -> None:
    """Refuse values that are not finite.

    Parameters
    ----------
    values : numpy.ndarray
        Of any shape.
    name : str
        Of their condition.

    Raises
    ------
    PinnError
        If one is not finite.
    """
    bad = ~np.isfinite(values)
    if bad.any():
        raise PinnError(f"{int(bad.sum())} of the {values.size} values of {name} are NaN or infinite; correct them.")


def column(function: Callable[[Float], Any], places: Float, name: str) -> Float:
    """Call a function of points that returns (points, 1), or a number.

    Parameters
    ----------
    function : callable
        The caller's.
    places : numpy.ndarray
        In DeepXDE's order of coordinates, of shape (points, coordinates).
    name : str
        Of the condition.

    Returns
    -------
    numpy.ndarray
        Of shape (points,).

    Raises
    ------
    PinnError
        If it raises, or returns something of another shape.
    """
    with double_precision():
        try:
            result = function(places)
        except Exception as error:
            raise PinnError(f"The function of {name} raises {type(error).__name__}: {error}.") from error
    array = np.asarray(result.detach().cpu() if isinstance(result, Tensor) else result, dtype=np.float64)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape not in ((), (len(places),)):
        raise PinnError(
            f"The function of {name} returns the shape {array.shape} for {len(places)} points; it should return "
            f"({len(places)}, 1)."
        )
    return np.broadcast_to(array, len(places)).copy()


def original(function: Any) -> Callable[[Float], Any]:
    """Return the caller's function, which DeepXDE has wrapped twice: to cache it, and to make tensors.

    Parameters
    ----------
    function : callable
        The attribute ``func`` of a condition.

    Returns
    -------
    callable
        As the caller gave it.
    """
    found: Callable[[Float], Any] = function.__wrapped__.__wrapped__
    return found


def points_of(condition: Any, domain: Domain) -> Float:
    """Return the points of a PointSetBC or PointSetOperatorBC.

    Parameters
    ----------
    condition : deepxde.icbc.PointSetBC or deepxde.icbc.PointSetOperatorBC
        The condition.
    domain : Domain
        Of the problem.

    Returns
    -------
    numpy.ndarray
        In DeepXDE's order of coordinates, of shape (points, coordinates).

    Raises
    ------
    PinnError
        If they have another number of coordinates.
    """
    places = np.asarray(condition.points, dtype=np.float64)
    if places.ndim != 2 or places.shape[1] != len(domain.box):
        raise PinnError(f"A set of points has the shape {places.shape}; it should have {len(domain.box)} columns.")
    return places


def normals(condition: Any, places: Float) -> Float:
    """Return the outward normals at points of the boundary.

    Parameters
    ----------
    condition : deepxde.icbc.BC
        With a geometry that knows them.
    places : numpy.ndarray
        In DeepXDE's order of coordinates, of shape (points, coordinates).

    Returns
    -------
    numpy.ndarray
        Of shape (coordinates, points).
    """
    with geometry_code():
        return np.asarray(condition.geom.boundary_normal(places), dtype=np.float64).T


def normal_derivative(index: int, domain: Domain) -> tuple[tuple[Order, ...], Slope]:
    """Return the derivative along normals.

    Parameters
    ----------
    index : int
        Of the output.
    domain : Domain
        Of the problem.

    Returns
    -------
    orders : tuple of Order
        That it reads.
    slope : callable
        Gives it; normals have their components in DeepXDE's order of coordinates.
    """
    count = len(domain.box)
    firsts = [tuple(int(one == domain.permutation[axis]) for one in range(count)) for axis in range(count)]

    def slope(jets: Jets, components: Tensor) -> Tensor:
        total = jets[firsts[0]][index] * components[0]
        for axis in range(1, count):
            total = total + jets[firsts[axis]][index] * components[axis]
        return total

    return tuple(firsts), slope
