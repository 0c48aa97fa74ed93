"""Simulate a law beside data again and again, thinned so that each time takes less than a second."""

from __future__ import annotations

from dataclasses import dataclass
from time import thread_time

import numpy as np
import xarray as xr

from physforge.datasets.conventions import SPACE, TIME, field_names
from physforge.derivatives import differentiate
from physforge.equations import System, derivative_name, split_derivative
from physforge.errors import PhysForgeError
from physforge.simulation import simulate

#: Aim at so many samples along each dim of space, by their number, and in time.
_SPACE = {1: 128, 2: 32, 3: 16}
_TIMES = 101

#: A simulation that computes longer, in seconds, is followed by one of half the time span.
_PATIENCE_S = 0.35

#: A time span is not halved any more once it has less samples.
_FEWEST_TIMES = 12

#: A picture needs no more digits.
_RTOL = 1e-3


@dataclass(frozen=True)
class Rerun:
    """A simulation beside the data.

    Parameters
    ----------
    measured : xarray.Dataset
        The data, thinned.
    simulated : xarray.Dataset or None
        On the same samples; None if the law cannot be simulated.
    words : str
        How far they are apart, or why there is nothing.
    """

    measured: xr.Dataset
    simulated: xr.Dataset | None
    words: str


class Recalculation:
    """Simulates laws from the first state of data.

    Parameters
    ----------
    ds : xarray.Dataset
        With dims ``t`` and up to three of space.
    system : System
        The law found; its targets say which state is needed.
    """

    def __init__(self, ds: xr.Dataset, system: System) -> None:
        self._measured = thinned(ds)
        self._start = _start(self._measured, system)
        self._shortened = ""

    @property
    def measured(self) -> xr.Dataset:
        """The data, thinned."""
        return self._measured

    def run(self, system: System) -> Rerun:
        """Simulate a law.

        Parameters
        ----------
        system : System
            With the targets of the first one.

        Returns
        -------
        Rerun
            Also where the law cannot be simulated; then the words say why.
        """
        began = thread_time()
        try:
            simulated = simulate(system, self._start, t=self._measured[TIME], rtol=_RTOL)
        except PhysForgeError as error:
            return Rerun(self._measured, None, str(error))
        rerun = Rerun(self._measured, simulated, _words(self._measured, simulated) + self._shortened)
        if thread_time() - began > _PATIENCE_S and self._measured.sizes[TIME] >= _FEWEST_TIMES:
            self._shorten()
        return rerun

    def _shorten(self) -> None:
        # Fewer places would be no faster, as a finer grid is chosen inside, and would spoil the first state.
        self._measured = self._measured.isel({TIME: slice(0, self._measured.sizes[TIME] // 2)})
        last = float(self._measured[TIME][-1])
        self._shortened = f" Only up to {TIME} = {last:.4g}, so that it answers at once."


def thinned(ds: xr.Dataset) -> xr.Dataset:
    """Take so few samples of data that a law is simulated at once.

    Parameters
    ----------
    ds : xarray.Dataset
        On a grid.

    Returns
    -------
    xarray.Dataset
        Every n-th sample, for an n that divides the number along a dim of space, so that what is periodic stays
        so.
    """
    space = [dim for dim in SPACE if dim in ds.dims]
    steps = {dim: _divisor(ds.sizes[dim], _SPACE[len(space)]) for dim in space}
    if space and TIME in ds.dims:
        steps[TIME] = max(1, ds.sizes[TIME] // _TIMES)
    return ds.isel({dim: slice(None, None, step) for dim, step in steps.items()}).load()


def _divisor(size: int, aim: int) -> int:
    """Return the largest step that leaves no fewer samples than half of `aim`, nor more than needed."""
    steps = [step for step in range(1, size + 1) if size % step == 0]
    enough = [step for step in steps if size // step >= aim]
    return max(enough, default=1)


def _start(ds: xr.Dataset, system: System) -> xr.Dataset:
    """Estimate the first state from the series: a single sample is as noisy as the data."""
    fields = field_names(ds)
    targets = [split_derivative(target, fields) for target in system.targets]
    lower = [derivative_name(field, axes[:order]) for field, axes in targets for order in range(1, len(axes))]
    first = ds.isel({TIME: 0})
    try:
        smooth = differentiate(ds, [*fields, *lower]).isel({TIME: 0})
    except PhysForgeError:
        return first
    return first.assign({name: smooth[name] for name in [*fields, *lower]})


def _words(measured: xr.Dataset, simulated: xr.Dataset) -> str:
    shares = []
    for name in field_names(measured):
        if name not in simulated:
            continue
        difference = simulated[name].transpose(*measured[name].dims) - measured[name].values
        spread = float(measured[name].std()) or 1.0
        share = float(np.sqrt(np.nanmean(difference.values**2))) / spread
        shares.append(f"{share:.1%} for {name}" if np.isfinite(share) else f"nothing finite for {name}")
    status = simulated.attrs.get("status", "ok")
    ending = "" if status == "ok" else f" The simulation {status}."
    return (
        f"Root mean square of simulation - data, as a share of the field's spread: {', '.join(shares)}.{ending}"
        if shares
        else f"The simulation has none of the fields of the data.{ending}"
    )
