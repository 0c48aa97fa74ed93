"""Arrays on their way from a kernel to a page: single precision, in base64."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Packed = dict[str, Any]


def pack(values: npt.ArrayLike) -> Packed:
    """Write an array for JSON.

    Parameters
    ----------
    values : array_like
        Numbers; NaN where there are none.

    Returns
    -------
    dict
        ``shape`` and ``data``: four bytes a number, a third of what digits take.
    """
    array = np.ascontiguousarray(values, dtype="<f4")
    return {"shape": list(array.shape), "data": base64.b64encode(array.tobytes()).decode("ascii")}


def unpack(packed: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    """Read what `pack` wrote.

    Parameters
    ----------
    packed : mapping
        From JSON.

    Returns
    -------
    numpy.ndarray
        Of the same shape.
    """
    return np.frombuffer(base64.b64decode(packed["data"]), dtype="<f4").reshape(packed["shape"])
