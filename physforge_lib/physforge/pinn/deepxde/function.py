"""A function that is written for DeepXDE, as a residual of jets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.fx import GraphModule
from torch.fx.experimental.proxy_tensor import make_fx

from physforge.errors import PinnError
from physforge.pinn.deepxde.surroundings import Substitution, derivatives_by, double_precision
from physforge.pinn.deepxde.tracing import Outputs
from physforge.pinn.jets import Jets, Order

#: ``call(x, y, given)`` -> a tensor of shape (points, any), or a list of them. `given` is
#: what is known at the points, of shape (points, values).
Call: TypeAlias = Callable[[Tensor, Tensor, Tensor], Any]

#: Highest order of a derivative that a function may ask for.
MAX_ORDER = 4


class FunctionError(PinnError):
    """A caller's function raises, or returns something of a wrong shape."""


@dataclass(frozen=True)
class Frame:
    """The problem that a function belongs to.

    Parameters
    ----------
    permutation : tuple of int
        DeepXDE's coordinate k is the problem's coordinate ``permutation[k]``.
    outputs : int
        Of the network.
    variables : mapping of str to torch.Tensor
        The caller's ``dde.Variable``s by name.
    """

    permutation: tuple[int, ...]
    outputs: int
    variables: Mapping[str, Tensor]

    def order(self, theirs: Order) -> Order:
        """Write a derivative in the problem's order of coordinates."""
        mine = [0] * len(theirs)
        for index, count in zip(self.permutation, theirs, strict=True):
            mine[index] = count
        return tuple(mine)


@dataclass(frozen=True, eq=False)
class TracedFunction:
    """A function that was called once, so that it is known what it reads and returns.

    Parameters
    ----------
    orders : tuple of Order
        Derivatives that it reads, in DeepXDE's order of coordinates.
    rows : int
        Numbers that it returns for a point.
    run : callable
        ``run(x, given, variables, *derivatives)`` -> tensor of shape (rows, points).
    frame : Frame
        Of the problem.
    captured : bool
        Whether `run` is a graph of torch's operations, and not the caller's code.
    """

    orders: tuple[Order, ...]
    rows: int
    run: Callable[..., Tensor]
    frame: Frame
    captured: bool

    def residual(
        self, jets: Sequence[Jets], places: Sequence[Tensor], parameters: Mapping[str, Tensor], values: Tensor
    ) -> Tensor:
        """Evaluate it (see `physforge.pinn.block.Residual`)."""
        x = places[0][:, list(self.frame.permutation)]
        derivatives = [jets[0][self.frame.order(order)] for order in self.orders]
        variables = [parameters[name] for name in self.frame.variables]
        return self.run(x, values.T, variables, *derivatives)

    def equals(self, other: TracedFunction, x: Tensor, given: Tensor) -> bool:
        """Say whether another function returns the same numbers.

        Parameters
        ----------
        other : TracedFunction
            Which reads the same derivatives, or not.
        x, given : torch.Tensor
            As for `trace`.

        Returns
        -------
        bool
            False also if it reads others.
        """
        values = _trial_values(self.frame)
        generator = torch.Generator().manual_seed(0)
        shape = (self.frame.outputs, len(x))
        derivatives = [torch.rand(shape, generator=generator, dtype=torch.float64) + 0.5 for _ in self.orders]
        return self.orders == other.orders and _agree(other.run, self.run, (x, given, values, *derivatives))


def trace(call: Call, x: Tensor, given: Tensor, frame: Frame, label: str, *, capture: bool = True) -> TracedFunction:
    """Call a function once, and turn it into operations of torch if that can be done.

    Parameters
    ----------
    call : callable
        The function.
    x : torch.Tensor
        Points to try it at, in DeepXDE's order of coordinates, of shape (points, coordinates).
    given : torch.Tensor
        What is known there, of shape (points, values).
    frame : Frame
        Of the problem.
    label : str
        What the function is, for messages.
    capture : bool, default True
        Whether to turn it into operations of torch.

    Returns
    -------
    TracedFunction
        Which gives the same numbers.

    Raises
    ------
    PinnError
        If the function raises, returns something of a wrong shape or not finite, or asks for
        too high a derivative.
    """
    values = _trial_values(frame)
    try:
        tried, made = _read(call, x, given, values, frame, label)
    except PinnError:
        raise
    except Exception as error:
        raise FunctionError(f"{label} raises {type(error).__name__}: {error}") from error
    orders = tuple(sorted(tried, key=lambda order: (sum(order), order)))
    if any(sum(order) > MAX_ORDER for order in orders):
        raise PinnError(f"{label} asks for a derivative of order {sum(orders[-1])}; at most {MAX_ORDER} is supported.")

    def run(x: Tensor, given: Tensor, variables: Sequence[Tensor], *derivatives: Tensor) -> Tensor:
        known = {order: one.T for order, one in zip(orders, derivatives, strict=True)}
        missing = x.new_zeros((x.shape[0], frame.outputs))
        return _called(call, x, given, variables, lambda order: known.get(order, missing), frame, label)

    trial = (x, given, values, *(tried[order].T.contiguous() for order in orders))
    graph = _captured(run, trial) if capture else None
    if graph is None:
        return TracedFunction(orders, len(made), run, frame, captured=False)
    return TracedFunction(orders, len(made), graph, frame, captured=True)


def _trial_values(frame: Frame) -> list[Tensor]:
    """Return values of the variables: not those to start from, since a zero would hide what it multiplies."""
    return [torch.tensor(0.7 + 0.1 * number, dtype=torch.float64) for number in range(len(frame.variables))]


def _read(
    call: Call, x: Tensor, given: Tensor, values: Sequence[Tensor], frame: Frame, label: str
) -> tuple[dict[Order, Tensor], Tensor]:
    """Call a function with made-up derivatives; return those that count, and the rows that it gives."""
    tried: dict[Order, Tensor] = {}

    def supply(order: Order) -> Tensor:
        if order not in tried:
            generator = torch.Generator().manual_seed(len(tried))
            tried[order] = torch.rand(len(x), frame.outputs, generator=generator, dtype=torch.float64) + 0.5
        return tried[order]

    made = _called(call, x, given, values, supply, frame, label)

    def with_changed(changed: Order) -> Tensor:
        known = {**tried, changed: tried[changed] + 0.25}
        return _called(call, x, given, values, known.__getitem__, frame, label)

    # The chain rule asks for all coordinates where the function then uses one.
    return {order: one for order, one in tried.items() if not torch.equal(with_changed(order), made)}, made


def _called(
    call: Call,
    x: Tensor,
    given: Tensor,
    variables: Sequence[Tensor],
    supply: Callable[[Order], Tensor],
    frame: Frame,
    label: str,
) -> Tensor:
    grad = torch.is_grad_enabled()
    with torch.enable_grad(), double_precision(x.device):
        outputs = Outputs(x.detach().requires_grad_(), frame.outputs, supply)
        substitution = Substitution(list(frame.variables.values()), variables, outputs.x)
        with derivatives_by(outputs.jacobian), substitution:
            found = call(outputs.x, outputs.y, given)
        rows = _rows(found, len(x), label)
    return rows if grad else rows.detach()


def _rows(found: Any, points: int, label: str) -> Tensor:
    parts = list(found) if isinstance(found, list | tuple) else [found]
    rows = []
    for part in parts:
        if not isinstance(part, Tensor) or part.ndim not in (1, 2) or part.shape[0] != points or not part.numel():
            shape = tuple(part.shape) if isinstance(part, Tensor) else type(part).__name__
            raise ValueError(f"{label} returns {shape} at {points} points; it should return ({points}, 1).")
        rows.append(part[None] if part.ndim == 1 else part.T)
    return torch.cat(rows)


def _captured(run: Callable[..., Tensor], trial: tuple[Any, ...]) -> GraphModule | None:
    """Turn code into a graph; None where the code cannot be, or the graph gives other numbers."""
    try:
        graph = make_fx(run, tracing_mode="symbolic", _allow_non_fake_inputs=True)(*trial)
        graph.graph.eliminate_dead_code()
        graph.recompile()
        same = all(_agree(run, graph, _shortened(trial, count)) for count in (len(trial[0]), len(trial[0]) - 2))
    except Exception:  # noqa: BLE001 - whatever torch cannot trace is called as it is
        return None
    return graph if same else None


def _shortened(trial: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    x, given, variables, *derivatives = trial
    return x[:count], given[:count], variables, *(one[:, :count] for one in derivatives)


def _agree(run: Callable[..., Tensor], graph: Callable[..., Tensor], trial: tuple[Any, ...]) -> bool:
    results = []
    for one in (run, graph):
        x, given, variables, *derivatives = trial
        leaves = [tensor.detach().clone().requires_grad_() for tensor in (*variables, *derivatives)]
        made = one(x, given, leaves[: len(variables)], *leaves[len(variables) :])
        weights = torch.linspace(1, 2, made.numel(), dtype=torch.float64).reshape(made.shape)
        slopes = torch.autograd.grad((weights * made).sum(), leaves, materialize_grads=True)
        results.append([made.detach(), *slopes])
    return all(
        torch.allclose(left, right, rtol=1e-12, atol=1e-13, equal_nan=True)
        for left, right in zip(*results, strict=True)
    )
