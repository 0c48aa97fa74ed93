"""What was found for one target, with the figures that say how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from physforge.derivatives.axis import Float
from physforge.equations import Equation
from physforge.errors import DiscoveryError


@dataclass(frozen=True, eq=False)
class Finding:
    """The outcome for one target.

    Parameters
    ----------
    target : str
        For example ``"u_t"``.
    terms : tuple of str
        Terms of the chosen equation; empty where none is supported.
    estimates : numpy.ndarray of shape (k,)
        Their coefficients, fitted to all samples.
    covariance : numpy.ndarray of shape (k, k)
        Of the coefficients, given these terms.
    degrees : float
        Degrees of freedom of their intervals; infinite where the noise is known.
    inclusion : mapping of str to float
        Probability of each candidate: the share of resamples that chose it, or by Schwarz's criterion.
    probability : float
        The same of exactly these terms.
    resamples : int
        Resamples behind the probabilities; 0 where there are none.
    unexplained : float
        Share of the target's root mean square that is left: on held-out blocks, or beyond the noise.
    samples : int
        How many were used.
    measured : int
        How many there are.
    blocks : int
        How many blocks or test functions they form.
    status : {"settled", "not settled", "no equation supported"}
        The verdict.
    limits : mapping of str to float, default {}
        For candidates that were left out, the size of coefficient that would have been seen.
    constants : tuple of str, default ()
        Names of numbers within terms, such as ``"c1"`` in ``"u/(1 + c1*u)"``. Estimates and
        covariance hold them after the coefficients.
    draws : numpy.ndarray of shape (m, k), optional
        Resampled estimates, where the method resamples them.
    considered : tuple of tuple of str, default ()
        Terms of the equations in the table of candidates, known ones left out, in its order.
    """

    target: str
    terms: tuple[str, ...]
    estimates: Float
    covariance: Float
    degrees: float
    inclusion: Mapping[str, float]
    probability: float
    resamples: int
    unexplained: float
    samples: int
    measured: int
    blocks: int
    status: str
    limits: Mapping[str, float] = field(default_factory=dict)
    constants: tuple[str, ...] = ()
    draws: Float | None = None
    considered: tuple[tuple[str, ...], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What `estimates` are of: terms, then constants."""
        return (*self.terms, *self.constants)

    @property
    def stderr(self) -> Float:
        """Standard error of each coefficient, shape (k,)."""
        spread: Float = np.sqrt(np.diag(self.covariance))
        return spread

    def intervals(self, level: float, *, bootstrap: bool = False) -> Float:
        """Return confidence intervals of the coefficients.

        Parameters
        ----------
        level : float
            Between 0 and 1.
        bootstrap : bool, default False
            Whether they are quantiles of `draws`.

        Returns
        -------
        numpy.ndarray of shape (k, 2)
            By default of Student's t.

        Raises
        ------
        DiscoveryError
            If there are no draws.
        """
        if bootstrap:
            if self.draws is None:
                raise DiscoveryError(
                    f"{self.target}: this method does not resample coefficients; r.conf_int() takes their covariance."
                )
            quantiles: Float = np.quantile(self.draws, [0.5 - level / 2.0, 0.5 + level / 2.0], axis=0).T
            return quantiles
        from scipy.special import ndtri, stdtrit

        share = 0.5 + level / 2.0
        reach = float(ndtri(share) if np.isinf(self.degrees) else stdtrit(self.degrees, share)) * self.stderr
        return np.column_stack([self.estimates - reach, self.estimates + reach])

    def equation(self, fields: tuple[str, ...]) -> Equation:
        """Return the equation found, with standard errors.

        Parameters
        ----------
        fields : tuple of str
            Names of the fields.

        Returns
        -------
        Equation
            Solved for the target.
        """
        return Equation.from_terms(
            self.target,
            dict(zip(self.terms, map(float, self.estimates[: len(self.terms)]), strict=True)),
            stderr=dict(zip(self.terms, map(float, self.stderr[: len(self.terms)]), strict=True)),
            parameters=dict(zip(self.constants, map(float, self.estimates[len(self.terms) :]), strict=True)),
            fields=fields,
        )

    def to_document(self) -> dict[str, Any]:
        """Return the facts as JSON-serialisable values, arrays left out."""
        return {
            "target": self.target,
            "terms": list(self.terms),
            "degrees": None if np.isinf(self.degrees) else self.degrees,
            "inclusion": dict(self.inclusion),
            "probability": self.probability,
            "resamples": self.resamples,
            "unexplained": self.unexplained,
            "samples": self.samples,
            "measured": self.measured,
            "blocks": self.blocks,
            "status": self.status,
            "limits": dict(self.limits),
            "constants": list(self.constants),
            "considered": [list(terms) for terms in self.considered],
        }

    @classmethod
    def from_document(
        cls, document: Mapping[str, Any], estimates: Float, covariance: Float, draws: Float | None = None
    ) -> Finding:
        """Build the finding from `to_document` and its arrays."""
        facts = {**document, "terms": tuple(document["terms"]), "constants": tuple(document.get("constants", ()))}
        facts["considered"] = tuple(map(tuple, document.get("considered", ())))
        facts["degrees"] = np.inf if facts["degrees"] is None else float(facts["degrees"])
        return cls(**facts, estimates=estimates, covariance=covariance, draws=draws)
