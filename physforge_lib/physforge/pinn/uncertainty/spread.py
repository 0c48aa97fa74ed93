"""What says how uncertain the fields of a trained network are."""

from __future__ import annotations

import abc
from collections.abc import Iterable

from torch import Tensor

from physforge.pinn.block import Float
from physforge.pinn.engine import Objective
from physforge.pinn.jets import Jets, Order


class Spread(abc.ABC):
    """A distribution around the parameters that training found."""

    @abc.abstractmethod
    def sd(self, objective: Objective, theta: Tensor, x: Float, orders: Iterable[Order]) -> Jets:
        """Return standard deviations of the fields and their derivatives.

        Parameters
        ----------
        objective : Objective
            Of the problem.
        theta : torch.Tensor
            What training found, of shape (size,).
        x : numpy.ndarray
            Coordinates, of shape (points, coordinates).
        orders : iterable of Order
            Which derivatives.

        Returns
        -------
        dict of Order to torch.Tensor
            Of shape (fields, points) for each of `orders`.
        """

    @abc.abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """Return what `read_spread` builds it from, by names of its own."""


def read_spread(tensors: dict[str, Tensor]) -> Spread | None:
    """Build what `Spread.tensors` was asked of, if it is there.

    Parameters
    ----------
    tensors : dict of str to torch.Tensor
        Of a saved result; others are ignored.

    Returns
    -------
    Spread or None
        Equal to the one saved.
    """
    from physforge.pinn.uncertainty.ensemble import Ensemble
    from physforge.pinn.uncertainty.laplace import Laplace

    if Laplace.KEY in tensors:
        return Laplace(tensors[Laplace.KEY])
    if Ensemble.KEY in tensors:
        return Ensemble(tensors[Ensemble.KEY])
    return None
