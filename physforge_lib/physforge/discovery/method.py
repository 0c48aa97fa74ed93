"""What a discovery method is: it answers a question with findings, doubts and a table of equations."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import BaseModel, ConfigDict

from physforge.derivatives.axis import Float
from physforge.discovery.finding import Finding
from physforge.discovery.known import Bounds
from physforge.discovery.regression import Support
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of a method.

    Parameters
    ----------
    runs : tuple of xarray.Dataset
        Checked data, fields and their sd; one entry for each run.
    targets : tuple of str
        Time derivatives to explain.
    library : CandidateLibrary
        Candidates, resolved.
    fields, dims : tuple of str
        Names.
    seed : int
        Of whatever is random.
    known : mapping of str to mapping of str to float, default {}
        Coefficients that are known, by target and term.
    fixed : mapping of str to sequence of str, default {}
        By target, terms that are in the equation with any coefficient.
    bounds : mapping of str to mapping of str to (float, float), default {}
        Lowest and highest coefficient, by target and term.
    excluded : mapping of str to mapping of str to str, default {}
        By target, candidates under the names of `Term.reported`, with the symmetry that they break.
    """

    runs: tuple[xr.Dataset, ...]
    targets: tuple[str, ...]
    library: CandidateLibrary
    fields: tuple[str, ...]
    dims: tuple[str, ...]
    seed: int
    known: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    fixed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    bounds: Mapping[str, Mapping[str, Bounds]] = field(default_factory=dict)
    excluded: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def generators(self) -> list[np.random.Generator]:
        """Return an independent generator for each target."""
        return [np.random.default_rng(one) for one in np.random.SeedSequence(self.seed).spawn(len(self.targets))]


@dataclass(frozen=True, eq=False)
class Outcome:
    """The answer for one target.

    Parameters
    ----------
    finding : Finding
        The equation with its figures.
    diagnostics : sequence of str
        Doubts and limits, a sentence each, that begin with the target.
    candidates : pandas.DataFrame
        Every equation considered, best first.
    """

    finding: Finding
    diagnostics: Sequence[str]
    candidates: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Answer:
    """What a method returns.

    Parameters
    ----------
    outcomes : sequence of Outcome
        One for each target.
    record : mapping
        How it was done, for the run record.
    citations : tuple of str
        Keys of `physforge.citations.BIBTEX` beyond those of the method.
    """

    outcomes: Sequence[Outcome]
    record: Mapping[str, Any]
    citations: tuple[str, ...] = ()


#: By target, the terms of some equations.
Supports = Mapping[str, Sequence[Sequence[str]]]


class DiscoveryMethod(BaseModel, abc.ABC):
    """A way to find sparse equations.

    Subclasses are final, immutable and carry a ``kind`` tag, so that a call can be
    stored. They are found by short name under the entry-point group
    ``physforge.methods``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Keys of `physforge.citations.BIBTEX`.
    citations: ClassVar[tuple[str, ...]] = ()

    #: Which of ``"known"``, ``"fixed"``, ``"bounds"`` and ``"symmetries"`` are used where they differ from one
    #: target to another; `physforge.discover` refuses the others.
    uses: ClassVar[frozenset[str]] = frozenset()

    def library(self, fields: Sequence[str], dims: Sequence[str]) -> CandidateLibrary:  # noqa: ARG002
        """Return the candidates that are used where none are given.

        Parameters
        ----------
        fields, dims : sequence of str
            Names.

        Returns
        -------
        CandidateLibrary
            By default `CandidateLibrary` with its own defaults.
        """
        return CandidateLibrary()

    @abc.abstractmethod
    def answer(self, question: Question) -> Answer:
        """Find an equation for each target.

        Parameters
        ----------
        question : Question
            Data, targets and candidates.

        Returns
        -------
        Answer
            In the order of the targets.
        """

    def left_out(self, question: Question, supports: Supports, count: int) -> dict[str, Float]:  # noqa: ARG002
        """Fit equations to all but a stretch of the data, and try them on it.

        Parameters
        ----------
        question : Question
            The data, the candidates, and what is known.
        supports : mapping of str to sequence of sequence of str
            By target, the terms of each equation beside those whose coefficients are known.
        count : int
            Stretches of time wanted; of several runs, groups of them.

        Returns
        -------
        dict of str to numpy.ndarray of shape (equations, stretches)
            By target, the mean square of what is left over on each stretch, over that which
            noise alone would leave.

        Raises
        ------
        DiscoveryError
            If the data are too few, or the method cannot do it.
        """
        kind = self.model_dump().get("kind", type(self).__name__)
        raise DiscoveryError(
            f"Equations of {kind!r} are not refitted without a part of the data; r.forecasts(holdout) tries them on "
            "data that were held out."
        )


class Proposer(Protocol):
    """Proposes equations for a regression."""

    @property
    def refine(self) -> bool:
        """Whether the best proposal is improved by exchanging terms one at a time."""
        ...

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
        ...
