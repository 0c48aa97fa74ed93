"""Signals with exact derivatives: random sums of four kinds, and the six of PyNumDiff."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

#: Noise over the signal's standard deviation.
NOISES = (0.01, 0.05, 0.1, 0.25)

#: Scored draws are counted from 0, those for development from here.
DEVELOPMENT = 10_000

#: Each of shape (n,): a function of time and its first and second derivative.
Jet = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Signal:
    """A signal without noise, on a uniform grid.

    `jet` holds the signal, its first and its second derivative; the last is None where it does
    not exist everywhere.
    """

    name: str
    t: np.ndarray
    jet: tuple[np.ndarray, np.ndarray, np.ndarray | None]

    @property
    def step(self) -> float:
        return float(self.t[1] - self.t[0])

    def noisy(self, level: float, seed: int) -> np.ndarray:
        """Add white Gaussian noise of `level` standard deviations of the signal."""
        rng = np.random.default_rng([seed, round(1000 * level)])
        return self.jet[0] + level * np.std(self.jet[0]) * rng.standard_normal(len(self.t))


def draw(seed: int) -> tuple[Signal, float]:
    """Return a random signal and the noise that goes with it: the levels take turns."""
    return random_signal(seed), NOISES[seed % len(NOISES)]


def random_signal(seed: int) -> Signal:
    """Sum one to three components, each of a random kind and weight.

    200 to 1000 samples, 5 to 20 ms apart. The finest detail (a period, or the rise of a front)
    takes at least some 12 samples, the coarsest as long as the series.
    """
    rng = np.random.default_rng([seed, 3])
    count = int(_between(rng, 200, 1000))
    t = np.arange(count) * _between(rng, 0.005, 0.02)
    samples = np.arange(count, dtype=np.float64)
    kinds = [list(KINDS)[index] for index in rng.integers(len(KINDS), size=rng.integers(1, 4))]
    total = [np.zeros(count) for _ in range(3)]
    for kind in kinds:
        jet = KINDS[kind](samples, rng)
        weight = np.exp(0.5 * rng.standard_normal()) * rng.choice([-1.0, 1.0]) / np.std(jet[0])
        for order, (part, values) in enumerate(zip(total, jet, strict=True)):
            part += weight * values / (t[1] - t[0]) ** order
    unit = np.std(total[0])
    return Signal(f"{seed}: {' + '.join(kinds)}", t, (total[0] / unit, total[1] / unit, total[2] / unit))


def chirp(s: np.ndarray, rng: np.random.Generator) -> Jet:
    """A sine whose frequency changes linearly."""
    n = len(s)
    first, last = 2 * np.pi / _between(rng, 25, n), 2 * np.pi / _between(rng, 25, n)
    rate = (last - first) / n
    phase = rng.uniform(0, 2 * np.pi) + first * s + 0.5 * rate * s**2
    speed = first + rate * s
    return np.sin(phase), speed * np.cos(phase), rate * np.cos(phase) - speed**2 * np.sin(phase)


def front(s: np.ndarray, rng: np.random.Generator) -> Jet:
    """One to three steps of tanh."""
    parts = []
    for _ in range(rng.integers(1, 4)):
        width, centre = _between(rng, 5, len(s) / 8), rng.uniform(0.1, 0.9) * len(s)
        size = rng.uniform(0.3, 1.0) * rng.choice([-1.0, 1.0])
        f = np.tanh((s - centre) / width)
        slope = 1 - f**2
        parts.append((size * f, size * slope / width, -2 * size * f * slope / width**2))
    u, v, w = np.sum(parts, axis=0)
    return u, v, w


def decay(s: np.ndarray, rng: np.random.Generator) -> Jet:
    """An exponential, which oscillates in two cases of three."""
    pole = -1 / _between(rng, len(s) / 10, len(s)) + 0j
    if rng.random() < 2 / 3:
        pole += 2j * np.pi / _between(rng, 25, len(s) / 2)
    z = np.exp(pole * s + 1j * rng.uniform(0, 2 * np.pi) * (pole.imag != 0))
    return z.real, (pole * z).real, (pole**2 * z).real


def orbit(s: np.ndarray, rng: np.random.Generator) -> Jet:
    """A coordinate of Kepler's ellipse, of Lorenz's attractor or of Van der Pol's oscillator."""
    return (kepler, lorenz, van_der_pol)[rng.integers(3)](s, rng)


def kepler(s: np.ndarray, rng: np.random.Generator) -> Jet:
    e, rate = rng.uniform(0.0, 0.6), 2 * np.pi / _between(rng, 60, len(s))
    mean = rate * s + rng.uniform(0, 2 * np.pi)
    angle = mean + e * np.sin(mean)
    for _ in range(30):
        angle -= (angle - e * np.sin(angle) - mean) / (1 - e * np.cos(angle))
    radius, x = 1 - e * np.cos(angle), np.cos(angle) - e
    return x, -rate * np.sin(angle) / radius, -(rate**2) * x / radius**3


def lorenz(s: np.ndarray, rng: np.random.Generator) -> Jet:
    sigma, rho, beta = 10.0, rng.uniform(26.0, 45.0), 8 / 3

    def slope(_time: float, y: np.ndarray) -> np.ndarray:
        return np.array([sigma * (y[1] - y[0]), y[0] * (rho - y[2]) - y[1], y[0] * y[1] - beta * y[2]])

    # Round the attractor takes 0.5 to 0.75 in its own time.
    rate = 0.65 / _between(rng, 50, len(s) / 2)
    start = _integrate(slope, np.array([1.0, 1.0, 25.0]) + rng.standard_normal(3), np.array([0.0, 20.0]))[:, -1]
    states = _integrate(slope, start, rate * s)
    v = slope(0.0, states)
    return states[0], rate * v[0], rate**2 * sigma * (v[1] - v[0])


def van_der_pol(s: np.ndarray, rng: np.random.Generator) -> Jet:
    mu = rng.uniform(0.3, 2.0)

    def slope(_time: float, y: np.ndarray) -> np.ndarray:
        return np.array([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]])

    rate = 7.0 / _between(rng, 80, len(s))
    start = _integrate(slope, rng.uniform(-2, 2, 2), np.array([0.0, 30.0 + rng.uniform(0, 7)]))[:, -1]
    states = _integrate(slope, start, rate * s)
    v = slope(0.0, states)
    return states[0], rate * v[0], rate**2 * v[1]


KINDS: dict[str, Callable[[np.ndarray, np.random.Generator], Jet]] = {
    "chirp": chirp,
    "front": front,
    "decay": decay,
    "orbit": orbit,
}


def pynumdiff_signals() -> list[Signal]:
    """Return the six signals of PyNumDiff's simulations, noise-free, with its lengths and steps.

    They are taken on its fine grid, whose differences give the second derivative; the cruise
    control has only the coarse one.
    """
    from pynumdiff.utils import simulate

    signals = []
    for name in ("sine", "triangle", "pop_dyn", "linear_autonomous", "pi_cruise_control", "lorenz_x"):
        fine = 0.01 if name == "pi_cruise_control" else 1e-4
        _, u, v = getattr(simulate, name)(dt=fine, simdt=fine, noise_parameters=(0, 0))
        every = round(0.01 / fine)
        w = None if name == "triangle" else np.gradient(v, fine, edge_order=2)[: len(v)][::every]
        count = len(v[::every])
        signals.append(Signal(name, 0.01 * np.arange(count), (u[: len(v)][::every], v[::every], w)))
    return signals


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _integrate(slope: Callable, start: np.ndarray, times: np.ndarray) -> np.ndarray:
    return solve_ivp(slope, times[[0, -1]], start, t_eval=times, method="DOP853", rtol=1e-12, atol=1e-12).y
