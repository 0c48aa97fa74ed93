"""What a differentiation method is: the interface and the linear ones' shared part."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from physforge.derivatives.axis import Axis, Float
from physforge.derivatives.operators import Operator
from physforge.derivatives.points import Places, Points
from physforge.errors import DerivativeError

if TYPE_CHECKING:
    from physforge.derivatives.blockwise import Blockwise

#: Order of differentiation along each axis, for example (1, 2) for u_txx on (t, x).
Orders = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Samples:
    """A field on a grid, as a method sees it.

    Parameters
    ----------
    field : str
        Name of the field, for messages.
    values : numpy.ndarray
        One dimension for each axis; finite, or NaN for a method that accepts missing samples.
    sd : numpy.ndarray
        Standard deviation of the noise: of shape () or that of `values`.
    axes : tuple of Axis
        The sample points.
    sd_known : bool, default False
        Whether `sd` was given with the data. An estimate is NaN where samples are missing.
    """

    field: str
    values: Float
    sd: Float
    axes: tuple[Axis, ...]
    sd_known: bool = False

    def label(self, orders: Orders) -> str:
        """Return the derivative's name, for example ``"u_xx"``."""
        letters = "".join(axis.name * order for axis, order in zip(self.axes, orders, strict=True))
        return f"{self.field}_{letters}" if letters else self.field


@dataclass(frozen=True, eq=False)
class Estimate:
    """A derivative with its uncertainty.

    Parameters
    ----------
    value : numpy.ndarray
        The derivative at every sample.
    sd : numpy.ndarray
        Standard deviation, same shape.
    how : str
        The scheme used, for the record.
    warnings : tuple of str, default ()
        What a reader of the result should know: sentences that say what was noticed, in which
        field, and what to do. `differentiate` issues each once and keeps it with the result.
    """

    value: Float
    sd: Float
    how: str
    warnings: tuple[str, ...] = ()


class Method(BaseModel, abc.ABC):
    """A way to differentiate a sampled field.

    Subclasses are final, immutable and carry a ``kind`` tag, so that a call can be
    stored. They are found by short name under the entry-point group
    ``physforge.methods``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Whether `estimate` takes NaN for missing samples.
    accepts_missing: ClassVar[bool] = False

    @abc.abstractmethod
    def estimate(self, samples: Samples, orders: Sequence[Orders]) -> list[Estimate]:
        """Differentiate one field.

        Parameters
        ----------
        samples : Samples
            The field, its noise and its grid.
        orders : sequence of tuple of int
            What is wanted; all zeros stands for the (smoothed) field itself.

        Returns
        -------
        list of Estimate
            One for each of `orders`.

        Raises
        ------
        DerivativeError
            If the grid does not suit the method, or an axis is too short.
        """

    def estimate_points(
        self,
        points: Points,
        orders: Sequence[Orders],  # noqa: ARG002
        places: Places | None = None,  # noqa: ARG002
    ) -> list[Estimate]:
        """Differentiate scattered samples.

        Parameters
        ----------
        points : Points
            The samples.
        orders : sequence of tuple of int
            As for `estimate`, in the order of the points' coordinates.
        places : Places, optional
            Where; the default is at the samples.

        Returns
        -------
        list of Estimate
            One for each of `orders`, of the shape of the places.

        Raises
        ------
        DerivativeError
            If the method needs a grid.
        """
        raise DerivativeError(
            f'{points.field!r} is sampled at scattered points, and {type(self).__name__} needs a grid. Use method="gp".'
        )

    def in_blocks(self, windows: Sequence[Samples], orders: Sequence[Orders]) -> Blockwise:  # noqa: ARG002
        """Get ready for a field that is differentiated block by block.

        Parameters
        ----------
        windows : sequence of Samples
            Parts of the field, to learn from.
        orders : sequence of tuple of int
            What will be wanted.

        Returns
        -------
        Blockwise
            What works on each block. A method that shares nothing between blocks treats each as a
            field of its own, with 64 samples around it.

        Raises
        ------
        DerivativeError
            If the method cannot give what is wanted, or not in blocks.
        """
        from physforge.derivatives.blockwise import Alone

        return Alone(self)


class LinearMethod(Method):
    """A method that applies one linear operator along each axis.

    The result's variance follows exactly from that of the samples. It covers the
    noise and nothing else: the truncation or smoothing error (bias) is not in it.
    """

    @property
    def reads_values(self) -> bool:
        """Whether the operators depend on the samples, and not only on the grid."""
        return False

    @abc.abstractmethod
    def operator(self, samples: Samples, axis: int, order: int) -> Operator:
        """Return the operator for a derivative of `order` along `samples.axes[axis]`."""

    @abc.abstractmethod
    def describe(self) -> str:
        """Name the scheme in a few words."""

    def estimate(self, samples: Samples, orders: Sequence[Orders]) -> list[Estimate]:
        """Differentiate one field; see `Method.estimate`."""
        cache: dict[tuple[int, int], Operator] = {}

        def operators(wanted: Orders) -> list[Operator]:
            for key in enumerate(wanted):
                if key not in cache:
                    cache[key] = self.operator(samples, *key)
            return [cache[key] for key in enumerate(wanted)]

        return [apply_operators(samples, operators(wanted), self.describe()) for wanted in orders]


def apply_operators(samples: Samples, operators: Sequence[Operator], how: str) -> Estimate:
    """Apply one operator along each axis and propagate the noise exactly.

    Parameters
    ----------
    samples : Samples
        The field.
    operators : sequence of Operator
        One for each axis, in order.
    how : str
        Recorded in the estimate.

    Returns
    -------
    Estimate
        Value and standard deviation at every sample.
    """
    value = samples.values
    for index, operator in enumerate(operators):
        value = operator.apply(value, index)
    if samples.sd.ndim == 0:
        gains = np.meshgrid(*(operator.squared_gain() for operator in operators), indexing="ij", sparse=True)
        variance = np.asarray(samples.sd**2 * prod(gains))
    else:
        variance = samples.sd**2
        for index, operator in enumerate(operators):
            variance = operator.propagate(variance, index)
    return Estimate(value, np.sqrt(variance), how)
