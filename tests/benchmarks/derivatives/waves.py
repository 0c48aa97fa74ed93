"""Fields u(t, x) of travelling waves, with exact derivatives at any place."""

import numpy as np


def waves(rng: np.random.Generator, t: np.ndarray, x: np.ndarray) -> dict[str, np.ndarray]:
    """Sum two sines, a pulse and a front that travel, at times in [0, 4] and places in [0, 10].

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws sizes, speeds, widths and places.
    t, x : numpy.ndarray
        Where; of shapes that broadcast.

    Returns
    -------
    dict of str to numpy.ndarray
        ``u``, ``u_t``, ``u_x`` and ``u_xx``.
    """
    shape = np.broadcast_shapes(t.shape, x.shape)
    total = {name: np.zeros(shape) for name in ("u", "u_t", "u_x", "u_xx")}
    for profile in ("sine", "sine", "pulse", "front"):
        size, speed = rng.uniform(0.4, 1.0), rng.uniform(-1.5, 1.5)
        width = rng.uniform(0.4, 1.0) if profile == "sine" else rng.uniform(0.5, 1.2)
        z = (x - rng.uniform(2.0, 8.0) - speed * (t - 2.0)) / width
        f, slope, bend = _profile(profile, z)
        for name, part in (
            ("u", f),
            ("u_t", -speed / width * slope),
            ("u_x", slope / width),
            ("u_xx", bend / width**2),
        ):
            total[name] += size * part
    return total


def _profile(kind: str, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if kind == "sine":
        return np.sin(z), np.cos(z), -np.sin(z)
    if kind == "pulse":
        bell = np.exp(-(z**2) / 2)
        return bell, -z * bell, (z**2 - 1) * bell
    step = np.tanh(z)
    return step, 1 - step**2, -2 * step * (1 - step**2)
