"""Networks trained from several starts, whose disagreement tells how good they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from physforge.pinn.block import Float
from physforge.pinn.engine import Objective
from physforge.pinn.jets import Jets, Order
from physforge.pinn.uncertainty.spread import Spread


@dataclass(frozen=True, eq=False)
class Ensemble(Spread):
    """Other networks of the same form, trained on the same problem from other starts.

    Where the error comes from training alone, as for a law without measurements, networks
    differ about as much from each other as from the solution. What all of them have in common,
    such as a law that is wrong, does not show.

    Parameters
    ----------
    thetas : torch.Tensor
        Their parameters, of shape (others, size).

    References
    ----------
    B. Lakshminarayanan, A. Pritzel and C. Blundell, Simple and scalable predictive uncertainty estimation using
    deep ensembles, NeurIPS 30 (2017).
    """

    thetas: Tensor

    KEY: ClassVar[str] = "ensemble.thetas"

    def sd(self, objective: Objective, theta: Tensor, x: Float, orders: Iterable[Order]) -> Jets:
        """Return the root mean square distance of the others (see `Spread.sd`).

        The network that is used has the least held-out residual of all; the distance to others,
        which are worse, is not halved as that between equals would be.
        """
        wanted = tuple(orders)
        best = objective.predict(theta, x, wanted)
        others = [objective.predict(one, x, wanted) for one in self.thetas.to(theta.device)]
        return {
            order: torch.stack([one[order] - best[order] for one in others]).square().mean(dim=0).sqrt()
            for order in wanted
        }

    def tensors(self) -> dict[str, Tensor]:
        """Return the parameters."""
        return {self.KEY: self.thetas}
