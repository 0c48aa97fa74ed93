"""Candidate terms for the right side of an equation."""

from __future__ import annotations

from physforge.features.bases import Basis, BSpline, Chebyshev, Fourier, Legendre, Powers
from physforge.features.library import CandidateLibrary
from physforge.features.term import Term
from physforge.features.theta import Theta

__all__ = ["BSpline", "Basis", "CandidateLibrary", "Chebyshev", "Fourier", "Legendre", "Powers", "Term", "Theta"]
