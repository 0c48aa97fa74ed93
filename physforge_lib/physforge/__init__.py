"""PhysForge: from measurements to a governing equation that you can trust.

``import physforge as pf`` is light: each public name is loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import xarray as _xarray

from physforge.errors import PhysForgeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from physforge import pinn
    from physforge.datasets.catalog import Catalog
    from physforge.datasets.check import Check
    from physforge.default_workspace import lineage, open_dataset, submit
    from physforge.derivatives import differentiate
    from physforge.discovery import DiscoveryResult, discover
    from physforge.equations import Equation, System
    from physforge.features import CandidateLibrary
    from physforge.reports import report
    from physforge.simulation import simulate
    from physforge.workspace import Workspace

    catalog: Catalog

__all__ = [
    "CandidateLibrary",
    "DiscoveryResult",
    "Equation",
    "PhysForgeError",
    "System",
    "Workspace",
    "catalog",
    "differentiate",
    "discover",
    "lineage",
    "open_dataset",
    "pinn",
    "report",
    "simulate",
    "submit",
]

__version__ = version("physforge")

#: Public name -> module that defines it.
_HOMES = {
    "CandidateLibrary": "physforge.features",
    "DiscoveryResult": "physforge.discovery",
    "Equation": "physforge.equations",
    "System": "physforge.equations",
    "Workspace": "physforge.workspace",
    "differentiate": "physforge.derivatives",
    "discover": "physforge.discovery",
    "lineage": "physforge.default_workspace",
    "open_dataset": "physforge.default_workspace",
    "report": "physforge.reports",
    "simulate": "physforge.simulation",
    "submit": "physforge.default_workspace",
}


def __getattr__(name: str) -> Any:
    if name == "catalog":
        return import_module("physforge.workspace").Workspace().catalog
    if name == "pinn":
        return import_module("physforge.pinn")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'physforge' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


@_xarray.register_dataset_accessor("pf")  # type: ignore[no-untyped-call]
class _DatasetAccessor:
    """PhysForge's methods on an `xarray.Dataset`, as ``ds.pf``."""

    def __init__(self, dataset: _xarray.Dataset) -> None:
        self._dataset = dataset

    def plot(self, **options: Any) -> Any:
        """Draw the fields of the dataset (see `physforge.plots.plot_dataset`)."""
        return _view("dataset.plot")(self._dataset, **options)

    def explore(self, **options: Any) -> Any:
        """Show the dataset with controls, in a notebook (see `physforge.widgets.explore_dataset`)."""
        return _view("dataset.explore")(self._dataset, **options)

    def check(self) -> Check:
        """Say in words what the dataset is like (see `physforge.datasets.check.check`)."""
        check: Callable[[_xarray.Dataset], Check] = import_module("physforge.datasets.check").check
        return check(self._dataset)


def _view(name: str) -> Any:
    return import_module("physforge.views").find_view(name)
