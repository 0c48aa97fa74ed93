"""Sequentially thresholded least squares, over a path of thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from physforge.derivatives.axis import Float
from physforge.discovery.method import Answer, DiscoveryMethod, Question, Supports
from physforge.discovery.pysindy_adapter import supports
from physforge.discovery.regression import Support, fit
from physforge.discovery.selection import RESOLUTION
from physforge.features import CandidateLibrary

#: Most fields over time for which monomials go to the third degree.
_CUBIC = 2


class STLSQ(DiscoveryMethod):
    """Least squares that drops small terms and fits again, until none is small.

    Use it for clean data, or data with little noise, whose derivatives are good. It
    does not correct for noise in the terms themselves, which shrinks coefficients.

    Parameters
    ----------
    threshold : float, optional
        Terms that contribute less than this share of the target's root mean square are
        dropped; a number between 0 and 1, whatever the units. The default walks up
        every threshold from 0.001 at which the equation changes, and leaves the choice to
        held-out data.
    alpha : float, default 1e-10
        Weight of the ridge penalty on the scaled coefficients. A larger one
        stabilises nearly dependent terms and shrinks all.

    References
    ----------
    S. L. Brunton, J. L. Proctor and J. N. Kutz, PNAS 113 (2016) 3932-3937.
    """

    kind: Literal["stlsq"] = "stlsq"
    threshold: float | None = Field(default=None, gt=0.0, lt=1.0)
    alpha: float = Field(default=1e-10, ge=0.0)

    #: The best proposal is improved one term at a time.
    refine: ClassVar[bool] = True

    uses: ClassVar[frozenset[str]] = frozenset({"known", "fixed", "bounds"})

    citations: ClassVar[tuple[str, ...]] = ("brunton2016", "kaptanoglu2022")

    def library(self, fields: Sequence[str], dims: Sequence[str]) -> CandidateLibrary:
        """Return monomials to the third degree for one or two fields over time, as oscillators need."""
        cubic = len(dims) == 1 and len(fields) <= _CUBIC
        return CandidateLibrary(polynomial=3) if cubic else CandidateLibrary()

    def answer(self, question: Question) -> Answer:
        """Find equations in the strong form; see `DiscoveryMethod.answer`."""
        from physforge.discovery.strong_form import answer

        return answer(question, self)

    def left_out(self, question: Question, supports: Supports, count: int) -> dict[str, Float]:
        """Try equations on stretches left out of the fit; see `DiscoveryMethod.left_out`."""
        from physforge.discovery.strong_left_out import left_out

        return left_out(question, supports, count)

    def propose(self, triangle: Float) -> list[Support]:
        """Propose supports along the path; see `Proposer.propose`."""
        found: list[Support] = []
        threshold = RESOLUTION if self.threshold is None else self.threshold
        while True:
            options = {"threshold": threshold, "alpha": self.alpha}
            kept = supports("STLSQ", options, triangle[:, :-1], triangle[:, -1])
            if not kept or kept[0] in found:
                return found
            found += kept
            if self.threshold is not None:
                return found
            # The next equation on the path appears once the smallest term falls.
            smallest = float(np.min(np.abs(fit(triangle, kept[0]))))
            threshold = max(smallest, threshold) * (1.0 + 1e-6)
