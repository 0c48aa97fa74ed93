"""What was found for one target, with the figures that say how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from physforge.derivatives.axis import Float
from physforge.equations import Equation


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
    resampled : numpy.ndarray of shape (resamples, k)
        Their coefficients in each resample.
    inclusion : mapping of str to float
        Share of resamples that chose each candidate.
    recurrence : float
        Share of resamples that chose exactly these terms.
    unexplained : float
        Root mean square error on held-out blocks, as a share of the target's.
    samples : int
        How many were used.
    measured : int
        How many there are.
    blocks : int
        How many blocks they form.
    status : {"settled", "not settled", "no equation supported"}
        The verdict.
    """

    target: str
    terms: tuple[str, ...]
    estimates: Float
    resampled: Float
    inclusion: Mapping[str, float]
    recurrence: float
    unexplained: float
    samples: int
    measured: int
    blocks: int
    status: str

    @property
    def stderr(self) -> Float:
        """Standard error of each coefficient, from the resamples, shape (k,)."""
        spread: Float = np.std(self.resampled, axis=0, ddof=1)
        return spread

    def intervals(self, level: float) -> Float:
        """Return confidence intervals of the coefficients.

        Parameters
        ----------
        level : float
            Between 0 and 1.

        Returns
        -------
        numpy.ndarray of shape (k, 2)
            Student's t with one degree of freedom fewer than blocks.
        """
        from scipy.special import stdtrit

        reach = float(stdtrit(max(self.blocks - 1, 1), 0.5 + level / 2.0)) * self.stderr
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
            dict(zip(self.terms, map(float, self.estimates), strict=True)),
            stderr=dict(zip(self.terms, map(float, self.stderr), strict=True)),
            fields=fields,
        )

    def to_document(self) -> dict[str, Any]:
        """Return the facts as JSON-serialisable values, arrays left out."""
        return {
            "target": self.target,
            "terms": list(self.terms),
            "inclusion": dict(self.inclusion),
            "recurrence": self.recurrence,
            "unexplained": self.unexplained,
            "samples": self.samples,
            "measured": self.measured,
            "blocks": self.blocks,
            "status": self.status,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any], estimates: Float, resampled: Float) -> Finding:
        """Build the finding from `to_document` and its two arrays."""
        return cls(**{**document, "terms": tuple(document["terms"]), "estimates": estimates, "resampled": resampled})
