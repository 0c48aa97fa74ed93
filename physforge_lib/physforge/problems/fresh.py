"""Draw initial states."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from physforge.problems.problem import FloatArray

#: Wavenumber, amplitude and phase of each wave.
Modes = tuple[tuple[int, float, float], ...]


def draw_modes(rng: np.random.Generator, wavenumbers: Iterable[int], low: float, high: float) -> Modes:
    """Draw amplitudes and phases.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws them, wave by wave.
    wavenumbers : iterable of int
        One for each wave.
    low, high : float
        Range of the amplitudes, which are uniform, as the phases are.

    Returns
    -------
    tuple of (int, float, float)
        Wavenumber, amplitude and phase of each wave.
    """
    return tuple((k, float(rng.uniform(low, high)), float(rng.uniform(0, 2 * np.pi))) for k in wavenumbers)


def sum_of_modes(angle: FloatArray, modes: Modes) -> FloatArray:
    """Add waves.

    Parameters
    ----------
    angle : numpy.ndarray
        Position, with the period two pi.
    modes : tuple of (int, float, float)
        Wavenumber, amplitude and phase of each wave.

    Returns
    -------
    numpy.ndarray
        The sum of ``amplitude*cos(wavenumber*angle + phase)``, of the shape of `angle`.
    """
    total = np.zeros_like(angle)
    for wavenumber, amplitude, phase in modes:
        total += amplitude * np.cos(wavenumber * angle + phase)
    return total


def draw_signs(rng: np.random.Generator, count: int) -> FloatArray:
    """Draw signs.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws them.
    count : int
        How many.

    Returns
    -------
    numpy.ndarray, shape (count,)
        Each 1 or -1 with equal chance.
    """
    return np.asarray(rng.choice([-1.0, 1.0], count), dtype=np.float64)
