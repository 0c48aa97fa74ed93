"""Discovery in the weak form, which chooses from the noise itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from physforge.derivatives.axis import Float
from physforge.discovery.method import Answer, DiscoveryMethod, Question, Supports
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary

#: Highest degree of the monomials for so many fields; more fields get 2.
_CUBIC = 2


class WeakForm(DiscoveryMethod):
    """Integrals against test functions, corrected for noise, and a choice by what the noise allows.

    Use it for fields in space and time with any noise, up to as much noise as signal. No
    derivative of the data is taken: each term is multiplied by smooth test functions and
    its derivatives are moved to them. The noise is estimated from the data, what it adds to
    powers and products of the terms is taken off, and the covariance that it gives to the
    coefficients decides which terms are needed. Coefficients may vary with coordinates and
    with parameters of the runs; beside powers of the fields there may be sines, cosines and
    exponentials of a multiple of one, and other smooth functions of one where the noise is
    small. It is not for terms that cannot be integrated by parts, such as ``u_x**2``.

    Parameters
    ----------
    half_widths : dict of str to float, default {}
        Reach of the test functions along some axes, in the units of the coordinate. By
        default it follows from where the spectrum of the data sinks into the noise.
    rows : int, default 900
        Test functions aimed at. More cost the cube of their number in time, and tell
        little more.
    model_error : float, default 0.001
        Share of the target's root mean square, for each test function, by which the data may
        miss the law apart from their noise: errors of a simulation, or of an instrument's
        scale. A smaller one finds smaller terms, and takes errors for terms. Where fields without
        noise are sampled so coarsely that sums miss their integrals by more, that counts instead.

    Notes
    -----
    The misfit of an equation is a chi-square with as many degrees of freedom as candidates are left out. A
    term costs log(rows) + 2 log(candidates). Candidate equations come from a path of thresholds, from
    elimination by significance, from a greedy search with exchanges, from all with one to three terms, and
    from a hundred halves of the data, on each of which terms are chosen anew: what recurs there is proposed.
    The rule that picks is one for all: the least misfit plus price, whoever proposed an equation; the table
    of candidates says who did. Generalised least squares makes use of the noise that each equation implies.

    References
    ----------
    D. A. Messenger and D. M. Bortz, Weak SINDy for partial differential equations, Journal
    of Computational Physics 443 (2021) 110525; D. M. Bortz, D. A. Messenger and V. Dukic,
    Direct estimation of parameters in ODE models using WENDy, Bulletin of Mathematical
    Biology 85 (2023) 110; R. D. Shah and R. J. Samworth, Variable selection with error control, Journal of
    the Royal Statistical Society B 75 (2013) 55-80; U. Fasel and others, Ensemble-SINDy, Proceedings of the
    Royal Society A 478 (2022) 20210904; D. W. K. Andrews, Consistent moment selection procedures for
    generalized method of moments estimation, Econometrica 67 (1999) 543-563.
    """

    kind: Literal["weak"] = "weak"
    half_widths: dict[str, float] = Field(default_factory=dict)
    rows: int = Field(default=900, ge=50, le=5000)
    model_error: float = Field(default=1e-3, ge=0.0, lt=1.0)

    uses: ClassVar[frozenset[str]] = frozenset({"known", "fixed", "bounds", "symmetries"})

    citations: ClassVar[tuple[str, ...]] = ("messenger2021", "bortz2023", "andrews1999")

    def library(self, fields: Sequence[str], dims: Sequence[str]) -> CandidateLibrary:  # noqa: ARG002
        """Return derivatives of monomials, all of which can be integrated by parts."""
        degree = 3 if len(fields) <= _CUBIC else 2
        return CandidateLibrary(polynomial=degree, conservative=True, include_interactions=False)

    def answer(self, question: Question) -> Answer:
        """Find equations; see `DiscoveryMethod.answer`."""
        from physforge.discovery.weak.answer import answer

        self._check_half_widths(question.dims)
        return answer(question, dict(self.half_widths), self.rows, self.model_error)

    def left_out(self, question: Question, supports: Supports, count: int) -> dict[str, Float]:
        """Try equations on stretches left out of the fit; see `DiscoveryMethod.left_out`."""
        from physforge.discovery.weak.left_out import left_out

        self._check_half_widths(question.dims)
        return left_out(question, supports, count, dict(self.half_widths), self.rows, self.model_error)

    def _check_half_widths(self, dims: Sequence[str]) -> None:
        if any(not reach > 0.0 or not np.isfinite(reach) for reach in self.half_widths.values()):
            raise DiscoveryError(f"The half_widths of test functions must be positive, not {self.half_widths}.")
        if unknown := sorted(set(self.half_widths) - set(dims)):
            raise DiscoveryError(
                f"half_widths names {unknown[0]!r}, which is no axis of the data; there are {', '.join(dims)}."
            )
