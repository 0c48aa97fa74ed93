"""Derivatives of sampled fields, each with a standard deviation.

`PySINDyDifferentiation`, which needs PySINDy, is in `physforge.derivatives.pysindy_differentiation`.
"""

from __future__ import annotations

from physforge.derivatives.automatic import Automatic
from physforge.derivatives.chebyshev import Chebyshev
from physforge.derivatives.derivative_adapter import DerivativePackage
from physforge.derivatives.differentiate import differentiate
from physforge.derivatives.finite_difference import FiniteDifference
from physforge.derivatives.gaussian_process import GaussianProcess
from physforge.derivatives.kalman import Kalman
from physforge.derivatives.method import Method
from physforge.derivatives.noise import estimate_noise
from physforge.derivatives.pynumdiff_adapter import PyNumDiff
from physforge.derivatives.savitzky_golay import SavitzkyGolay
from physforge.derivatives.smoothing_spline import SmoothingSpline
from physforge.derivatives.spectral import Spectral
from physforge.derivatives.total_variation import TotalVariation

__all__ = [
    "Automatic",
    "Chebyshev",
    "DerivativePackage",
    "FiniteDifference",
    "GaussianProcess",
    "Kalman",
    "Method",
    "PyNumDiff",
    "SavitzkyGolay",
    "SmoothingSpline",
    "Spectral",
    "TotalVariation",
    "differentiate",
    "estimate_noise",
]
