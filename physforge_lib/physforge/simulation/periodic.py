"""Periodic partial differential equations in one dimension, with steps and grid chosen for the tolerance."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from physforge.datasets.conventions import is_uniform, period_of
from physforge.equations import split_derivative
from physforge.errors import SimulationError
from physforge.progress import track
from physforge.simulation.etdrk4 import ComplexArray, Etdrk4
from physforge.simulation.evolution import Evolution
from physforge.simulation.spectral import Interval, SpectralSystem
from physforge.simulation.trajectory import OK, FloatArray, Trajectory, diverged, stopped, unresolved

#: Steps after which an integration is given up.
MAX_STEPS = 50_000
#: Steps after which an integration is given up if it would need far more than `MAX_STEPS`.
PATIENCE = 1000
#: Internal grids are refined up to this many points, or four times the data's if that is more.
MAX_POINTS = 2048
#: Smallest internal grid.
MIN_POINTS = 64
#: A step this much shorter than the whole run means that the solution ceases to exist.
SHORTEST_STEP = 1e-12
#: Amplitude of the finest modes, relative to the largest, beyond which a run counts as unresolved.
UNRESOLVED = 1e-2
#: The Fourier transforms themselves are no more accurate than this.
_ROUND_OFF = 1e-13
#: Coefficients of so many step sizes are kept.
_CACHE = 16


def integrate_periodic(evolution: Evolution, start: xr.Dataset, times: FloatArray, *, rtol: float) -> Trajectory:
    """Integrate first-order laws on a periodic interval.

    Parameters
    ----------
    evolution : Evolution
        The laws.
    start : xarray.Dataset
        Initial fields on one uniform spatial dim.
    times : numpy.ndarray, shape (n,)
        Output times, the first being the initial one.
    rtol : float
        Relative tolerance. Steps are chosen so that the errors estimated from one step
        and two half steps add up to about ten times `rtol` at most, of which
        little survives in the result; the internal grid is refined when
        its finest modes rise above a tenth of `rtol`.

    Returns
    -------
    Trajectory
        Fields of shape (n, points).

    Raises
    ------
    SimulationError
        If the domain is not a uniform periodic interval.

    Notes
    -----
    The scheme is ETDRK4 [kassam2005]_.
    """
    dim = _spatial_dim(evolution, start)
    descending = bool(start[dim][0] > start[dim][-1])
    ordered = start.isel({dim: slice(None, None, -1)}) if descending else start
    interval, closed = _interval(ordered, dim)
    samples = np.array([ordered[name].to_numpy()[: interval.count] for name in evolution.orders])
    run = _Run.begin(evolution, interval, samples, times, rtol)
    rows = np.full((times.size, *samples.shape), np.nan)
    rows[0] = samples
    with np.errstate(all="ignore"):
        for index in track(range(1, times.size), "Simulating", total=times.size - 1):
            if not run.advance(float(times[index])):
                break
            rows[index] = run.samples(interval.count)
    if closed:
        rows = np.concatenate([rows, rows[..., :1]], axis=-1)
    rows = rows[..., ::-1] if descending else rows
    return Trajectory({name: rows[:, index] for index, name in enumerate(evolution.orders)}, run.status)


def _spatial_dim(evolution: Evolution, start: xr.Dataset) -> str:
    supported = "supported are first-order laws u_t = ... on one periodic dimension, and ODEs"
    if 2 in evolution.orders.values():
        raise SimulationError(f"PDEs of second order in time cannot be simulated; {supported}.")
    if len(start.dims) != 1:
        raise SimulationError(
            f"The equation has derivatives in space, the initial state the dims {list(start.dims)}; {supported}."
        )
    (dim,) = map(str, start.dims)
    axes = {axis for equation in evolution.system for axis in equation.coordinates} - {"t"}
    if axes - {dim} or dim not in start.coords:
        raise SimulationError(
            f"The equation needs the coordinate {', '.join(sorted(axes))} and the initial state has "
            f"{', '.join(map(str, start.coords)) or 'none'}; {supported}."
        )
    for name in evolution.spatial_derivatives:
        if set(split_derivative(name, evolution.orders)[1]) != {dim}:
            raise SimulationError(f"The right side holds {name!r}, a derivative in space and time; {supported}.")
    return dim


def _interval(start: xr.Dataset, dim: str) -> tuple[Interval, bool]:
    """Return the grid over one period, and whether the data repeat the first sample at the end."""
    x = start[dim].to_numpy().astype(np.float64)
    if x.size < 4 or not is_uniform(x):
        raise SimulationError(
            f"The grid along {dim!r} has {x.size} points or is not uniform; interpolate the data first."
        )
    period = period_of(start, dim)
    if period is None:
        raise SimulationError(
            f"The initial state is not periodic along {dim!r}, and only periodic domains are supported; if it is meant "
            f"to be, say so with ds[{dim!r}].attrs['period'] = ..."
        )
    span = float(x[-1] - x[0])
    points = period / (span / (x.size - 1))
    if abs(points - x.size) < 0.01:
        return Interval(dim, float(x[0]), period, x.size), False
    if abs(points - (x.size - 1)) < 0.01:
        return Interval(dim, float(x[0]), period, x.size - 1), True
    raise SimulationError(
        f"The grid along {dim!r} spans {span:g}, which is not one period of {period:g}; cut it to one."
    )


@dataclass
class _Run:
    """An integration under way."""

    evolution: Evolution
    system: SpectralSystem
    v: ComplexArray
    t: float
    end: float
    duration: float
    rtol: float
    max_points: int
    floor: FloatArray
    h: float
    status: str = OK
    steps: int = 0
    _prepared: dict[float, Etdrk4] = field(default_factory=dict)

    @classmethod
    def begin(
        cls, evolution: Evolution, interval: Interval, samples: FloatArray, times: FloatArray, rtol: float
    ) -> _Run:
        count = interval.count * max(2, -(-MIN_POINTS // interval.count))
        system = SpectralSystem(evolution, Interval(interval.dim, interval.origin, interval.period, count))
        v = _resampled(np.fft.rfft(samples, axis=-1), interval.count, system.interval)
        size = _size(v)
        floor = 1e-3 * max(float(size.max()), 1e-300) * np.ones_like(size)
        duration = float(times[-1] - times[0])
        limit = max(MAX_POINTS, 4 * interval.count)
        run = cls(evolution, system, v, float(times[0]), float(times[-1]), duration, rtol, limit, floor, duration)
        run._refine()
        return run

    def advance(self, until: float) -> bool:
        """Integrate to the time `until`; return whether it was reached."""
        while self.t < until and self.status == OK:
            h = self._fit(until - self.t)
            if h < SHORTEST_STEP * self.duration:
                self.status = diverged(self.t)
                break
            if self.steps >= MAX_STEPS or (self.steps >= PATIENCE and (self.end - self.t) / h > 10 * MAX_STEPS):
                self.status = stopped(self.t)
                break
            last = abs(until - self.t - h) <= 1e-9 * h
            if self._try(h):
                self.t = until if last else self.t + h
                self._refine()
        return self.status == OK

    def samples(self, count: int) -> FloatArray:
        """Return the fields on the data's grid, of which the internal grid is a refinement."""
        full = np.fft.irfft(self.v, self.system.interval.count, axis=-1)
        coarse: FloatArray = full[:, :: self.system.interval.count // count]
        return coarse

    def _fit(self, remaining: float) -> float:
        """Choose a step that divides what remains to the next output, if possible one already prepared."""
        for h in sorted(self._prepared, reverse=True):
            parts = remaining / h
            if 0.5 * self.h <= h <= self.h * (1 + 1e-9) and abs(parts - round(parts)) < 1e-11 * parts:
                return h
        return remaining / math.ceil(remaining / self.h * (1 - 1e-9))

    def _try(self, h: float) -> bool:
        """Take one step and two half steps; keep the latter if they agree with the former."""
        self.steps += 1
        nonlinear = self.system.nonlinear
        first = nonlinear(self.v, self.t)
        whole = self._stepper(h).step(self.v, self.t, nonlinear, first)
        half = self._stepper(h / 2)
        middle = half.step(self.v, self.t, nonlinear, first)
        fine = half.step(middle, self.t + h / 2, nonlinear)
        scale = np.maximum(_size(fine), self.floor)
        error = float((_size(fine - whole) / scale).max()) / 15.0
        allowed = max(self.rtol * max(10 * h / self.duration, 1e-3), _ROUND_OFF)
        if not np.isfinite(error):
            self.h = h / 8
            return False
        accepted = error <= allowed
        if accepted:
            self.v = fine
        ratio = (allowed / max(error, 1e-300)) ** 0.25
        self.h = h * float(np.clip(0.85 * ratio, 0.2, 4.0 if accepted else 0.9))
        return accepted

    def _stepper(self, h: float) -> Etdrk4:
        if h not in self._prepared:
            while len(self._prepared) >= _CACHE:
                del self._prepared[next(iter(self._prepared))]
            self._prepared[h] = Etdrk4.prepare(self.system.linear, h)
        return self._prepared[h]

    def _refine(self) -> None:
        """Double the internal grid while its finest modes are not small."""
        while True:
            interval = self.system.interval
            amplitude = np.abs(self.v).max(axis=0)
            tail = float(amplitude[-(amplitude.size // 8) :].max() / max(float(amplitude.max()), 1e-300))
            if tail <= 0.1 * self.rtol or not np.isfinite(tail):
                return
            if 2 * interval.count > self.max_points:
                if tail > UNRESOLVED:
                    # The floor is a thousandth of the initial size.
                    grown = float(_size(self.v).max()) > 30_000 * float(self.floor.max())
                    self.status = diverged(self.t) if grown else unresolved(self.t)
                return
            finer = Interval(interval.dim, interval.origin, interval.period, 2 * interval.count)
            self.system = SpectralSystem(self.evolution, finer)
            self.v = _resampled(self.v, interval.count, finer)
            self._prepared.clear()


def _resampled(v: ComplexArray, count: int, finer: Interval) -> ComplexArray:
    """Carry real transforms of `count` samples over to a finer grid."""
    result = np.zeros((v.shape[0], finer.kept()), dtype=np.complex128)
    result[:, : v.shape[1]] = v * (finer.count / count)
    if v.shape[1] == count // 2 + 1 and count % 2 == 0:
        # On the coarse grid the highest mode and its mirror image are one and the same.
        result[:, count // 2] *= 0.5
    return result


def _size(v: ComplexArray) -> FloatArray:
    """Return the root mean square of each field, up to a factor common to all."""
    size: FloatArray = np.sqrt((np.abs(v) ** 2).sum(axis=-1)) / v.shape[-1]
    return size
