"""What a caller's functions meet while they are called: double precision, our derivatives, our parameters."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from physforge.errors import PinnError


@contextmanager
def double_precision(device: torch.device | str = "cpu") -> Iterator[None]:
    """Let DeepXDE and torch make float64 on a device, and leave their settings as they were.

    Parameters
    ----------
    device : torch.device or str, default "cpu"
        Where new tensors are made.

    Yields
    ------
    None
        While it is so.
    """
    import deepxde

    real, dtype = deepxde.config.real, torch.get_default_dtype()
    before = (real.precision, real.reals)
    real.set_float64()
    torch.set_default_dtype(torch.float64)
    try:
        with torch.device(device):
            yield
    finally:
        real.precision, real.reals = before
        torch.set_default_dtype(dtype)


@contextmanager
def geometry_code() -> Iterator[None]:
    """Let DeepXDE's geometries compute in double precision, and without warnings of what they use of NumPy.

    Yields
    ------
    None
        While it is so.
    """
    with double_precision(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@contextmanager
def seeded(generator: np.random.Generator) -> Iterator[None]:
    """Let NumPy's global generator, from which DeepXDE's geometries draw, follow ours; then put it back.

    Parameters
    ----------
    generator : numpy.random.Generator
        Gives the state.

    Yields
    ------
    None
        While it is so.
    """
    before = np.random.get_state()  # noqa: NPY002 - DeepXDE offers no other way
    np.random.set_state(np.random.RandomState(generator.integers(2**32)).get_state())  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


@contextmanager
def derivatives_by(compute: Callable[..., Tensor]) -> Iterator[None]:
    """Let ``dde.grad.jacobian`` and ``hessian`` ask `compute`, wherever they were imported.

    Parameters
    ----------
    compute : callable
        ``compute(ys, xs, i, j)`` as ``dde.grad.jacobian``.

    Yields
    ------
    None
        While it is so.
    """
    from deepxde.gradients import gradients_reverse

    def hessian(ys: Tensor, xs: Tensor, component: int = 0, i: int = 0, j: int = 0) -> Tensor:
        return compute(compute(ys, xs, component, j), xs, 0, i)

    jacobians, hessians = gradients_reverse.jacobian._Jacobians, gradients_reverse.hessian._Hessians
    gradients_reverse.jacobian._Jacobians = compute
    gradients_reverse.hessian._Hessians = hessian
    try:
        yield
    finally:
        gradients_reverse.jacobian._Jacobians = jacobians
        gradients_reverse.hessian._Hessians = hessians


class Substitution(TorchFunctionMode):
    """Put tensors in the place of ``dde.Variable``s, in every operation of torch.

    Parameters
    ----------
    variables : sequence of torch.Tensor
        Those of the caller.
    values : sequence of torch.Tensor
        What stands for each.
    inputs : torch.Tensor
        The other leaf of automatic differentiation that may occur.
    """

    def __init__(self, variables: Sequence[Tensor], values: Sequence[Tensor], inputs: Tensor) -> None:
        super().__init__()
        self._values = {id(one): value for one, value in zip(variables, values, strict=True)}
        self._leaves = {id(one) for one in (*values, inputs)}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call `func` on arguments in which the variables are replaced."""
        args = tuple(self._replaced(one) for one in args)
        return func(*args, **{name: self._replaced(one) for name, one in (kwargs or {}).items()})

    def _replaced(self, argument: Any) -> Any:
        if isinstance(argument, Tensor):
            return self._replaced_tensor(argument)
        if isinstance(argument, list | tuple) and any(isinstance(one, Tensor) for one in argument):
            return type(argument)(self._replaced(one) for one in argument)
        return argument

    def _replaced_tensor(self, tensor: Tensor) -> Tensor:
        if id(tensor) in self._values:
            return self._values[id(tensor)]
        if tensor.is_leaf and tensor.requires_grad and id(tensor) not in self._leaves:
            raise PinnError(
                "The functions of the problem use a dde.Variable that is not named: give it to "
                "from_deepxde(data, variables={'name': variable}), so that it is trained."
            )
        return tensor
