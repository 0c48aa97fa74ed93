"""Factors that are known at every sample: functions of coordinates and of parameters of a run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from physforge.derivatives.axis import Axis, Float
from physforge.discovery.weak.smooth_functions import refuse_noise
from physforge.discovery.weak.source import Source
from physforge.discovery.weak.terms import Menu
from physforge.equations.arithmetic import collect
from physforge.equations.expression import Coefficient, Expression, Symbol, atoms_of
from physforge.equations.text import atom_name, expression_text
from physforge.errors import DiscoveryError, LibraryError
from physforge.features import Basis
from physforge.features.columns import Columns

#: Share of a factor's size by which it may differ at the two ends of a period.
_SEAM = 1e-6


@dataclass(frozen=True, eq=False)
class Weight:
    """One factor, in one run.

    Parameters
    ----------
    expression : Expression
        In coordinates, parameters and functions of bases.
    axes : tuple of str
        Names of the coordinates.
    parameters : mapping of str to float
        Of the run.
    bases : mapping of str to Basis
        By coordinate or parameter, with their domains and periods.
    """

    expression: Expression
    axes: tuple[str, ...]
    parameters: Mapping[str, float]
    bases: Mapping[str, Basis]

    @property
    def arguments(self) -> list[str]:
        """Coordinates and parameters that it depends on."""
        found = [one.argument if isinstance(one, Coefficient) else one.name for one in self._atoms]
        return list(dict.fromkeys(found))

    @property
    def _atoms(self) -> list[Symbol | Coefficient]:
        return [one for one in atoms_of(self.expression) if isinstance(one, Symbol | Coefficient)]

    def at(self, places: Sequence[Float]) -> Float:
        """Evaluate the factor.

        Parameters
        ----------
        places : sequence of numpy.ndarray
            Coordinates in the order of `axes`, of shapes that broadcast.

        Returns
        -------
        numpy.ndarray
            Of the shape to which the coordinates that occur broadcast; others are of length 1.

        Raises
        ------
        DiscoveryError
            If it is not finite somewhere.
        """
        used = {name: place for name, place in zip(self.axes, places, strict=True) if name in self.arguments}
        given = np.broadcast_arrays(*used.values(), np.zeros((1,) * max(np.ndim(one) for one in places)))[:-1]
        shape = given[0].shape if given else (1,) * max(np.ndim(one) for one in places)
        size = math.prod(shape)
        values = {name: np.ravel(one) for name, one in zip(used, given, strict=True)}
        values |= {name: np.full(size, value) for name, value in self.parameters.items() if name in self.arguments}
        for one in self._atoms:
            if isinstance(one, Coefficient):
                values[atom_name(one)] = self._of_basis(one, values[one.argument])
        with np.errstate(all="ignore"):
            result = Columns(values, size).total(self.expression, np.empty(size)).reshape(shape)
        if not np.isfinite(result).all():
            raise DiscoveryError(
                f"The coefficient {expression_text(self.expression)} is not finite at some samples; select a part of "
                "the data where it is."
            )
        return result

    def _of_basis(self, factor: Coefficient, points: Float) -> Float:
        basis = self.bases.get(factor.argument)
        number = None if basis is None else basis.number_of(f"{factor.name}({factor.argument})", factor.argument)
        if basis is None or number is None:
            raise LibraryError(f"The coefficient {factor.name}({factor.argument}) belongs to no basis; use varying=.")
        return basis.evaluate(number, points, factor.order)


def with_factors(source: Source, run: xr.Dataset, menu: Menu) -> Source:
    """Give a source the factors that columns take beside the powers of fields.

    Parameters
    ----------
    source : Source
        The fields.
    run : xarray.Dataset
        With the parameters of the run: coordinates without dims, or numbers among the attributes.
    menu : Menu
        With the factors.

    Returns
    -------
    Source
        Where a factor does not repeat with the period of an axis, that axis is taken as one with
        ends: test functions do not reach over its seam then.

    Raises
    ------
    DiscoveryError
        If a factor names something that the run does not have, or the noise is too large for a
        function.
    """
    if not menu.weights and not menu.functions:
        return source
    names = tuple(axis.name for axis in source.axes)
    refuse_noise(source, menu.functions)
    made = []
    for monomial in menu.weights:
        one = Weight(collect([(monomial, 1.0)]), names, {}, menu.library.varying)
        parameters = {name: _parameter(run, name) for name in one.arguments if name not in names}
        made.append(replace(one, parameters=parameters))
    axes = [_without_seam(index, source.axes, made) for index in range(len(names))]
    return replace(source, axes=axes, weights=tuple(made), functions=menu.functions)


def _parameter(run: xr.Dataset, name: str) -> float:
    value = run[name].item() if name in run.coords and not run[name].ndim else run.attrs.get(name)
    if isinstance(value, int | float | np.number) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    known = ", ".join(dict.fromkeys([*map(str, run.coords), *_numbers(run)]))
    raise DiscoveryError(
        f"A term contains {name!r}, which is no field, no coordinate and no number that belongs to the run; there are "
        f"{known}. Give each run its value with ds.assign_coords({name}=...)."
    )


def _numbers(run: xr.Dataset) -> list[str]:
    return [str(name) for name, value in run.attrs.items() if isinstance(value, int | float | np.number)]


def _without_seam(index: int, axes: Sequence[Axis], weights: Sequence[Weight]) -> Axis:
    axis = axes[index]
    if axis.period is None:
        return axis
    for one in weights:
        if axis.name not in one.arguments:
            continue
        places = [np.reshape(a.points, [-1 if n == m else 1 for m in range(len(axes))]) for n, a in enumerate(axes)]
        here = one.at(places)
        places[index] = places[index] + axis.period
        if np.max(np.abs(one.at(places) - here)) > _SEAM * np.max(np.abs(here)):
            return Axis(axis.name, axis.points, None)
    return axis
