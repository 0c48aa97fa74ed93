"""Discovery of governing equations, with error bars and doubts."""

from __future__ import annotations

from physforge.discovery.discover import discover
from physforge.discovery.method import DiscoveryMethod
from physforge.discovery.pysindy_method import PySINDy
from physforge.discovery.result import DiscoveryResult
from physforge.discovery.stlsq import STLSQ
from physforge.discovery.symbolic_regression import SymbolicRegression
from physforge.discovery.weak_form import WeakForm

__all__ = ["STLSQ", "DiscoveryMethod", "DiscoveryResult", "PySINDy", "SymbolicRegression", "WeakForm", "discover"]
