"""Physics-informed neural networks: laws solved, and found again in data, by training.

Each public name is loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from physforge.pinn.conditions import Data, Dirichlet, Initial, Neumann, Periodic, Robin
    from physforge.pinn.deepxde.problem import from_deepxde
    from physforge.pinn.problem import Problem

__all__ = [
    "Data",
    "Dirichlet",
    "Initial",
    "Neumann",
    "Periodic",
    "Problem",
    "Robin",
    "from_deepxde",
]

#: Public name -> module that defines it. No module of this package may be called like a
#: public name: importing the one would hide the other.
_HOMES = {
    "Data": "physforge.pinn.conditions",
    "Dirichlet": "physforge.pinn.conditions",
    "Initial": "physforge.pinn.conditions",
    "Neumann": "physforge.pinn.conditions",
    "Periodic": "physforge.pinn.conditions",
    "Problem": "physforge.pinn.problem",
    "Robin": "physforge.pinn.conditions",
    "from_deepxde": "physforge.pinn.deepxde.problem",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'physforge.pinn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
