"""Derivatives of sampled fields, each with a standard deviation."""

from __future__ import annotations

from physforge.derivatives.automatic import Automatic
from physforge.derivatives.differentiate import differentiate
from physforge.derivatives.finite_difference import FiniteDifference
from physforge.derivatives.gaussian_process import GaussianProcess
from physforge.derivatives.method import Method
from physforge.derivatives.noise import estimate_noise
from physforge.derivatives.savitzky_golay import SavitzkyGolay
from physforge.derivatives.spectral import Spectral

__all__ = [
    "Automatic",
    "FiniteDifference",
    "GaussianProcess",
    "Method",
    "SavitzkyGolay",
    "Spectral",
    "differentiate",
    "estimate_noise",
]
