"""PyNumDiff's methods, along one axis of an array."""

import warnings

import numpy as np

#: Lines that are given to PyNumDiff at a time: it looks for all their constants of integration together.
_LINES = 64


def smoothed(values: np.ndarray, step: float, method: str, options: dict, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the values smoothed along an axis, and their derivative."""
    with warnings.catch_warnings():
        # Methods that need a convex solver are missing, which it says when it is loaded.
        warnings.simplefilter("ignore")
        import pynumdiff

        lines = np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
        blocks = np.array_split(lines, -(-lines.shape[1] // _LINES), axis=1)
        found = [getattr(pynumdiff, method)(block, step, axis=0, **options) for block in blocks]
    shape = np.moveaxis(values, axis, 0).shape
    smooth, rate = (
        np.moveaxis(np.concatenate(parts, axis=1).reshape(shape), 0, axis) for parts in zip(*found, strict=True)
    )
    return smooth, rate
