"""What the adapters to other packages share: one line at a time, and an sd by redrawing the noise."""

from __future__ import annotations

import abc
import inspect
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from pydantic import Field

from physforge.derivatives.axis import Float
from physforge.derivatives.method import Estimate, Method, Orders, Samples
from physforge.errors import DerivativeError

#: Value of an option of another package.
Option = bool | int | float | str

#: Seed of the redrawn noise: the same call gives the same sd.
_SEED = 20


class ForeignMethod(Method, abc.ABC):
    """A method of another package, which smooths and differentiates one series at a time.

    Parameters
    ----------
    parameters : dict, default {}
        Options by the names of the other package, passed on as they are.
    draws : int, default 16
        Times that the noise is redrawn for the sd, each at the cost of the derivative itself; at least 2.
    """

    parameters: dict[str, Option] = Field(default_factory=dict)
    draws: int = Field(default=16, ge=2, le=1000)

    @abc.abstractmethod
    def run(self, line: Float, points: Float) -> tuple[Float, Float]:
        """Return the smoothed series and its first derivative."""

    @abc.abstractmethod
    def describe(self) -> str:
        """Name package and method."""

    def estimate(self, samples: Samples, orders: Sequence[Orders]) -> list[Estimate]:
        """Differentiate one field; see `Method.estimate`."""
        default = next((index for wanted in orders for index, order in enumerate(wanted) if order), 0)
        return [self._one(samples, wanted, default) for wanted in orders]

    def _one(self, samples: Samples, wanted: Orders, default: int) -> Estimate:
        along = [index for index, order in enumerate(wanted) if order] or [default]
        if len(along) > 1:
            raise DerivativeError(
                f"{samples.label(wanted)!r} is along several axes; {self.describe()} differentiates along one. "
                "Use method='gp'."
            )
        axis, order = along[0], wanted[along[0]]
        points = samples.axes[axis].points
        lines = np.moveaxis(samples.values, axis, 0)
        flat = lines.reshape(len(points), -1)
        size = np.moveaxis(np.broadcast_to(samples.sd, samples.values.shape), axis, 0).reshape(flat.shape)
        value, spread = np.empty_like(flat), np.empty_like(flat)
        for index, (line, sd) in enumerate(zip(flat.T, size.T, strict=True)):
            value[:, index], spread[:, index] = self._with_sd(line, sd, points, order)
        back = [np.moveaxis(array.reshape(lines.shape), 0, axis) for array in (value, spread)]
        return Estimate(back[0], back[1], f"{self.describe()} along {samples.axes[axis].name}, sd by redrawn noise")

    def _with_sd(self, line: Float, sd: Float, points: Float, order: int) -> tuple[Float, Float]:
        rng = np.random.default_rng(_SEED)
        smooth = self.run(line, points)[0]
        drawn = [self._repeated(smooth + sd * rng.standard_normal(len(line)), points, order) for _ in range(self.draws)]
        return self._repeated(line, points, order), np.asarray(np.std(drawn, axis=0, ddof=1), dtype=np.float64)

    def _repeated(self, line: Float, points: Float, order: int) -> Float:
        if order == 0:
            return self.run(line, points)[0]
        for _ in range(order):
            line = self.run(line, points)[1]
        return line


def check_options(function: Callable[..., object], given: Mapping[str, Option], skip: Sequence[str], name: str) -> None:
    """Refuse options that another package does not know, or needs and lacks.

    Parameters
    ----------
    function : callable
        Of the other package.
    given : mapping of str to bool, int, float or str
        The options.
    skip : sequence of str
        Names of arguments that are no options.
    name : str
        What to call the function.

    Raises
    ------
    DerivativeError
        If an option is unknown or missing.
    """
    known = {key: one for key, one in inspect.signature(function).parameters.items() if key not in skip}
    free = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in known.values())
    options = [key for key, one in known.items() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    unknown = [] if free else sorted(set(given) - set(options))
    if unknown:
        raise DerivativeError(f"{name} has no option {unknown[0]!r}; it has {', '.join(options) or 'none'}.")
    needed = [key for key in options if known[key].default is inspect.Parameter.empty and key not in given]
    if needed:
        raise DerivativeError(f"{name} needs a value for {needed[0]!r}; give it as parameters={{{needed[0]!r}: ...}}.")
