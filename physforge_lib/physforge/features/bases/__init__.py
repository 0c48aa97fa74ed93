"""Bases for coefficients that vary with a coordinate or with a parameter of the run."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from physforge.features.bases.basis import Basis
from physforge.features.bases.bspline import BSpline
from physforge.features.bases.fourier import Fourier
from physforge.features.bases.orthogonal import Chebyshev, Legendre
from physforge.features.bases.powers import Powers

#: Any of the bases, told apart by their tag.
AnyBasis = Annotated[Powers | Fourier | Legendre | Chebyshev | BSpline, Field(discriminator="kind")]

__all__ = ["AnyBasis", "BSpline", "Basis", "Chebyshev", "Fourier", "Legendre", "Powers"]
