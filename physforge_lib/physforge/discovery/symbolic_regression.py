"""Symbolic regression: expressions that no library lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from physforge.discovery.method import Answer, DiscoveryMethod, Question
from physforge.equations.names import FUNCTIONS
from physforge.features import CandidateLibrary


class SymbolicRegression(DiscoveryMethod):
    """Search expressions of the fields and their derivatives by genetic programming.

    Use it where the law may be no sum of library terms: saturation such as ``u/(1 + u)``, a sine, a
    quotient of two fields. It needs derivatives, and so data with little noise (a few per cent). Where a
    library has the terms, `WeakForm` and `STLSQ` are faster, stand more noise and miss nothing.

    Parameters
    ----------
    engine : {"pyoperon", "pysr"}, default "pyoperon"
        What searches. PySR needs ``physforge[pysr]`` and Julia.
    functions : tuple of str, default ("sin", "cos", "exp", "log", "sqrt")
        Functions that may occur beside ``+ - * /``. More make rivals more likely.
    variables : tuple of str, optional
        What expressions may contain: fields, derivatives, coordinates. By default the fields, their
        spatial derivatives up to the order of the library, and the time derivatives below a target of
        higher order. The terms of the library serve only to challenge what is found.
    length : int, default 25
        Most nodes of an expression as it is searched.
    evaluations : int, default 100000
        Expressions that a search may evaluate: two to three seconds.
    searches : int, default 2
        Searches for each target, each from its own seed; one more does without functions. What only one
        of them finds is not settled.
    budget_s : float, optional
        Seconds after which a search ends early, rounded up. The outcome then depends on the machine;
        without it, the same seed and data give the same result.

    Notes
    -----
    Expressions are expanded, their numbers fitted by least squares (coefficients exactly, numbers within
    terms by iteration), and simplified step by step: the term that is needed least is left out, or a
    number within a term becomes zero or one. What is minimised is the logarithm of the error on held-out
    blocks of samples, level below the noise, plus a description length: log(variables and functions) for
    each symbol and half of log(blocks) for each number, divided by the number of blocks. Standard errors are
    robust to errors that are alike within blocks. Of the candidates, ``complexity`` counts symbols, functions
    and numbers, and ``front`` marks those that nothing shorter betters.

    A form is settled where two searches come to it, no other is within 10 of twice the log likelihood or
    does as well in another way, 90 % of fifty resamples choose it, the noise explains the misfit to 2 % of the
    target, other derivatives lead to it too, and no number is compatible with zero.

    References
    ----------
    B. Burlacu, G. Kronberger and M. Kommenda, Operon C++: an efficient genetic programming framework for
    symbolic regression, GECCO 2020 Companion, 1562-1570; M. Cranmer, Interpretable machine learning for science
    with PySR and SymbolicRegression.jl, arXiv:2305.01582 (2023); D. J. Bartlett, H. Desmond and P. G. Ferreira,
    Exhaustive symbolic regression, IEEE Transactions on Evolutionary Computation 28 (2024) 950-964.
    """

    kind: Literal["symbolic"] = "symbolic"
    engine: Literal["pyoperon", "pysr"] = "pyoperon"
    functions: tuple[str, ...] = ("sin", "cos", "exp", "log", "sqrt")
    variables: tuple[str, ...] | None = None
    length: int = Field(default=25, ge=5, le=60)
    evaluations: int = Field(default=100_000, ge=2_000, le=100_000_000)
    searches: int = Field(default=2, ge=1, le=20)
    budget_s: float | None = Field(default=None, gt=0.0)

    citations: ClassVar[tuple[str, ...]] = ("bartlett2024",)

    @field_validator("functions")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in FUNCTIONS:
                raise ValueError(f"there is no function {name!r}; use some of {', '.join(FUNCTIONS)}")
        return tuple(dict.fromkeys(value))

    @field_validator("variables")
    @classmethod
    def _some(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is not None and not value:
            raise ValueError("expressions need at least one variable")
        return value

    def library(self, fields: Sequence[str], dims: Sequence[str]) -> CandidateLibrary:  # noqa: ARG002
        """Return the library whose derivatives are variables, and whose cubic terms may be rivals."""
        return CandidateLibrary(polynomial=3)

    def answer(self, question: Question) -> Answer:
        """Find expressions; see `DiscoveryMethod.answer`."""
        from physforge.discovery.symbolic.answer import answer

        return answer(question, self)
