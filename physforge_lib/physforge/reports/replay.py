"""What the notebook of a report asks: are these the same data, and is that the same result?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from physforge.datasets.origin import find_difference, variable_figures
from physforge.discovery import DiscoveryResult
from physforge.errors import PhysForgeError

#: Other machines round otherwise, which a result carries further than its data do.
_SAME = 1e-5

#: A training that ends by the clock takes more steps on a faster machine.
_SAME_PARAMETER, _SAME_RESIDUAL = 0.05, 3.0


def same_data(
    data: xr.Dataset | Sequence[xr.Dataset] | None, expected: Sequence[Mapping[str, Any]]
) -> xr.Dataset | Sequence[xr.Dataset]:
    """See that data are those which a report is on.

    Parameters
    ----------
    data : xarray.Dataset or sequence of xarray.Dataset or None
        What was opened; None where they are to be given by hand.
    expected : sequence of dict
        What the report recorded of them (see `physforge.datasets.origin.describe_inputs`).

    Returns
    -------
    xarray.Dataset or sequence of xarray.Dataset
        The same data.

    Raises
    ------
    PhysForgeError
        If they are missing, or others.
    """
    if data is None:
        raise PhysForgeError("The data are missing: the report does not know where they are. Give them in this cell.")
    given = [data] if isinstance(data, xr.Dataset) else list(data)
    if len(given) != len(expected):
        raise PhysForgeError(f"These are {len(given)} data sets, and the report is on {len(expected)}; give them all.")
    for one, facts in zip(given, expected, strict=True):
        difference = _difference(one, facts)
        if difference:
            raise PhysForgeError(
                f"These are not the data of the report: {difference}. If they were changed or cut after they were "
                "opened, do the same in this cell; if the file has changed, get the earlier version."
            )
    return data


def _difference(ds: xr.Dataset, facts: Mapping[str, Any]) -> str | None:
    sizes = {str(dim): int(size) for dim, size in ds.sizes.items()}
    if sizes != facts["sizes"]:
        return f"they have {_listed(sizes)}, and had {_listed(facts['sizes'])}"
    return find_difference(variable_figures(ds), facts["variables"]) if "variables" in facts else None


def _listed(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{size} samples along {dim}" for dim, size in sizes.items()) or "no axis"


def same_equations(found: DiscoveryResult, status: str, expected: Mapping[str, Mapping[str, Any]]) -> str:
    """See that a discovery found what the report says.

    Parameters
    ----------
    found : DiscoveryResult
        What was found now.
    status : str
        The report's.
    expected : dict of str to dict
        By target: ``equation`` as text, and its ``coefficients`` by term. Both are empty where
        no equation is supported.

    Returns
    -------
    str
        What is the same.

    Raises
    ------
    PhysForgeError
        If an equation has other terms, or a coefficient differs by more than a hundred-thousandth.
    """
    now = expected_equations(found)
    for target, facts in expected.items():
        other = now.get(target, {"equation": "", "coefficients": {}})
        if not _same_numbers(other["coefficients"], facts["coefficients"]):
            raise PhysForgeError(
                f"The equation for {target} differs: the report says {facts['equation'] or 'that there is none'!r}, "
                f"and now it is {other['equation'] or 'none'!r}. Compare the versions in the report's run record."
            )
    if found.status != status:
        raise PhysForgeError(f"The outcome differs: the report says {status!r}, and now it is {found.status!r}.")
    equations = [facts["equation"] for facts in expected.values() if facts["equation"]]
    return "\n".join([f"The same as in the report ({status}):", *equations])


def expected_equations(result: DiscoveryResult) -> dict[str, dict[str, Any]]:
    """Return what `same_equations` compares.

    Parameters
    ----------
    result : DiscoveryResult
        Any.

    Returns
    -------
    dict of str to dict
        By target: ``equation`` and ``coefficients``.
    """
    equations = result.equations
    return {
        one.target: {
            "equation": str(equations[one.target]) if one.target in equations else "",
            "coefficients": dict(zip(one.names, map(float, one.estimates), strict=True)),
        }
        for one in result.findings
    }


def _same_numbers(found: Mapping[str, float], expected: Mapping[str, float]) -> bool:
    return found.keys() == expected.keys() and all(
        abs(found[name] - value) <= _SAME * abs(value) for name, value in expected.items()
    )


def same_fields(found: xr.Dataset, expected: Mapping[str, Any]) -> str:
    """See that a computed data set is what the report says.

    Parameters
    ----------
    found : xarray.Dataset
        Computed now.
    expected : dict of str to dict
        Figures of its variables (see `physforge.datasets.origin.variable_figures`).

    Returns
    -------
    str
        What is the same.

    Raises
    ------
    PhysForgeError
        If a variable is missing, or its figures differ.
    """
    difference = find_difference(variable_figures(found), dict(expected), _SAME)
    if difference:
        raise PhysForgeError(
            f"The result differs from the report: {difference}. Compare the versions in the report's run record."
        )
    return f"The same as in the report: {', '.join(map(str, found.data_vars))}."


def same_training(found: Any, parameters: Mapping[str, float], held_out: float) -> str:
    """See that a training went as the report says.

    Parameters
    ----------
    found : PinnResult
        Trained now.
    parameters : dict of str to float
        Those that the report says were found.
    held_out : float
        The report's held-out residual.

    Returns
    -------
    str
        What is alike, with both residuals.

    Raises
    ------
    PhysForgeError
        If a parameter differs by more than a twentieth, or the held-out residual is more than three times the
        report's. Trainings that end by the clock are not alike to the last digit.
    """
    for name, value in parameters.items():
        other = found.parameters.get(name)
        if other is None or abs(other - value) > _SAME_PARAMETER * abs(value):
            raise PhysForgeError(f"The parameter {name} differs: the report says {value:.6g}, and now it is {other}.")
    if not found.held_out <= _SAME_RESIDUAL * held_out:
        raise PhysForgeError(
            f"The training went otherwise: its held-out residual is {found.held_out:.3g}, and was {held_out:.3g}; "
            "on a slower machine give it more time, or state steps in place of seconds."
        )
    return f"As in the report: a held-out residual of {found.held_out:.3g}, which was {held_out:.3g}."
