"""Physics-informed neural networks: laws solved, and found again in data, by training.

Each public name is loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from physforge.pinn.conditions import Data, Dirichlet, Initial, Neumann, Periodic, Robin
    from physforge.pinn.deepxde.problem import from_deepxde
    from physforge.pinn.inverse.fit import Schedule
    from physforge.pinn.inverse.infer import infer
    from physforge.pinn.networks import MLP, FourierFeatures, ModifiedMLP
    from physforge.pinn.optimisers import LBFGS, SOAP, Adam, LevenbergMarquardt, SSBroyden
    from physforge.pinn.parallel.group import data_parallel
    from physforge.pinn.problem import Problem
    from physforge.pinn.result import PinnResult, load
    from physforge.pinn.smoothing.network_smoother import PINN
    from physforge.pinn.training.progress import Progress
    from physforge.pinn.training.sampling import ResidualAdaptive, Sobol
    from physforge.pinn.training.solve import solve
    from physforge.pinn.training.weighting import Causal, Fixed, GradientNorm, SelfAdaptive
    from physforge.pinn.uncertainty.members import combine

__all__ = [
    "LBFGS",
    "MLP",
    "PINN",
    "SOAP",
    "Adam",
    "Causal",
    "Data",
    "Dirichlet",
    "Fixed",
    "FourierFeatures",
    "GradientNorm",
    "Initial",
    "LevenbergMarquardt",
    "ModifiedMLP",
    "Neumann",
    "Periodic",
    "PinnResult",
    "Problem",
    "Progress",
    "ResidualAdaptive",
    "Robin",
    "SSBroyden",
    "Schedule",
    "SelfAdaptive",
    "Sobol",
    "combine",
    "data_parallel",
    "from_deepxde",
    "infer",
    "load",
    "solve",
]

#: Public name -> module that defines it. No module of this package may be called like a
#: public name: importing the one would hide the other.
_HOMES = {
    "Adam": "physforge.pinn.optimisers",
    "Causal": "physforge.pinn.training.weighting",
    "Data": "physforge.pinn.conditions",
    "Dirichlet": "physforge.pinn.conditions",
    "Fixed": "physforge.pinn.training.weighting",
    "FourierFeatures": "physforge.pinn.networks",
    "GradientNorm": "physforge.pinn.training.weighting",
    "Initial": "physforge.pinn.conditions",
    "LBFGS": "physforge.pinn.optimisers",
    "LevenbergMarquardt": "physforge.pinn.optimisers",
    "MLP": "physforge.pinn.networks",
    "ModifiedMLP": "physforge.pinn.networks",
    "PINN": "physforge.pinn.smoothing.network_smoother",
    "Schedule": "physforge.pinn.inverse.fit",
    "infer": "physforge.pinn.inverse.infer",
    "Neumann": "physforge.pinn.conditions",
    "Periodic": "physforge.pinn.conditions",
    "PinnResult": "physforge.pinn.result",
    "Problem": "physforge.pinn.problem",
    "Progress": "physforge.pinn.training.progress",
    "ResidualAdaptive": "physforge.pinn.training.sampling",
    "Robin": "physforge.pinn.conditions",
    "SOAP": "physforge.pinn.optimisers",
    "SSBroyden": "physforge.pinn.optimisers",
    "SelfAdaptive": "physforge.pinn.training.weighting",
    "Sobol": "physforge.pinn.training.sampling",
    "data_parallel": "physforge.pinn.parallel.group",
    "combine": "physforge.pinn.uncertainty.members",
    "from_deepxde": "physforge.pinn.deepxde.problem",
    "load": "physforge.pinn.result",
    "solve": "physforge.pinn.training.solve",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'physforge.pinn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
