"""Methods of the package PyNumDiff."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Literal

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.foreign import ForeignMethod, check_options
from physforge.errors import DerivativeError, MissingExtraError

#: Methods that take times instead of a step.
_ANY_TIMES = ("polydiff", "rbfdiff", "rtsdiff", "splinediff")

#: What a method needs and does not have by itself: mild smoothing, to be replaced by what suits the data.
_DEFAULTS: dict[str, dict[str, int | float]] = {
    "polydiff": {"degree": 3, "window_size": 15},
    "rtsdiff": {"order": 2, "log_qr_ratio": 4.0},
    "savgoldiff": {"degree": 3, "window_size": 15, "smoothing_win": 5},
    "spectraldiff": {"cutoff_freq": 0.2},
}


class PyNumDiff(ForeignMethod):
    """Differentiate by a method of PyNumDiff.

    Use it to compare with that package, or for a method whose parameters are known. They decide the
    result, and nothing here finds them; ``"gp"`` needs none. Only derivatives along one axis; higher orders
    by repetition. The sd is that of redrawn noise: it does not cover the smoothing error.

    Parameters
    ----------
    method : str, default "splinediff"
        Name of the function in PyNumDiff.
    parameters : dict, default {}
        Its options; those it cannot do without have mild defaults.
    draws : int, default 16
        Times that the noise is redrawn for the sd.

    References
    ----------
    F. Van Breugel, Y. Liu, B. W. Brunton and J. N. Kutz, PyNumDiff: A Python package for numerical
    differentiation of noisy time-series data, Journal of Open Source Software 7 (2022) 4078.
    """

    kind: Literal["pynumdiff"] = "pynumdiff"
    method: Literal[
        "butterdiff",
        "finitediff",
        "kerneldiff",
        "polydiff",
        "rbfdiff",
        "rtsdiff",
        "savgoldiff",
        "spectraldiff",
        "splinediff",
    ] = "splinediff"

    def run(self, line: Float, points: Float) -> tuple[Float, Float]:
        """Return the smoothed series and its first derivative; see `ForeignMethod.run`."""
        function = getattr(_package(), self.method)
        options = {**_DEFAULTS.get(self.method, {}), **self.parameters}
        check_options(function, options, ("x", "dt", "dt_or_t", "axis"), f"PyNumDiff's {self.method}")
        steps = np.diff(points)
        step = float(np.mean(steps))
        if not np.allclose(steps, step, rtol=1e-6, atol=0.0):
            if self.method not in _ANY_TIMES:
                raise DerivativeError(
                    f"PyNumDiff's {self.method} needs equal steps; use one of {', '.join(_ANY_TIMES)}."
                )
            # Times that fall are turned round: PyNumDiff takes them to rise.
            turn = slice(None) if step > 0 else slice(None, None, -1)
            smooth, slope = function(line[turn], points[turn], **options)
            return np.asarray(smooth)[turn], np.asarray(slope)[turn]
        smooth, slope = function(line, abs(step), **options)
        return np.asarray(smooth, dtype=np.float64), np.sign(step) * np.asarray(slope, dtype=np.float64)

    def describe(self) -> str:
        """Name package and method."""
        return f"PyNumDiff's {self.method}"


def _package() -> ModuleType:
    with warnings.catch_warnings():
        # It warns at import of solvers that are not installed and not used here.
        warnings.simplefilter("ignore")
        try:
            import pynumdiff
        except ImportError as missing:
            raise MissingExtraError("PyNumDiff is not installed; it comes with 'physforge[peers]'.") from missing
    module: ModuleType = pynumdiff
    return module
