"""The function that training makes small, and its derivatives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from physforge.errors import PinnError
from physforge.pinn.batch import Batch
from physforge.pinn.block import Float
from physforge.pinn.engine.fields import FieldModel, to_tensor
from physforge.pinn.engine.graph_tier import GraphTier
from physforge.pinn.engine.jacobian import forward_product, gram, split_batch
from physforge.pinn.engine.kernels.kernel_tier import KernelTier
from physforge.pinn.engine.residuals import ResidualModel, evaluate
from physforge.pinn.engine.tier import EagerTier, LossTier, TierUnavailable, losses_of
from physforge.pinn.jets import Jets, Order
from physforge.pinn.networks import Network
from physforge.pinn.problem_like import ProblemLike

Tier: TypeAlias = Literal["auto", "compiled", "graph", "eager"]

#: Points that are predicted, or whose Jacobian is held, at once.
CHUNK = 4096


class Objective:
    """A weighted sum of squared residuals as a function of one flat vector of parameters.

    The vector theta holds the network's parameters and then the unknown parameters of the
    law, in the problem's order and each divided by its scale (the size of its start
    value). All is computed in float64; two calls with the same arguments on a CPU give the
    same bits. Where a method takes `batch`, its blocks are the problem's.

    Three tiers compute losses and gradients. The compiled one runs on a CPU, for networks that
    are a stack of layers (`MLP`, `FourierFeatures`): the network and its reverse pass are C that
    is generated for the derivatives the law needs, compiled within about a second the first
    time and kept in the state folder; it takes any number of points and as many threads as
    torch may use. The residuals themselves stay in torch, so that any law has it. The eager
    one takes every network on every device, and is what is used without a C compiler, for a
    `ModifiedMLP` and on a GPU. The graph tier, used only where it is asked for, has
    ``torch.compile`` compile the eager one's operations for any network and device: tens of
    seconds the first time, and on a CPU slower than the generated C.
    Jacobians are compiled where losses are; products with them, predictions and unweighted
    residuals are eager in all.

    A point's residual must depend on that point alone (as every differential equation's
    does); the Jacobian relies on it.

    Parameters
    ----------
    problem : ProblemLike
        Fields, domain, blocks, ansatz and unknown parameters.
    network : Network
        Of any kind; it gets as many outputs as there are fields, and repeats itself along the
        coordinates along which the problem does.
    tier : {"auto", "compiled", "graph", "eager"}, default "auto"
        How the loss and its gradient are computed; "auto" compiles where that is possible.
    device : str or torch.device, default "cpu"
        Where.

    Attributes
    ----------
    network : Network
        The one given, periodic where conditions hold by that (`Problem.periodic`).
    size : int
        Length of theta.
    network_size : int
        How many of them are the network's.
    tier : {"compiled", "graph", "eager"}
        What is used.
    tier_note : str
        Why, where it is not what was asked for; else empty.

    Raises
    ------
    PinnError
        If the problem has no fields, no blocks or no domain.
    """

    def __init__(
        self, problem: ProblemLike, network: Network, *, tier: Tier = "auto", device: str | torch.device = "cpu"
    ) -> None:
        if not problem.fields or not problem.blocks:
            raise PinnError("The problem has no field or no equation; give it both.")
        self.problem = problem
        self.network = network = _repeating(network, problem)
        self.device = torch.device(device)
        fields = FieldModel(network, len(problem.fields), problem.box, problem.ansatz)
        self._start = [float(value) for value in problem.unknown.values()]
        scales = [abs(value) or 1.0 for value in self._start]
        self._model = ResidualModel(fields, problem.blocks, tuple(problem.unknown), scales)
        self.network_size = self._model.network_size
        self.size = self.network_size + len(scales)
        self._tier, self.tier_note = _choose(self._model, tier, self.device)
        self.tier = _NAMES[type(self._tier)]

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of the arrays that the network's part of theta is made of: weights and a bias for each layer."""
        fields = self._model.fields
        found: list[tuple[int, ...]] = []
        for layer in self.network.layers(fields.inputs, fields.outputs):
            found += [(1,)] if layer.kind == "slope" else [(layer.outputs, layer.inputs), (layer.outputs,)]
        return tuple(found)

    def start(self, seed: int) -> Tensor:
        """Draw parameters to start from.

        Parameters
        ----------
        seed : int
            The same one gives the same parameters on every device.

        Returns
        -------
        torch.Tensor
            Of shape (size,).
        """
        generator = torch.Generator().manual_seed(seed)
        fields = self._model.fields
        network = self.network.start(fields.inputs, fields.outputs, generator)
        unknown = [value / scale for value, scale in zip(self._start, self._model.scales, strict=True)]
        return torch.cat([network, torch.tensor(unknown, dtype=torch.float64)]).to(self.device)

    def parameters(self, theta: Tensor) -> dict[str, float]:
        """Return the unknown parameters of the law by name.

        Parameters
        ----------
        theta : torch.Tensor
            Of shape (size,).

        Returns
        -------
        dict of str to float
            In their own units.
        """
        return {name: float(value) for name, value in self._model.parameters(theta.detach()).items()}

    def loss(self, theta: Tensor, batch: Batch) -> Tensor:
        """Return the sum of ``weights * residual**2``.

        Parameters
        ----------
        theta : torch.Tensor
            Of shape (size,).
        batch : Batch
            Points, what is given there, and weights.

        Returns
        -------
        torch.Tensor
            Of shape (), without a graph.
        """
        return losses_of(self._tier.residuals(theta, batch)).sum()

    def loss_and_gradient(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return the loss, its gradient, and the part of each block.

        Parameters
        ----------
        theta : torch.Tensor
            Of shape (size,).
        batch : Batch
            Points, what is given there, and weights.

        Returns
        -------
        loss : torch.Tensor
            Of shape ().
        gradient : torch.Tensor
            Of shape (size,).
        losses : torch.Tensor
            Of shape (blocks,).
        """
        return self._tier.loss_and_gradient(theta, batch)

    def residuals(self, theta: Tensor, batch: Batch) -> Tensor:
        """Return the weighted residuals, whose squares sum to the loss.

        Parameters
        ----------
        theta : torch.Tensor
            Of shape (size,).
        batch : Batch
            Points, what is given there, and weights.

        Returns
        -------
        torch.Tensor
            One for each block, row and point, in this order; of one dimension, without a graph.
        """
        return torch.cat([one.flatten() for one in self._tier.residuals(theta, batch)])

    def jacobian(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the weighted residuals and their Jacobian.

        Parameters
        ----------
        theta : torch.Tensor
            Of shape (size,).
        batch : Batch
            Points, what is given there, and weights.

        Returns
        -------
        residuals : torch.Tensor
            As `residuals` returns them.
        jacobian : torch.Tensor
            Of shape (residuals, size): 8 bytes for each.
        """
        parts = [self._tier.jacobian_block(theta, number, one) for number, one in enumerate(batch)]
        return torch.cat([one for one, _ in parts]), torch.cat([one for _, one in parts])

    def normal_equations(self, theta: Tensor, batch: Batch, chunk: int = CHUNK) -> tuple[Tensor, Tensor, Tensor]:
        """Return J^T J and J^T r without holding J.

        Parameters
        ----------
        theta : torch.Tensor
            Of shape (size,).
        batch : Batch
            Points, what is given there, and weights.
        chunk : int, default 4096
            Points of a block whose rows of J are held at once.

        Returns
        -------
        matrix : torch.Tensor
            J^T J, of shape (size, size).
        vector : torch.Tensor
            J^T r, half of the gradient of the loss, of shape (size,).
        loss : torch.Tensor
            Of shape ().
        """
        matrix = theta.new_zeros(self.size, self.size)
        vector, loss = theta.new_zeros(self.size), theta.new_zeros(())
        for part in split_batch(batch, chunk):
            for number, one in enumerate(part):
                residual, rows = self._tier.jacobian_block(theta, number, one)
                matrix += gram(rows)
                vector.addmv_(rows.T, residual)
                loss += residual @ residual
        return matrix, vector, loss

    def jacobian_vector(self, theta: Tensor, batch: Batch, vector: Tensor) -> Tensor:
        """Return J v without J.

        Parameters
        ----------
        theta : torch.Tensor
            Of shape (size,).
        batch : Batch
            Points, what is given there, and weights.
        vector : torch.Tensor
            Of shape (size,).

        Returns
        -------
        torch.Tensor
            As many as there are residuals.
        """
        return forward_product(lambda one: self._flat(one, batch), theta, vector)

    def vector_jacobian(self, theta: Tensor, batch: Batch, vector: Tensor) -> Tensor:
        """Return J^T v without J.

        Parameters
        ----------
        theta : torch.Tensor
            Of shape (size,).
        batch : Batch
            Points, what is given there, and weights.
        vector : torch.Tensor
            As many as there are residuals.

        Returns
        -------
        torch.Tensor
            Of shape (size,).
        """
        leaf = theta.detach().requires_grad_()
        with torch.enable_grad():
            residuals = self._flat(leaf, batch)
            return torch.autograd.grad(residuals, leaf, vector)[0]

    def pointwise(self, theta: Tensor, block: int, places: tuple[Tensor, ...], values: Tensor) -> Tensor:
        """Return the residual of one block, without weights.

        Parameters
        ----------
        theta : torch.Tensor
            Of shape (size,).
        block : int
            Which one.
        places : tuple of torch.Tensor
            Coordinates, of shape (points, coordinates) each.
        values : torch.Tensor
            What is given there, of shape (values, points).

        Returns
        -------
        torch.Tensor
            Of shape (rows, points), without a graph.
        """
        one = self.problem.blocks[block]
        with torch.no_grad():
            pairs = zip(places, one.orders, strict=True)
            jets = [self._jets(theta, x, orders) for x, orders in pairs]
            return evaluate(one, jets, places, self._model.parameters(theta), values)

    def predict(self, theta: Tensor, x: Float | Tensor, orders: Iterable[Order]) -> Jets:
        """Return the fields and their derivatives.

        Parameters
        ----------
        theta : torch.Tensor
            Of shape (size,).
        x : numpy.ndarray or torch.Tensor
            Coordinates, of shape (points, coordinates).
        orders : iterable of Order
            Which derivatives, with respect to the problem's coordinates.

        Returns
        -------
        dict of Order to torch.Tensor
            Of shape (fields, points) for each of `orders`, without a graph.
        """
        wanted = tuple(orders)
        points = to_tensor(x, self.device)
        with torch.no_grad():
            parts = [self._jets(theta, part, wanted) for part in torch.split(points, CHUNK)]
        return {order: torch.cat([part[order] for part in parts], dim=1) for order in wanted}

    def _jets(self, theta: Tensor, x: Tensor, orders: tuple[Order, ...]) -> Jets:
        fields = self._model.fields
        closed = fields.needed(orders)
        return fields.jets_of(fields.outputs_at(self._model.layers(theta), x, closed), x, closed, orders)

    def _flat(self, theta: Tensor, batch: Batch) -> Tensor:
        return torch.cat([one.flatten() for one in self._model.weighted(theta, batch)])


_NAMES: dict[type[LossTier], Literal["compiled", "graph", "eager"]] = {
    KernelTier: "compiled",
    GraphTier: "graph",
    EagerTier: "eager",
}


def _repeating(network: Network, problem: ProblemLike) -> Network:
    """Return the network, periodic along the coordinates that the problem leaves to it."""
    # A problem that is stated in other ways may say nothing of that.
    periodic: tuple[int, ...] = tuple(sorted({*network.periodic, *getattr(problem, "periodic", ())}))
    return network if periodic == network.periodic else network.model_copy(update={"periodic": periodic})


def _choose(model: ResidualModel, tier: Tier, device: torch.device) -> tuple[LossTier, str]:
    """Return the tier to use and, where it is not what was asked for, why."""
    if tier == "eager":
        return EagerTier(model), ""
    if tier == "graph":
        return GraphTier(model), ""
    try:
        if device.type != "cpu":
            raise TierUnavailable(f"code is compiled for the CPU, and this is on {device.type!r}")
        return KernelTier(model), ""
    except TierUnavailable as reason:
        return EagerTier(model), f"Losses and gradients are computed eagerly, which takes longer: {reason}."
