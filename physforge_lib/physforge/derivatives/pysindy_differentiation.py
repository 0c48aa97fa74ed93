"""Any of our methods as PySINDy's way to differentiate."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import xarray as xr

from physforge.derivatives.axis import Float
from physforge.derivatives.differentiate import differentiate, resolve_method
from physforge.derivatives.method import Method
from physforge.errors import DerivativeError, DerivativeWarning, MissingExtraError

try:
    from pysindy.differentiation.base import BaseDifferentiation
except ImportError as missing:
    raise MissingExtraError("PySINDyDifferentiation needs pysindy, which is not installed.") from missing


class PySINDyDifferentiation(BaseDifferentiation):  # type: ignore[misc]
    """Differentiate for PySINDy by a method of PhysForge.

    Use it wherever PySINDy takes a ``differentiation_method``: in ``pysindy.SINDy`` as an object, so
    that noisy measurements need no setting.

    Parameters
    ----------
    method : Method or str, default "gp"
        How; see `differentiate`.
    d : int, default 1
        Order of the derivative, at most 4 for ``"gp"``.
    axis : int, default -2
        Axis of the array along which to differentiate. PySINDy keeps time in the last but one.

    Attributes
    ----------
    smoothed_x_ : numpy.ndarray
        The smoothed samples of the last call, of their shape.
    sd_ : numpy.ndarray
        Standard deviation of the last derivative, of the same shape.

    Notes
    -----
    Every line of samples is treated on its own. PySINDy cannot be told of the standard deviation.

    Examples
    --------
    >>> t = np.linspace(0.0, 6.0, 60)
    >>> derivative = PySINDyDifferentiation(method="finite-difference")(np.sin(t)[:, None], t)
    >>> bool(np.allclose(derivative[:, 0], np.cos(t), atol=1e-2))
    True
    """

    def __init__(self, method: Method | str = "gp", d: int = 1, axis: int = -2) -> None:
        self.method = method
        self.d = d
        self.axis = axis

    def _differentiate(self, x: Any, t: Any = 1.0) -> Any:
        """Differentiate samples along an axis; see `pysindy.differentiation.BaseDifferentiation`.

        Parameters
        ----------
        x : array-like
            Samples; NaN where missing, for a method that takes them.
        t : float or array-like of shape (n,), default 1.0
            Times, or the step between them.

        Returns
        -------
        array-like
            Of the shape and type of `x`.
        """
        values = np.moveaxis(np.asarray(x, dtype=np.float64), self.axis, 0)
        times = np.asarray(np.arange(len(values)) * float(t) if np.ndim(t) == 0 else t, dtype=np.float64)
        if len(times) != len(values):
            raise DerivativeError(f"There are {len(times)} times for {len(values)} samples along axis {self.axis}.")
        lines = values.reshape(len(values), -1)
        method = resolve_method(self.method)
        made = [self._line(np.asarray(line), times, method) for line in lines.T]
        smooth, slopes, sd = (
            np.moveaxis(np.stack(parts, axis=-1).reshape(values.shape), 0, self.axis)
            for parts in zip(*made, strict=True)
        )
        self.smoothed_x_, self.sd_ = self._like(x, smooth), sd
        return self._like(x, slopes)

    def _line(self, line: Float, times: Float, method: Method) -> tuple[Float, Float, Float]:
        name = "u_" + self.d * "t"
        with warnings.catch_warnings():
            # PySINDy's users look at the model; one sentence for each line would drown them.
            warnings.simplefilter("ignore", DerivativeWarning)
            d = differentiate(xr.Dataset({"u": ("t", line)}, {"t": times}), name, method=method)
        return d["u"].to_numpy(), d[name].to_numpy(), d[f"{name}_sd"].to_numpy()

    @staticmethod
    def _like(x: Any, values: Float) -> Any:
        from pysindy.utils import AxesArray

        return AxesArray(values, x.axes) if isinstance(x, AxesArray) else values
