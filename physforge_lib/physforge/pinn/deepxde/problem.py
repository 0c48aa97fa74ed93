"""``from_deepxde``: an unmodified problem of DeepXDE, to be trained here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import signature
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from physforge.errors import MissingExtraError, PinnError
from physforge.pinn.ansatz import Ansatz
from physforge.pinn.block import Block, Float
from physforge.pinn.deepxde.conditions import components, condition_block
from physforge.pinn.deepxde.function import Frame, FunctionError, trace
from physforge.pinn.deepxde.geometry import Domain
from physforge.pinn.deepxde.given import TRIAL
from physforge.pinn.deepxde.regions import Inside
from physforge.pinn.deepxde.transform import OutputTransform, Transform
from physforge.pinn.problem import Problem

#: More outputs than this are not looked for.
_MOST_OUTPUTS = 16

_NO_CONDITIONS = (
    "The problem has no conditions, so that its solution may not be the only one. Where DeepXDE's network keeps them "
    "by apply_output_transform, say from_deepxde(data, output_transform=...) with the same function."
)


class DeepxdeProblem(Problem):
    """A problem whose laws are code; make one with `from_deepxde`.

    It has the attributes of `Problem`. Its laws are no equations that could be read: `system`
    is None.
    """

    def __init__(
        self,
        domain: Domain,
        fields: tuple[str, ...],
        blocks: tuple[Block, ...],
        unknown: Mapping[str, float],
        ansatz: Ansatz | None,
        diagnostics: tuple[str, ...],
    ) -> None:
        self.coordinates = domain.coordinates
        self.box = domain.our_box
        self.fields = fields
        self.blocks = blocks
        self.unknown = MappingProxyType(dict(unknown))
        self.ansatz = ansatz
        self.periodic = ()
        self.system = None
        self.diagnostics = diagnostics


def from_deepxde(
    data: Any,
    *,
    variables: Tensor | Iterable[Tensor] | Mapping[str, Tensor] | None = None,
    fields: Iterable[str] | None = None,
    output_transform: Transform | None = None,
) -> Problem:
    """Take a problem that is defined with DeepXDE.

    Its functions are called once, to learn which derivatives they read, and turned into
    operations of torch that give the same numbers; where torch cannot trace one, it is called
    at every step. The problem's reference solution is never looked at, nor are its training
    points: points are drawn from its geometry.

    What was given to DeepXDE's network is no part of `data` and cannot be seen here. Where conditions
    hold by ``net.apply_output_transform(function)``, give the same function as
    `output_transform`: without it, nothing keeps these conditions. A transform of the inputs
    (``net.apply_feature_transform``) is a property of the network; choose one by ``solve(network=...)``.

    Parameters
    ----------
    data : deepxde.data.PDE or deepxde.data.TimePDE
        With any geometry, in up to three dimensions and time, and the conditions DirichletBC,
        NeumannBC, RobinBC, PeriodicBC, IC, OperatorBC, PointSetBC and PointSetOperatorBC.
    variables : deepxde.Variable, iterable or mapping of str to deepxde.Variable, optional
        What DeepXDE calls external trainable variables. Without names they are called
        ``variable_1``, ``variable_2``, ...
    fields : iterable of str, optional
        Names of the outputs; by default ``u``, or ``u1``, ``u2``, ... as many as the functions
        of the problem use.
    output_transform : callable, optional
        ``output_transform(x, y)``, as ``net.apply_output_transform`` takes it: makes the fields of
        points and of as many outputs of the network, for example
        ``lambda x, y: x[:, 0:1] * (1 - x[:, 0:1]) * y``. It may use no ``dde.Variable``.

    Returns
    -------
    Problem
        In double precision, whatever DeepXDE's default is. Its coordinates are t, x, y and z.

    Raises
    ------
    PinnError
        If it is another kind of problem, or one of its functions raises.
    MissingExtraError
        If DeepXDE is not installed, or does not use torch.
    """
    _refuse_other_kinds(data)
    domain = Domain.of(data.geom, np.asarray(data.train_x_all, dtype=np.float64))
    named = _named(variables)
    names = None if fields is None else tuple([fields] if isinstance(fields, str) else fields)
    conditions = [(f"{type(one).__name__} {number}", one) for number, one in enumerate(data.bcs, 1)]
    least = 1 + max([index for _, one in conditions for index in components(one)], default=0)
    counts = range(least, _MOST_OUTPUTS + 1) if names is None else [len(names)]
    blocks, ansatz, count = _blocks(data, conditions, domain, named, counts, output_transform)
    names = names or (("u",) if count == 1 else tuple(f"u{index}" for index in range(1, count + 1)))
    starts = {name: float(one.detach()) for name, one in named.items()}
    return DeepxdeProblem(domain, names, blocks, starts, ansatz, () if conditions or ansatz else (_NO_CONDITIONS,))


def _blocks(
    data: Any,
    conditions: list[tuple[str, Any]],
    domain: Domain,
    variables: Mapping[str, Tensor],
    counts: Iterable[int],
    transform: Transform | None,
) -> tuple[tuple[Block, ...], Ansatz | None, int]:
    """Make the blocks and the ansatz, with the least number of outputs for which no function raises."""
    first: FunctionError | None = None
    for count in counts:
        frame = Frame(domain.permutation, count, variables)
        try:
            ansatz = None if transform is None else OutputTransform(transform, domain, count)
            law = [] if data.pde is None else [_law_block(data, domain, frame)]
            others = [condition_block(one, name, domain, frame) for name, one in conditions]
            return (*law, *others), ansatz, count
        except FunctionError as error:
            first = first or error
    raise first or PinnError("There are no outputs: name at least one in fields=.")


def _law_block(data: Any, domain: Domain, frame: Frame) -> Block:
    function, name = data.pde, getattr(data.pde, "__name__", "pde")
    auxiliary = data.auxiliary_var_fn
    arguments = len(signature(function).parameters)

    def given(places: Float) -> Float:
        if auxiliary is None:
            return np.empty((0, len(places)))
        return np.asarray(auxiliary(places), dtype=np.float64).reshape(len(places), -1).T

    def call(x: Tensor, y: Tensor, known: Tensor) -> Any:
        return function(x, y) if auxiliary is None or arguments == 2 else function(x, y, known)

    anchors = np.empty((0, len(domain.box))) if data.anchors is None else np.asarray(data.anchors, dtype=np.float64)
    region = Inside(domain, anchors, given)
    points = region.sample(TRIAL, np.random.default_rng(0))
    x = torch.tensor(points.places[0][:, list(domain.permutation)])
    traced = trace(call, x, torch.tensor(points.values.T.copy()), frame, f"The function {name}")
    orders = tuple(frame.order(order) for order in traced.orders)
    return Block(name, "law", region, (orders,), traced.residual, traced.rows)


def _named(variables: Any) -> dict[str, Tensor]:
    if variables is None:
        return {}
    if isinstance(variables, Tensor):
        variables = [variables]
    if not isinstance(variables, Mapping):
        variables = {f"variable_{number}": one for number, one in enumerate(variables, 1)}
    for name, one in variables.items():
        if not isinstance(one, Tensor) or one.numel() != 1:
            raise PinnError(f"The variable {name!r} is {one!r}; give a dde.Variable that is one number.")
    return dict(variables)


def _refuse_other_kinds(data: Any) -> None:
    try:
        import deepxde
    except ImportError as error:  # pragma: no cover - part of every development environment
        raise MissingExtraError("from_deepxde needs DeepXDE: pip install 'physforge[pinn]'.") from error
    if deepxde.backend.backend_name != "pytorch":
        raise MissingExtraError(
            f"DeepXDE uses {deepxde.backend.backend_name}; set the environment variable DDE_BACKEND=pytorch before it "
            "is imported."
        )
    if isinstance(data, deepxde.Model):
        raise PinnError(
            "This is a Model; give its problem, model.data, and in output_transform= what its network was given by "
            "apply_output_transform, if anything."
        )
    known = isinstance(data, deepxde.data.PDE) and type(data).losses is deepxde.data.PDE.losses
    if not known:
        raise PinnError(f"The problem is a {type(data).__name__}; give a deepxde.data.PDE or TimePDE.")
    if deepxde.config.autodiff != "reverse":
        raise PinnError("DeepXDE is set to forward differentiation; call dde.config.set_default_autodiff('reverse').")
