"""The only file that knows PySINDy: its optimizers and its libraries for ODEs.

PySINDy (MIT licence) is used at arm's length: it is given numbers and returns supports or
names of terms, and its objects never leave this file.
"""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from physforge.derivatives.axis import Float
from physforge.discovery.regression import Support
from physforge.errors import DiscoveryError, LibraryError
from physforge.features import CandidateLibrary

#: What an optimizer may be told.
Options = Mapping[str, bool | int | float | str]

#: Optimizers that only wrap another one; blocks are resampled here in any case.
_WRAPPERS = ("EnsembleOptimizer", "WrappedOptimizer", "BaseOptimizer")

#: Warnings about outcomes, which are judged by their misfit afterwards.
_OUTCOMES = ("Sparsity parameter is too big", ".*did not converge", ".*Linear system solved using pinv")

#: How PySINDy writes a power, and a number before a name.
_POWER, _NUMBER = re.compile(r"\^(\d+)"), re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) (?=\w)")


def optimizer_names() -> tuple[str, ...]:
    """List the optimizers of the PySINDy that is installed.

    Returns
    -------
    tuple of str
        Names of classes, sorted. Some need packages that PySINDy does not bring along,
        such as cvxpy; without these they are not listed.
    """
    from pysindy import optimizers

    found = {
        name
        for name in dir(optimizers)
        if inspect.isclass(one := getattr(optimizers, name, None))
        and issubclass(one, optimizers.BaseOptimizer)
        and name not in _WRAPPERS
    }
    return tuple(sorted(found))


def supports(name: str, options: Options, matrix: Float, target: Float) -> list[Support]:
    """Run an optimizer once, and return the terms that it keeps.

    Parameters
    ----------
    name : str
        Of a class, one of `optimizer_names`.
    options : mapping of str to bool, int, float or str
        What the class is told.
    matrix : numpy.ndarray of shape (n, p)
        Columns of unit norm.
    target : numpy.ndarray of shape (n,)
        Of unit norm.

    Returns
    -------
    list of tuple of int
        The optimizer's own choice first, then whatever it passed on the way, of
        optimizers that add or drop one term after the other.

    Raises
    ------
    DiscoveryError
        If there is no such optimizer, or it has no such option.
    """
    optimizer = _optimizer(name, options)
    with warnings.catch_warnings():
        for message in _OUTCOMES:
            warnings.filterwarnings("ignore", message=message)
        optimizer.fit(matrix, target[:, None])
    passed = getattr(optimizer, "history_", []) if name in ("SSR", "FROLS") else []
    found = [tuple(map(int, np.flatnonzero(np.atleast_2d(one)[0]))) for one in (optimizer.coef_, *passed)]
    return [support for support in dict.fromkeys(found) if support]


def check_options(name: str, options: Options) -> None:
    """Refuse an optimizer that does not exist, and options that it does not have.

    Parameters
    ----------
    name : str
        Of a class.
    options : mapping of str to bool, int, float or str
        What it would be told.

    Raises
    ------
    DiscoveryError
        That lists what there is.
    """
    from pysindy import optimizers

    if name not in optimizer_names():
        raise DiscoveryError(
            f"PySINDy has no optimizer {name!r} here; there are {', '.join(optimizer_names())}. Others need packages "
            "that are not installed."
        )
    known = set(inspect.signature(getattr(optimizers, name)).parameters) - {"verbose", "copy_X", "initial_guess"}
    strange = sorted(set(options) - known)
    if strange:
        raise DiscoveryError(f"PySINDy's {name} has no option {strange[0]!r}; it has {', '.join(sorted(known))}.")


def _optimizer(name: str, options: Options) -> Any:
    from pysindy import optimizers

    check_options(name, options)
    known = inspect.signature(getattr(optimizers, name)).parameters
    given: dict[str, Any] = dict(options)
    if "ridge_kw" in known:
        # The singular values are used directly: forming the normal equations would square
        # the condition number of a library whose columns nearly depend on each other.
        given.setdefault("ridge_kw", {"solver": "svd"})
    # Only the support is used, so the fit without penalty at the end is left out.
    given.setdefault("unbias", False)
    try:
        return getattr(optimizers, name)(**given)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise DiscoveryError(f"PySINDy's {name} refuses {dict(options)}: {error}") from error


def from_pysindy(library: Any, fields: Sequence[str]) -> CandidateLibrary:
    """Take the candidates of one of PySINDy's libraries for ODEs.

    Parameters
    ----------
    library : pysindy.PolynomialLibrary, pysindy.FourierLibrary, or sum or product of such
        Not fitted, or fitted to as many fields. Functions of a ``CustomLibrary`` must have names
        in the grammar of equations, such as ``"sin(x)"``.
    fields : sequence of str
        Names of the fields, in the order of PySINDy's features.

    Returns
    -------
    CandidateLibrary
        With the same terms in the same order; storable, as it holds their names.

    Raises
    ------
    LibraryError
        If it has derivatives or integrals, which PySINDy takes itself.
    """
    import pysindy

    known = (pysindy.PDELibrary, pysindy.WeakPDELibrary)
    if isinstance(library, known) or not isinstance(library, pysindy.feature_library.base.BaseFeatureLibrary):
        raise LibraryError(
            f"{type(library).__name__} is none of PySINDy's libraries for ODEs; for fields in space give a "
            "CandidateLibrary(derivatives=...)."
        )
    stand_ins = [f"field{index}" for index in range(len(fields))]
    fitted = library.fit(pysindy.AxesArray(np.ones((3, len(fields))), {"ax_sample": 0, "ax_coord": 1}))
    names = [_written(name, dict(zip(stand_ins, fields, strict=True))) for name in fitted.get_feature_names(stand_ins)]
    return CandidateLibrary(polynomial=1, terms=tuple(names), only=tuple(dict.fromkeys(names)))


def _written(name: str, fields: Mapping[str, str]) -> str:
    """Write a term of PySINDy, such as ``x^2 y`` or ``sin(2 x)``, in the grammar of equations."""
    text = _NUMBER.sub(r"\1*", _POWER.sub(r"**\1", name)).replace(" ", "*")
    return re.sub(r"field\d+", lambda match: fields[match.group()], text)
