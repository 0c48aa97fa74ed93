"""Periodic partial differential equations in one to three dimensions, with steps and grid chosen for the tolerance."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from physforge.progress import track
from physforge.simulation.domain import Domain
from physforge.simulation.etdrk4 import Etdrk4
from physforge.simulation.evolution import Evolution
from physforge.simulation.grid import ComplexArray, Grid, Interval
from physforge.simulation.spectral import SpectralSystem
from physforge.simulation.trajectory import OK, FloatArray, Trajectory, diverged, stopped, unresolved

#: Steps after which an integration is given up.
MAX_STEPS = 50_000
#: Steps after which an integration is given up if it would need far more than `MAX_STEPS`.
PATIENCE = 1000
#: Internal grids are refined up to this many points along each axis of one, two or three, or
#: four times the data's (in three dimensions twice) if that is more.
MAX_POINTS = (2048, 256, 64)
#: Smallest internal grids along each axis of one, two or three.
MIN_POINTS = (64, 32, 16)
#: A step this much shorter than the whole run means that the solution ceases to exist.
SHORTEST_STEP = 1e-12
#: Amplitude of the finest modes, relative to the largest, beyond which a run counts as unresolved.
UNRESOLVED = 1e-2
#: The Fourier transforms themselves are no more accurate than this.
_ROUND_OFF = 1e-13
#: Coefficients of so many step sizes are kept.
_CACHE = 16


def integrate_periodic(evolution: Evolution, start: xr.Dataset, times: FloatArray, *, rtol: float) -> Trajectory:
    """Integrate laws on a periodic box.

    Parameters
    ----------
    evolution : Evolution
        The laws.
    start : xarray.Dataset
        Initial states on one to three uniform spatial dims, all of all of them.
    times : numpy.ndarray, shape (n,)
        Output times, the first being the initial one.
    rtol : float
        Relative tolerance. Steps are chosen so that the errors estimated from one step
        and two half steps add up to about ten times `rtol` at most, of which
        little survives in the result; the internal grid is refined along an axis when
        its finest modes rise above a tenth of `rtol`.

    Returns
    -------
    Trajectory
        Fields of shape (n, ...), also those that algebraic laws determine.

    Raises
    ------
    SimulationError
        If the domain is not a uniform periodic box, or the state breaks an algebraic law.

    Notes
    -----
    The scheme is ETDRK4 [kassam2005]_, in the eigenvectors of the linear part.
    """
    domain = Domain.of(evolution, start)
    zero = np.zeros(domain.grid.shape)
    samples = np.array([domain.samples(start[name]) for name in evolution.state_names])
    given = [domain.samples(start[name]) if name in start else zero for name in evolution.determined]
    run = _Run.begin(evolution, domain.grid, samples, np.array(given).reshape(-1, *domain.grid.shape), times, rtol)
    names = [*evolution.state_names, *evolution.determined]
    rows = np.full((times.size, len(names), *domain.grid.shape), np.nan)
    with np.errstate(all="ignore"):
        rows[0] = run.samples(domain.grid)
        rows[0, : len(samples)] = samples
        for index in track(range(1, times.size), "Simulating", total=times.size - 1):
            if not run.advance(float(times[index])):
                break
            rows[index] = run.samples(domain.grid)
    rows = domain.restored(rows)
    return Trajectory({name: rows[:, index] for index, name in enumerate(names)}, run.status)


@dataclass
class _Run:
    """An integration under way."""

    evolution: Evolution
    system: SpectralSystem
    v: ComplexArray
    held: ComplexArray
    t: float
    end: float
    duration: float
    rtol: float
    max_points: tuple[int, ...]
    scale: FloatArray
    h: float
    status: str = OK
    steps: int = 0
    _prepared: dict[float, Etdrk4] = field(default_factory=dict)

    @classmethod
    def begin(
        cls,
        evolution: Evolution,
        coarse: Grid,
        samples: FloatArray,
        given: FloatArray,
        times: FloatArray,
        rtol: float,
    ) -> _Run:
        grid = _internal(coarse)
        system = SpectralSystem(evolution, grid)
        fields, held = grid.from_samples(samples), grid.from_samples(given)
        if system.constraints is not None:
            held = system.constraints.undetermined(fields, held)
        duration = float(times[-1] - times[0])
        scale = _scales(evolution, _size(fields, grid), duration)
        dims = len(grid.intervals)
        most = 2 if dims == 3 else 4
        limits = tuple(max(MAX_POINTS[dims - 1], most * count) for count in coarse.shape)
        own = system.linear.from_fields(fields)
        run = cls(
            evolution, system, own, held, float(times[0]), float(times[-1]), duration, rtol, limits, scale, duration
        )
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

    def samples(self, coarse: Grid) -> FloatArray:
        """Return states and determined fields on the data's grid, of which the internal grid is a refinement."""
        fields = self.system.linear.to_fields(self.v)
        if self.system.constraints is not None:
            fields = np.concatenate([fields, self.system.constraints.determine(fields, self.held)])
        grid = self.system.grid
        steps = (slice(None, None, fine // count) for fine, count in zip(grid.shape, coarse.shape, strict=True))
        every: FloatArray = grid.to_values(fields)[:, *steps]
        return every

    def _fit(self, remaining: float) -> float:
        """Choose a step that divides what remains to the next output, if possible one already prepared."""
        for h in sorted(self._prepared, reverse=True):
            parts = remaining / h
            if 0.5 * self.h <= h <= self.h * (1 + 1e-9) and abs(parts - round(parts)) < 1e-11 * parts:
                return h
        return remaining / math.ceil(remaining / self.h * (1 - 1e-9))

    def _nonlinear(self, v: ComplexArray, t: float) -> ComplexArray:
        return self.system.nonlinear(v, t, self.held)

    def _try(self, h: float) -> bool:
        """Take one step and two half steps; keep the latter if they agree with the former."""
        self.steps += 1
        nonlinear = self._nonlinear
        first = nonlinear(self.v, self.t)
        whole = self._stepper(h).step(self.v, self.t, nonlinear, first)
        half = self._stepper(h / 2)
        middle = half.step(self.v, self.t, nonlinear, first)
        fine = half.step(middle, self.t + h / 2, nonlinear)
        error = self._error(fine, whole) / 15.0
        allowed = max(self.rtol * max(10 * h / self.duration, 1e-3), _ROUND_OFF)
        if not np.isfinite(error):
            self.h = h / 8
            return False
        accepted = error <= allowed
        if accepted:
            linear, grid = self.system.linear, self.system.grid
            self.v = linear.from_fields(grid.symmetrised(linear.to_fields(fine)))
        ratio = (allowed / max(error, 1e-300)) ** 0.25
        self.h = h * float(np.clip(0.85 * ratio, 0.2, 4.0 if accepted else 0.9))
        return accepted

    def _error(self, fine: ComplexArray, whole: ComplexArray) -> float:
        """Return the largest difference of a field, relative to its size or to a thousandth of its initial scale."""
        linear, grid = self.system.linear, self.system.grid
        fields, difference = linear.to_fields(fine), linear.to_fields(fine - whole)
        return float((_size(difference, grid) / np.maximum(_size(fields, grid), 1e-3 * self.scale)).max())

    def _stepper(self, h: float) -> Etdrk4:
        if h not in self._prepared:
            while len(self._prepared) >= _CACHE:
                del self._prepared[next(iter(self._prepared))]
            self._prepared[h] = Etdrk4.prepare(self.system.linear.rates, h)
        return self._prepared[h]

    def _refine(self) -> None:
        """Double the internal grid along an axis while its finest modes are not small."""
        while self.status == OK:
            fields, grid = self.system.linear.to_fields(self.v), self.system.grid
            scale = self.scale.reshape(-1, *[1] * len(grid.intervals))
            tails = _tails((np.abs(fields) / scale).max(axis=0))
            if not np.isfinite(tails).all() or max(tails) <= 0.1 * self.rtol:
                return
            possible = [2 * n <= most for n, most in zip(grid.shape, self.max_points, strict=True)]
            wanted = [axis for axis, tail in enumerate(tails) if tail > 0.1 * self.rtol and possible[axis]]
            if not wanted:
                if max(tails) > UNRESOLVED:
                    grown = bool((_size(fields, grid) > 30 * self.scale).any())
                    self.status = diverged(self.t) if grown else unresolved(self.t)
                return
            self._double(fields, max(wanted, key=lambda axis: tails[axis]) - len(tails))

    def _double(self, fields: ComplexArray, axis: int) -> None:
        grid = self.system.grid
        finer = grid.refined(axis)
        self.system = SpectralSystem(self.evolution, finer)
        self.v = self.system.linear.from_fields(grid.carried(fields, finer))
        self.held = grid.carried(self.held, finer)
        self._prepared.clear()


def _internal(coarse: Grid) -> Grid:
    """Refine the data's grid so far that products of all its modes fit."""
    least = MIN_POINTS[len(coarse.intervals) - 1]
    factors = [max(2, -(-least // interval.count)) for interval in coarse.intervals]
    return Grid(
        tuple(
            Interval(one.dim, one.origin, one.period, factor * one.count)
            for one, factor in zip(coarse.intervals, factors, strict=True)
        )
    )


def _scales(evolution: Evolution, size: FloatArray, duration: float) -> FloatArray:
    """Return what is large and small for each state: rates of change are measured over the whole run."""
    units = np.array([1.0 / duration if name not in evolution.orders else 1.0 for name in evolution.state_names])
    if duration == 0:
        return np.full(size.size, max(float(size.max()), 1e-300))
    return units * max(float((size / units).max()), 1e-300)


def _tails(amplitude: FloatArray) -> list[float]:
    """Return how large the finest eighth of modes along each axis is, relative to the largest of all."""
    largest = max(float(amplitude.max()), 1e-300)
    tails = []
    for axis, size in enumerate(amplitude.shape):
        profile = amplitude.max(axis=tuple(other for other in range(amplitude.ndim) if other != axis))
        half = axis == amplitude.ndim - 1
        kept = size if half else size // 2 + 1
        numbers = np.arange(size) if half else np.minimum(np.arange(size), size - np.arange(size))
        tails.append(float(profile[numbers >= kept - max(kept // 8, 1)].max()) / largest)
    return tails


def _size(v: ComplexArray, grid: Grid) -> FloatArray:
    """Return the root mean square of each field, up to a factor common to all."""
    size: FloatArray = np.sqrt((np.abs(v) ** 2).sum(axis=tuple(range(1, v.ndim)))) / np.prod(grid.shape)
    return size
