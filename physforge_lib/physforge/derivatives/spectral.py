"""Differentiation of the Fourier series of a periodic field."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from physforge.derivatives.axis import Axis
from physforge.derivatives.method import LinearMethod, Samples
from physforge.derivatives.operators import Circulant, Identity, Operator, RepeatedEnd
from physforge.errors import DerivativeError


class Spectral(LinearMethod):
    """Differentiate the Fourier series through the samples of a period.

    Use it for smooth periodic fields on equal steps: the error falls faster than any
    power of the spacing. It is wrong for a field with a jump, or one that does not
    repeat (Gibbs oscillations everywhere). Axes along which no derivative is taken
    need not be periodic.

    Parameters
    ----------
    cutoff : float, optional
        Fraction of the resolved wavenumbers that is kept, in (0, 1]. The default
        keeps all. A smaller one smooths along every periodic axis, the field
        itself included, and reduces the noise's gain.

    References
    ----------
    L. N. Trefethen, Spectral Methods in MATLAB, SIAM 2000, chapter 3.
    """

    kind: Literal["spectral"] = "spectral"
    cutoff: float | None = Field(default=None, gt=0.0, le=1.0)

    def operator(self, samples: Samples, axis: int, order: int) -> Operator:
        """Return the Fourier multiplier for a derivative of `order`; see `LinearMethod.operator`."""
        along = samples.axes[axis]
        usable = along.uniform_over_period
        if order == 0 and (self.cutoff is None or not usable):
            return Identity(len(along))
        if not usable:
            raise DerivativeError(
                f"Spectral differentiation of {samples.field!r} along {along.name!r} needs equal steps over a whole "
                f"period; {_obstacle(along)}. Use method='finite-difference', or give the period as "
                f"ds[{along.name!r}].attrs['period']."
            )
        inner = self._multiplier(along.without_repeated_end(), order)
        return RepeatedEnd(inner) if along.repeats_end else inner

    def describe(self) -> str:
        """Name the scheme."""
        return "Fourier series" if self.cutoff is None else f"Fourier series cut at {self.cutoff:g} of its wavenumbers"

    def _multiplier(self, axis: Axis, order: int) -> Circulant:
        count = len(axis)
        wavenumbers = 2.0 * np.pi * np.fft.rfftfreq(count, d=axis.spacing)
        # The inverse real FFT drops the imaginary part at the highest wavenumber, whose sawtooth
        # has no odd derivative on the grid.
        transfer = np.asarray((1j * wavenumbers) ** order, dtype=np.complex128)
        if self.cutoff is not None:
            transfer[np.arange(len(transfer)) > self.cutoff * (len(transfer) - 1)] = 0.0
        return Circulant(count, transfer)


def _obstacle(axis: Axis) -> str:
    if axis.period is None:
        return "no period is known"
    if not axis.uniform:
        return "the steps are not equal"
    return f"{len(axis)} steps of {abs(axis.spacing):.6g} do not fill the period {axis.period:.6g}"
