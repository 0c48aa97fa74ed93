"""Methods of the package derivative."""

from __future__ import annotations

from typing import Literal

import numpy as np

from physforge.derivatives.axis import Float
from physforge.derivatives.foreign import ForeignMethod, check_options
from physforge.errors import MissingExtraError

#: What a method needs and does not have by itself: mild smoothing, to be replaced by what suits the data.
_DEFAULTS: dict[str, dict[str, int | float]] = {
    "finite_difference": {"k": 1},
    "spline": {"s": 0.01},
    "trend_filtered": {"order": 1, "alpha": 0.001},
}


class DerivativePackage(ForeignMethod):
    """Differentiate by a method of the package derivative, which PySINDy uses too.

    Use it to compare with that package, or for a method whose parameters are known. They decide the
    result; only the Kalman method finds its own, and smooths a lot. Only derivatives along one axis; higher orders by
    repetition. The sd is that of redrawn noise: it does not cover the smoothing error.

    Parameters
    ----------
    method : str, default "kalman"
        Name of the method in the package.
    parameters : dict, default {}
        Its options; those it cannot do without have mild defaults.
    draws : int, default 16
        Times that the noise is redrawn for the sd.

    References
    ----------
    A. Goldschmidt and others, derivative: numerical differentiation of noisy time series data in Python.
    """

    kind: Literal["derivative-package"] = "derivative-package"
    method: Literal["finite_difference", "kalman", "kernel", "spectral", "spline", "trend_filtered"] = "kalman"

    def run(self, line: Float, points: Float) -> tuple[Float, Float]:
        """Return the smoothed series and its first derivative; see `ForeignMethod.run`."""
        try:
            from derivative import methods
        except ImportError as missing:
            raise MissingExtraError("derivative is not installed; it comes with 'physforge[peers]'.") from missing
        made = methods[self.method]
        options = {**_DEFAULTS.get(self.method, {}), **self.parameters}
        check_options(made.__init__, options, ("self", "kwargs"), f"derivative's {self.method}")
        turn = slice(None) if points[-1] > points[0] else slice(None, None, -1)
        chosen = made(**options)
        slope = np.asarray(chosen.d(line[turn], points[turn]), dtype=np.float64)[turn]
        return np.asarray(chosen.x(line[turn], points[turn]), dtype=np.float64)[turn], slope

    def describe(self) -> str:
        """Name package and method."""
        return f"derivative's {self.method}"
