"""An inverse problem: a law with unknown parameters, and measurements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy

import numpy as np
import xarray as xr
from torch import Tensor

from physforge.equations import Equation, System
from physforge.equations.arithmetic import number
from physforge.equations.parser import Parameter
from physforge.errors import PinnError
from physforge.pinn.block import Block, Float, Points
from physforge.pinn.conditions import Condition, Data
from physforge.pinn.inverse.measurements import Measurements, read_measurements
from physforge.pinn.jets import Jets
from physforge.pinn.lifting import Lifting, Part
from physforge.pinn.problem import Problem
from physforge.pinn.regions import GivenPoints

#: Samples for each unknown parameter, below which nothing can be said of the noise.
_LEAST_SAMPLES = 10


def state_inverse_problem(
    law: Equation | System | str | Iterable[str | Equation],
    ds: xr.Dataset,
    unknown: Mapping[str, float],
    *,
    conditions: Sequence[Condition] = (),
    parameters: Mapping[str, Parameter] | None = None,
    domain: Mapping[str, tuple[float, float]] | None = None,
    fields: Iterable[str] | None = None,
) -> tuple[Problem, dict[int, Measurements]]:
    """State a law and measurements as a problem for training.

    Parameters
    ----------
    law : Equation, System, str, or iterable of these
        With the names in `unknown` as free parameters.
    ds : xarray.Dataset
        Measured fields, on a grid or scattered.
    unknown : mapping of str to float
        Parameters to find, with values to start from.
    conditions : sequence of Condition, default ()
        What is known besides.
    parameters : mapping of str to float or CoordinateFunction, optional
        Of the law, known.
    domain : mapping of str to (float, float), optional
        Where the law holds; the default is the extent of the samples.
    fields : iterable of str, optional
        Names of all fields.

    Returns
    -------
    problem : Problem
        One block of data for each observed field stands last.
    samples : dict of int to Measurements
        By number of block.

    Raises
    ------
    PinnError
        If nothing is unknown, or the problem or the data cannot be used.
    """
    if not unknown:
        raise PinnError("Nothing is unknown: name the parameters to find, with values to start from, in unknown=.")
    extent = dict(domain) if domain is not None else _extent(ds)
    stated = [*conditions, Data(ds, skip_missing=True)]
    problem = Problem(law, domain=extent, conditions=stated, parameters=parameters, unknown=unknown, fields=fields)
    measured = read_measurements(ds, problem.fields, problem.coordinates)
    count = sum(len(one) for one in measured)
    if count < _LEAST_SAMPLES * len(unknown):
        raise PinnError(f"{count} samples are too few to find {len(unknown)} parameters and their noise; measure more.")
    return _with_samples(problem, measured)


def _with_samples(problem: Problem, measured: Sequence[Measurements]) -> tuple[Problem, dict[int, Measurements]]:
    # The samples were stated last, all fields in one block; their noises differ, so each gets its own.
    others = problem.blocks[:-1]
    made = copy(problem)
    made.blocks = (*others, *(_block(one, problem) for one in measured))
    if made.ansatz is None:
        made.ansatz = _rescaled(problem, measured)
    return made, {len(others) + number: one for number, one in enumerate(measured)}


def _block(samples: Measurements, problem: Problem) -> Block:
    field = problem.fields.index(samples.field)
    value = (0,) * len(problem.coordinates)

    def residual(
        jets: Sequence[Jets], _places: Sequence[Tensor], _parameters: Mapping[str, Tensor], values: Tensor
    ) -> Tensor:
        return jets[0][value][field : field + 1] - values

    region = GivenPoints(Points((samples.places,), samples.values[None]))
    return Block(f"data {samples.field}", "data", region, ((value,),), residual)


def _rescaled(problem: Problem, measured: Sequence[Measurements]) -> Lifting:
    """Give the network's outputs the size and the middle of what was measured."""
    values: dict[str, Float] = {one.field: one.values for one in measured}
    parts = []
    for name in problem.fields:
        middle = float(np.median(values[name])) if name in values else 0.0
        size = float(np.std(values[name])) or 1.0 if name in values else 1.0
        parts.append(Part(number(middle), number(size)))
    return Lifting(problem.coordinates, problem.box, parts)


def _extent(ds: xr.Dataset) -> dict[str, tuple[float, float]]:
    names = [name for name in ("t", "x", "y", "z") if name in ds.coords and ds[name].ndim == 1]
    return {name: (float(ds[name].min()), float(ds[name].max())) for name in names}
