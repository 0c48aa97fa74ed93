"""What training returns."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, TypeAlias

import numpy as np
import pandas as pd
import torch
import xarray as xr
from pydantic import Field, TypeAdapter
from torch import Tensor

from physforge.equations import Equation
from physforge.errors import EquationError, PinnError
from physforge.pinn import stored
from physforge.pinn.block import Float
from physforge.pinn.engine import Objective
from physforge.pinn.inverse.verdict import Inference
from physforge.pinn.networks import MLP, FourierFeatures, ModifiedMLP, Network
from physforge.pinn.places import read_derivative, read_places
from physforge.pinn.problem import Problem
from physforge.pinn.problem_like import ProblemLike
from physforge.pinn.training import checkpoint
from physforge.pinn.training.progress import table
from physforge.pinn.uncertainty.spread import Spread, read_spread
from physforge.results import Arrays, Result
from physforge.views import find_view

_WEIGHTS = "weights.safetensors"

#: The networks that a result is read back with, told apart by their kind.
AnyNetwork: TypeAlias = Annotated[MLP | FourierFeatures | ModifiedMLP, Field(discriminator="kind")]


@dataclass(frozen=True, kw_only=True, eq=False)
class PinnResult(Result):
    """A network that was trained on a law.

    Parameters
    ----------
    problem : ProblemLike
        What was solved.
    network : Network
        The function.
    theta : torch.Tensor
        Its parameters, and the unknown ones of the law: those with the least held-out residual.
    held_out : float
        Root of the mean squared residual (conditions with their weights) at points that were not trained on.
    rows : tuple of dict
        The history, row by row.
    inference : Inference, optional
        What is known of the law's parameters, where measurements were fitted.
    spread : Spread, optional
        What the sd of predictions is made of: a distribution of the parameters, where measurements
        were fitted, or other networks.
    """

    kind: ClassVar[str] = "pinn"

    problem: ProblemLike
    network: Network
    theta: Tensor
    held_out: float
    rows: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    inference: Inference | None = field(default=None, repr=False)
    spread: Spread | None = field(default=None, repr=False)

    @cached_property
    def objective(self) -> Objective:
        """What evaluates the network on the problem, eagerly."""
        return Objective(self.problem, self.network, tier="eager", device=self.theta.device)

    @property
    def history(self) -> pd.DataFrame:
        """How training went: ``step``, ``seconds``, ``loss``, ``held_out`` and more, a row for each look."""
        return table(list(self.rows))

    @property
    def parameters(self) -> dict[str, float]:
        """The law's unknown parameters, as found."""
        return self.objective.parameters(self.theta)

    def predict(self, points: Mapping[str, Any] | xr.Dataset, *, sd: bool = False) -> Any:
        """Evaluate the fields.

        Parameters
        ----------
        points : mapping of str to array, or xarray.Dataset
            An array for each coordinate (of one shape, or shapes that go together), or a Dataset,
            at whose coordinates the fields are wanted.
        sd : bool, default False
            Whether to give the standard deviation of each as well, as ``u_sd``: of what
            measurements leave open for `infer`, of the scatter between networks for
            ``solve(..., ensemble=5)``.

        Returns
        -------
        dict of str to numpy.ndarray, or xarray.Dataset
            The fields, of the shape that was given.

        Raises
        ------
        PinnError
            If a coordinate is missing or unknown, or nothing is known of standard deviations.
        """
        return self.derivatives(points, self.problem.fields, sd=sd)

    def derivatives(self, points: Mapping[str, Any] | xr.Dataset, names: Sequence[str], *, sd: bool = False) -> Any:
        """Evaluate derivatives of the fields, exactly those of the network.

        Parameters
        ----------
        points : mapping of str to array, or xarray.Dataset
            As for `predict`.
        names : sequence of str
            For example ``["u_t", "u_xx"]``.
        sd : bool, default False
            As for `predict`.

        Returns
        -------
        dict of str to numpy.ndarray, or xarray.Dataset
            By name, of the shape that was given.

        Raises
        ------
        PinnError
            If a name is no derivative of a field.
        """
        coordinates, fields = self.problem.coordinates, self.problem.fields
        places = read_places(points, coordinates)
        wanted = {name: read_derivative(name, fields, coordinates) for name in names}
        orders = tuple(dict.fromkeys(order for _, order in wanted.values()))
        jets = self.objective.predict(self.theta, places.points, orders)
        found = {name: jets[order][which].cpu().numpy() for name, (which, order) in wanted.items()}
        if sd:
            spread = self._spread().sd(self.objective, self.theta, places.points, orders)
            found |= {f"{name}_sd": spread[order][which].cpu().numpy() for name, (which, order) in wanted.items()}
        return places.give_back(found)

    def _spread(self) -> Spread:
        if self.spread is None:
            raise PinnError(
                "One network trained on a law alone does not tell how uncertain it is: train several, as in "
                "solve(..., ensemble=5), or give measurements to infer(...)."
            )
        return self.spread

    def residual(self, points: Mapping[str, Any] | xr.Dataset) -> Any:
        """Evaluate what each law leaves.

        Parameters
        ----------
        points : mapping of str to array, or xarray.Dataset
            As for `predict`.

        Returns
        -------
        dict of str to numpy.ndarray, or xarray.Dataset
            By the name of the law; a law of several rows adds their numbers, from 0.
        """
        places = read_places(points, self.problem.coordinates)
        x = torch.as_tensor(places.points, dtype=self.theta.dtype, device=self.theta.device)
        found: dict[str, Float] = {}
        for index, block in enumerate(self.problem.blocks):
            if block.kind == "law" and len(block.orders) == 1:
                rows = self.objective.pointwise(self.theta, index, (x,), x.new_zeros((0, len(x)))).cpu().numpy()
                names = [block.name] if block.rows == 1 else [f"{block.name} [{row}]" for row in range(block.rows)]
                found.update(zip(names, rows, strict=True))
        return places.give_back(found)

    def conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Return intervals of the unknown parameters.

        Parameters
        ----------
        level : float, default 0.95
            Coverage.

        Returns
        -------
        pandas.DataFrame
            ``parameter``, ``low``, ``estimate``, ``high``.

        Raises
        ------
        PinnError
            If the law has no unknown parameters, or training did not make sure of them.
        """
        if not self.problem.unknown:
            raise PinnError("The law has no unknown parameters, so there are no intervals; name some with unknown=.")
        if self.inference is None:
            raise PinnError(f"Intervals of {level:.0%} need pinn.infer, which tests that the fit has converged.")
        return self.inference.table(level)

    def summary(self) -> str:
        """Say in plain words what was found and how sure it is."""
        last = self.rows[-1] if self.rows else {"step": 0, "seconds": 0.0}
        lines = [
            f"{self.status.capitalize()} after {last['step']} steps in {last['seconds']:.0f} s: at points apart from "
            f"those of training, the laws and conditions are left with {self.held_out:.1e} (root mean square)."
        ]
        sure = self.inference is not None and not self.inference.doubts
        ends = {row["parameter"]: (row["low"], row["high"]) for row in self._rows_of_intervals()} if sure else {}
        for name, value in self.parameters.items():
            between = "" if name not in ends else " (95 %: {:.6g} to {:.6g})".format(*ends[name])
            lines.append(f"{name} = {value:.6g}{between}")
        return "\n".join([*lines, *self.diagnostics])

    def _rows_of_intervals(self) -> list[dict[str, Any]]:
        return [{str(key): value for key, value in row.items()} for row in self.conf_int().to_dict("records")]

    def figures(self) -> dict[str, Any]:
        """Return the outcome, the held-out residual and the parameters found."""
        return {"outcome": self.status, "held-out residual": self.held_out, **self.parameters}

    def grid(self, points: int = 101) -> xr.Dataset:
        """Return even samples of the domain, its ends included.

        Parameters
        ----------
        points : int, default 101
            Along each coordinate.

        Returns
        -------
        xarray.Dataset
            Without variables: for `predict`, `derivatives` and `residual`.
        """
        ends = zip(self.problem.coordinates, self.problem.box, strict=True)
        return xr.Dataset(coords={name: np.linspace(float(low), float(high), points) for name, (low, high) in ends})

    def validate(self, against: xr.Dataset | Mapping[str, str] | None = None, *, points: int = 101) -> pd.DataFrame:
        """Compare the solution with what training did not use.

        Parameters
        ----------
        against : xarray.Dataset or mapping of str to str, optional
            Data within the domain, on a grid or scattered; or a formula for each field, such as
            ``{"u": "sin(pi*x)"}``. By default the laws are integrated by `physforge.simulate` from
            the network's own first state, which needs a solution that is periodic in space.
        points : int, default 101
            Along each coordinate, where formulas are compared with.

        Returns
        -------
        pandas.DataFrame
            A row for each field: ``rms_error`` and ``largest_error`` in its unit, ``relative_error``
            (as a share of the field's standard deviation), ``horizon`` (until when that is below
            0.1) and ``against``.

        Raises
        ------
        PinnError
            If there is nothing to compare with.
        SimulationError
            If the laws cannot be integrated.
        """
        from physforge.pinn.checking import check

        return check(self, against, points)

    def plot(self, **options: Any) -> Any:
        """Draw the fields, their residuals and the history.

        Parameters
        ----------
        **options : Any
            Passed on to the view ``pinn.plot``.

        Returns
        -------
        object
            What the view returns.
        """
        return find_view("pinn.plot")(self, **options)

    def explore(self) -> Any:
        """Show slices of the fields and residuals, and the history, with controls, in a notebook.

        Returns
        -------
        ipywidgets.Widget
            See `physforge.widgets.explore_pinn`.
        """
        return find_view("pinn.explore")(self)

    def __repr__(self) -> str:
        return f"PinnResult({self.status!r}, {'; '.join(self._laws())}, held_out={self.held_out:.1e})"

    def _repr_html_(self) -> str:
        laws = "".join(f"<p>{_formula(law)}</p>" for law in self._laws())
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{value:.6g}</td></tr>" for name, value in self.parameters.items()
        )
        table = f"<table><tr><th>parameter</th><th>estimate</th></tr>{rows}</table>" if rows else ""
        words = escape(self.summary()).replace("\n", "<br>")
        return f"<div><p><b>{escape(self.status)}</b></p>{laws}{table}<p>{words}</p></div>"

    def _laws(self) -> list[str]:
        return [block.name for block in self.problem.blocks if block.kind == "law"]

    def to_document(self) -> tuple[dict[str, Any], Arrays]:
        """Return the facts; the weights are in a file of their own."""
        document = {
            "problem": _described(self.problem),
            "network": self.network.model_dump(mode="json"),
            "held_out": self.held_out,
            "rows": list(self.rows),
            "inference": None if self.inference is None else self.inference.to_document(),
        }
        return document, {}

    def write_files(self, folder: Path) -> None:
        """Write the weights as safetensors.

        Parameters
        ----------
        folder : pathlib.Path
            Of the result.
        """
        checkpoint.write(
            folder / _WEIGHTS, {"theta": self.theta, **({} if self.spread is None else self.spread.tensors())}, {}
        )

    @classmethod
    def read_files(cls, folder: Path) -> dict[str, Any]:
        """Read the weights.

        Parameters
        ----------
        folder : pathlib.Path
            Of the result.

        Returns
        -------
        dict
            ``theta``, and ``spread`` where it was kept.
        """
        tensors = checkpoint.read(folder / _WEIGHTS)[0]
        return {"theta": tensors["theta"], "spread": read_spread(tensors)}

    @classmethod
    def from_document(cls, document: dict[str, Any], arrays: Arrays) -> Self:  # noqa: ARG003
        """Build the result from what `to_document` and `write_files` kept."""
        problem = document.get("known")
        if problem is None and document.get("problem") is None:
            raise PinnError(
                "The problem of this result was not kept, since parts of it are code; build it again and say "
                "load(path, problem=...)."
            )
        problem = stored.from_document(document["problem"]) if problem is None else problem
        return cls(
            **document["base"],
            problem=problem,
            network=TypeAdapter[Network](AnyNetwork).validate_python(document["network"]),
            theta=document["theta"],
            held_out=document["held_out"],
            rows=tuple(document["rows"]),
            inference=None if document.get("inference") is None else Inference.from_document(document["inference"]),
            spread=document["spread"],
        )


def _formula(law: str) -> str:
    """Return a law in LaTeX where it is text of the grammar; laws that are code have a name."""
    try:
        return f"$\\displaystyle {escape(Equation.parse(law).to_latex())}$"
    except EquationError:
        return f"<code>{escape(law)}</code>"


def _described(problem: ProblemLike) -> dict[str, Any] | None:
    """Return what `load` needs of a problem; None where parts of it are code."""
    if not isinstance(problem, Problem):
        return None
    try:
        return stored.to_document(problem)
    except PinnError:
        return None


def load(path: str | os.PathLike[str], problem: ProblemLike | None = None) -> PinnResult:
    """Read a result that `PinnResult.save` wrote.

    Parameters
    ----------
    path : str or path-like
        The folder.
    problem : Problem, optional
        Needed where it was not kept, because parts of it are code.

    Returns
    -------
    PinnResult
        That predicts what the one saved did, bit for bit.

    Raises
    ------
    PhysForgeError
        If the folder holds no such result, or the problem is missing.
    """
    if problem is None:
        return PinnResult.load(path)

    class Known(PinnResult):
        @classmethod
        def read_files(cls, folder: Path) -> dict[str, Any]:
            return {**super().read_files(folder), "known": problem}

    found = Known.load(path)
    return PinnResult(**{one.name: getattr(found, one.name) for one in fields(found)})
