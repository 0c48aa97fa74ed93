"""What a discovery method is: it proposes equations, which are then judged alike."""

from __future__ import annotations

import abc
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from physforge.derivatives.axis import Float
from physforge.discovery.regression import Support


class DiscoveryMethod(BaseModel, abc.ABC):
    """A way to propose sparse equations.

    Subclasses are final, immutable and carry a ``kind`` tag, so that a call can be
    stored. They are found by short name under the entry-point group
    ``physforge.methods``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Keys of `physforge.citations.BIBTEX`.
    citations: ClassVar[tuple[str, ...]] = ()

    @abc.abstractmethod
    def propose(self, triangle: Float) -> list[Support]:
        """Propose supports for one regression.

        Parameters
        ----------
        triangle : numpy.ndarray of shape (m, p + 1)
            Scaled candidates with the target as last column, as `Regression.gather`
            gives.

        Returns
        -------
        list of tuple of int
            Distinct supports, each a set of candidates that belongs together.
        """
