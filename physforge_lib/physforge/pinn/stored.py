"""A problem as JSON, so that a trained network can be evaluated by whoever opens it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from torch import Tensor

from physforge.equations import System
from physforge.errors import EquationError, PinnError
from physforge.pinn.block import Block, Float
from physforge.pinn.jets import Jets
from physforge.pinn.law import law_block
from physforge.pinn.lifting import Lifting
from physforge.pinn.problem import Problem
from physforge.pinn.regions import Slice
from physforge.pinn.translation import Translation


class StoredProblem(Problem):
    """A problem that was read again: its law, its domain and the form of its fields.

    The conditions that were part of the loss are known by name only (`names`), since they may
    have been code or samples: such a problem can be evaluated, and not trained on.

    Parameters
    ----------
    document : mapping
        What `to_document` returned.

    Attributes
    ----------
    names : tuple of str
        Of all blocks that the loss was made of.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.coordinates = tuple(map(str, document["coordinates"]))
        self.fields = tuple(map(str, document["fields"]))
        self.box = np.array(document["box"], dtype=np.float64)
        self.unknown = MappingProxyType({str(name): float(value) for name, value in document["unknown"].items()})
        self.periodic = tuple(map(int, document["periodic"]))
        self.diagnostics = tuple(map(str, document["diagnostics"]))
        self.names = tuple(map(str, document["blocks"]))
        stored = document["ansatz"]
        self.ansatz = None if stored is None else Lifting.from_document(stored)
        self.system = None if document["system"] is None else System.from_document(document["system"])
        self.blocks = (_code(self.names, self.box),)
        if self.system is not None:
            functions = {name: value for one in self.system for name, value in one.functions}
            translation = Translation(self.coordinates, self.fields, tuple(self.unknown), functions)
            self.blocks = (law_block(self.system, translation, self.box),)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.names[0]}; fields {', '.join(self.fields)}>"


def _code(names: tuple[str, ...], box: Float) -> Block:
    """Make a block in the place of a law that was code, which says so when it is asked."""
    zero = (0,) * len(box)

    def residual(
        _jets: Sequence[Jets], _places: Sequence[Tensor], _parameters: Mapping[str, Tensor], _values: Tensor
    ) -> Tensor:
        raise PinnError(
            f"The law {names[0]!r} was code, which is not stored: its residual cannot be evaluated. State the problem "
            "again and give it as load(path, problem=...)."
        )

    return Block(names[0], "law", Slice(box), ((zero,),), residual)


def to_document(problem: Problem) -> dict[str, Any]:
    """Return what is needed to evaluate a trained network, as JSON-serialisable facts.

    Parameters
    ----------
    problem : Problem
        Any.

    Returns
    -------
    dict
        What `from_document` takes.

    Raises
    ------
    PinnError
        If the fields are made by an ansatz that is code.
    """
    if problem.ansatz is not None and not isinstance(problem.ansatz, Lifting):
        raise PinnError(f"The fields are made by a {type(problem.ansatz).__name__}, which cannot be stored.")
    return {
        "coordinates": list(problem.coordinates),
        "fields": list(problem.fields),
        "box": problem.box.tolist(),
        "unknown": dict(problem.unknown),
        "periodic": list(problem.periodic),
        "diagnostics": list(problem.diagnostics),
        "blocks": list(problem.names) if isinstance(problem, StoredProblem) else [one.name for one in problem.blocks],
        "ansatz": None if problem.ansatz is None else problem.ansatz.to_document(),
        "system": None if problem.system is None else problem.system.to_document(),
    }


def from_document(document: Mapping[str, Any]) -> StoredProblem:
    """Build a problem from what `to_document` returned.

    Parameters
    ----------
    document : mapping
        As JSON gave it back.

    Returns
    -------
    StoredProblem
        With the law as its only block; where the law was code, its residual raises.

    Raises
    ------
    PinnError
        If the document does not hold a problem.
    """
    try:
        return StoredProblem(document)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, EquationError) as error:
        raise PinnError(f"The document does not hold a problem: {error!r}.") from error
