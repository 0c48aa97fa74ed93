"""Any optimizer of PySINDy as a method of discovery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from physforge.derivatives.axis import Float
from physforge.discovery.method import Answer, DiscoveryMethod, Question, Supports
from physforge.discovery.pysindy_adapter import Options, check_options, supports
from physforge.discovery.regression import Support
from physforge.discovery.selection import RESOLUTION
from physforge.discovery.stlsq import STLSQ
from physforge.features import CandidateLibrary

#: The option that decides how sparse an equation is, and its value for terms of a share of the target.
_SPARSITY = {"STLSQ": "threshold", "SR3": "reg_weight_lam"}

#: Shares of the target that are tried where that option is not given, from the least that counts.
_SHARES = np.geomspace(RESOLUTION, 0.7, 15)


class PySINDy(DiscoveryMethod):
    """An optimizer of PySINDy on derivatives at samples.

    Use it to compare with that package, or for an optimizer that is known to suit. The
    optimizer proposes terms; the coefficients are fitted by least squares. Which of its
    proposals is chosen, how sure that is, and the intervals follow as for `STLSQ`, from
    blocks that are held out and resampled.

    Parameters
    ----------
    optimizer : str, default "STLSQ"
        Name of PySINDy's class: ``"STLSQ"``, ``"SR3"``, ``"SSR"`` or ``"FROLS"``; others, such as
        ``"MIOSR"``, where the packages are installed that they need. See `optimizer_names`.
    options : dict, default {}
        What the optimizer is told, as ``{"reg_weight_lam": 0.01}``. Candidates and target
        are scaled to unit root mean square, so thresholds are shares of the target. Where
        that which decides the sparsity of STLSQ and SR3 is not given, fifteen values are tried;
        SSR and FROLS propose every equation that they pass.
    refine : bool, default True
        Whether the best proposal is improved by exchanging terms one at a time. Without it
        the equation is one of the optimizer's own.

    References
    ----------
    A. A. Kaptanoglu and others, PySINDy: A comprehensive Python package for robust sparse system
    identification, Journal of Open Source Software 7 (2022) 3994.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> from physforge.discovery import discover
    >>> t = np.linspace(0.0, 6.0, 150)
    >>> ds = xr.Dataset({"u": ("t", 2.0 / (1.0 + np.exp(1.0 - t)))}, {"t": t})
    >>> discover(ds, method=PySINDy(optimizer="FROLS")).equation.matches("u_t = u - 0.5*u**2", rtol=1e-3)
    True
    """

    kind: Literal["pysindy"] = "pysindy"
    optimizer: str = "STLSQ"
    options: dict[str, bool | int | float | str] = Field(default_factory=dict)
    refine: bool = True

    uses: ClassVar[frozenset[str]] = frozenset({"known", "fixed", "bounds"})

    citations: ClassVar[tuple[str, ...]] = ("kaptanoglu2022",)

    def library(self, fields: Sequence[str], dims: Sequence[str]) -> CandidateLibrary:
        """Return the candidates of `STLSQ`."""
        return STLSQ().library(fields, dims)

    def answer(self, question: Question) -> Answer:
        """Find equations in the strong form; see `DiscoveryMethod.answer`."""
        from physforge.discovery.strong_form import answer

        check_options(self.optimizer, self.options)
        return answer(question, self)

    def left_out(self, question: Question, supports: Supports, count: int) -> dict[str, Float]:
        """Try equations on stretches left out of the fit; see `DiscoveryMethod.left_out`."""
        from physforge.discovery.strong_left_out import left_out

        return left_out(question, supports, count)

    def propose(self, triangle: Float) -> list[Support]:
        """Propose what the optimizer finds; see `Proposer.propose`."""
        found: list[Support] = []
        for options in self._variants():
            found += supports(self.optimizer, options, triangle[:, :-1], triangle[:, -1])
        return list(dict.fromkeys(found))

    def _variants(self) -> list[Options]:
        option = _SPARSITY.get(self.optimizer)
        if option is None or option in self.options:
            return [self.options]
        # SR3 with its penalty on the number of terms keeps what exceeds the root of twice its weight.
        values = _SHARES if option == "threshold" else 0.5 * _SHARES**2
        return [{**self.options, option: float(value)} for value in values]
