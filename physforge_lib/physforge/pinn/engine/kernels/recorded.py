"""Residuals and their gradients as a recorded list of operations."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, fx

from physforge.pinn.batch import Batch, BlockBatch
from physforge.pinn.engine.residuals import ResidualModel
from physforge.pinn.engine.tier import losses_of

#: Each block's loss; the gradients with respect to the network's outputs; that to the unknown parameters.
Outcome: TypeAlias = list[Tensor]

#: Sets of points whose fixed part is kept.
KEPT_POINTS = 3
#: Numbers of points for which there are recordings; the residuals run as they are on others.
KEPT_RECORDINGS = 16


@dataclass(frozen=True, eq=False)
class Recording:
    """Operations on one number of points.

    Parameters
    ----------
    fixed : callable
        Of the points: what depends on them alone.
    varying : callable
        Of the rest and what `fixed` returned.
    """

    fixed: Callable[..., Sequence[Tensor]]
    varying: Callable[..., Outcome]


class RecordedResiduals:
    """Losses, and their gradients with respect to the network's outputs.

    A residual is Python that runs through many small operations, again for their gradients, and
    much of it depends on the points alone: the factors of conditions that hold by construction,
    coefficients, sources. It is recorded the second time that a number of points is seen, and
    repeated without Python; the part of the points alone is computed once for each set of points. For each new
    set the recording is compared with the residual itself; one that cannot be recorded, or
    differs, is computed as it stands from then on.

    Parameters
    ----------
    model : ResidualModel
        The residuals.
    """

    def __init__(self, model: ResidualModel) -> None:
        self._model = model
        self._possible = True
        self._seen: set[tuple[torch.Size, ...]] = set()
        self._recordings: dict[tuple[torch.Size, ...], Recording] = {}
        self._points: OrderedDict[tuple[tuple[int, int], ...], tuple[list[Tensor], Sequence[Tensor]]] = OrderedDict()

    def __call__(self, made: Sequence[Tensor], unknown: Tensor, batch: Batch) -> Outcome:
        """Return losses and gradients.

        Parameters
        ----------
        made : sequence of torch.Tensor
            The network's outputs for each group, of shape (outputs, orders, points).
        unknown : torch.Tensor
            The unknown parameters, scaled.
        batch : Batch
            Of the blocks.

        Returns
        -------
        list of torch.Tensor
            Losses, of shape (blocks,); one gradient for each of `made`; that of `unknown`.
        """
        if not self._possible:
            return self._direct(made, unknown, batch)
        points = [array for one in batch for array in (*one.places, one.values)]
        varying = [*made, unknown, *(one.weights for one in batch)]
        shapes = tuple(array.shape for array in (*points, *varying))
        key = tuple((id(array), array._version) for array in points)
        if key in self._points and shapes in self._recordings:
            self._points.move_to_end(key)
            return self._recordings[shapes].varying(*varying, *self._points[key][1])
        expected = self._direct(made, unknown, batch)
        known = shapes in self._recordings
        if not known and (shapes not in self._seen or len(self._recordings) >= KEPT_RECORDINGS):
            self._seen.add(shapes)  # what is used once is not worth it
            return expected
        try:
            recording = self._recordings.get(shapes) or self._record(points, varying, len(made), batch)
        except (RuntimeError, NotImplementedError, TypeError, ValueError):
            # Values decide what is computed, or torch does not record an operation.
            self._possible = False
            return expected
        fixed = recording.fixed(*points)
        found = recording.varying(*varying, *fixed)
        if not _equal(found, expected):
            self._possible = False
            return expected
        self._recordings[shapes] = recording
        self._points[key] = (points, fixed)
        while len(self._points) > KEPT_POINTS:
            self._points.popitem(last=False)
        return found

    def _direct(self, made: Sequence[Tensor], unknown: Tensor, batch: Batch) -> Outcome:
        leaves = [one.detach().requires_grad_() for one in (*made, unknown)]
        with torch.enable_grad():
            losses = losses_of(self._model.weighted(self._theta(leaves[-1]), batch, leaves[:-1]))
            gradients = torch.autograd.grad(losses.sum(), leaves, allow_unused=True, materialize_grads=True)
        return [losses.detach(), *gradients]

    def _theta(self, unknown: Tensor) -> Tensor:
        """Return a vector whose network part, which nothing reads, takes no memory."""
        return torch.cat([unknown.new_zeros(1).expand(self._model.network_size), unknown])

    def _record(self, points: Sequence[Tensor], varying: Sequence[Tensor], made: int, batch: Batch) -> Recording:
        from torch.fx.experimental.proxy_tensor import make_fx  # slow to load

        places = [len(one.places) for one in batch]

        def flat(*arrays: Tensor) -> Outcome:
            weights = arrays[len(points) + made + 1 :]
            blocks = tuple(_blocks(arrays[: len(points)], weights, places))
            outputs = arrays[len(points) : len(points) + made]
            return self._direct(outputs, arrays[len(points) + made], blocks)

        graph = make_fx(flat)(*points, *varying).graph
        return _split(graph, len(points))


def _blocks(points: Sequence[Tensor], weights: Sequence[Tensor], places: Sequence[int]) -> Iterator[BlockBatch]:
    left = iter(points)
    for count, mine in zip(places, weights, strict=True):
        yield BlockBatch(tuple(next(left) for _ in range(count)), next(left), mine)


def _split(graph: fx.Graph, points: int) -> Recording:
    """Divide recorded operations into those on the first `points` inputs alone, and the others."""
    inputs = [node for node in graph.nodes if node.op == "placeholder"]
    varies: dict[fx.Node, bool] = {node: number >= points for number, node in enumerate(inputs)}
    for node in graph.nodes:
        _refuse(node)
        varies.setdefault(node, any(varies[one] for one in node.all_input_nodes))
    (output,) = (node for node in graph.nodes if node.op == "output")
    wanted = list(output.args[0])
    users = {node: [*node.users] for node in graph.nodes}
    shared = [
        node
        for node in graph.nodes
        if not varies[node] and node.op != "output" and (node in wanted or any(varies[user] for user in users[node]))
    ]
    owner = graph.owning_module
    fixed = _part(owner, graph, inputs[:points], [], shared, lambda node: not varies[node])
    varying = _part(owner, graph, inputs[points:], shared, wanted, lambda node: varies[node])
    return Recording(fixed, varying)


def _part(
    owner: torch.nn.Module | None,
    graph: fx.Graph,
    inputs: Sequence[fx.Node],
    given: Sequence[fx.Node],
    wanted: Sequence[fx.Node],
    chosen: Callable[[fx.Node], bool],
) -> fx.GraphModule:
    """Return the chosen operations as a function of `inputs` and of the results of `given`."""
    made = fx.Graph()
    copies = {node: made.placeholder(f"input_{number}") for number, node in enumerate((*inputs, *given))}
    for node in graph.nodes:
        if node.op in {"placeholder", "output"} or node in copies or not chosen(node):
            continue
        if node.target is torch.ops.aten.detach.default:
            copies[node] = copies[node.args[0]]
        else:
            copies[node] = made.node_copy(node, copies.__getitem__)
    made.output([copies[node] for node in wanted])
    made.eliminate_dead_code()
    return fx.GraphModule(owner or torch.nn.Module(), made)


def _refuse(node: fx.Node) -> None:
    """Raise where an operation changes its input, or draws at random: it could not be repeated."""
    if isinstance(node.target, torch._ops.OpOverload) and (
        node.target._schema.is_mutable or torch.Tag.nondeterministic_seeded in node.target.tags
    ):
        raise NotImplementedError(f"{node.target} cannot be repeated")


def _equal(found: Sequence[Tensor], expected: Sequence[Tensor]) -> bool:
    """Whether all bits are equal: whether a step was recorded or not must not change a training."""
    pairs = [(one.nan_to_num(), other.nan_to_num()) for one, other in zip(found, expected, strict=True)]
    return all(torch.equal(one, other) for one, other in pairs)
