"""What a report says of a result that is a data set: derivatives, or a simulation."""

from __future__ import annotations

from typing import Any

import pandas as pd
import xarray as xr

from physforge.datasets.conventions import field_names
from physforge.datasets.lazy import is_lazy
from physforge.datasets.origin import variable_figures
from physforge.equations import System
from physforge.errors import EquationError
from physforge.reports.document import Formula, Heading, Paragraph, Part, Table, Words
from physforge.reports.field_pictures import field_pictures


def dataset_parts(result: Any) -> tuple[Part, ...]:
    """Say what was computed.

    Parameters
    ----------
    result : Result
        One whose value is a Dataset.

    Returns
    -------
    tuple of Part
        In order.
    """
    ds: xr.Dataset = result.value
    laws = _laws(str(ds.attrs["equation"])) if result.kind == "simulation" and "equation" in ds.attrs else ()
    words = Heading("In words"), Words(result.summary())
    if is_lazy(ds):
        return (*laws, *_made(ds), Paragraph("It stays on disk, and is not drawn here."), *words)
    return (*laws, *_made(ds), Heading("What came out"), _figures(ds), *field_pictures(ds), *words)


def _laws(text: str) -> tuple[Part, ...]:
    try:
        return Heading("The laws"), *(Formula(one) for one in System.parse(text))
    except EquationError:
        return Heading("The laws"), Words(text)


def _made(ds: xr.Dataset) -> tuple[Part, ...]:
    """List how each variable was made, where it says so."""
    rows = [
        (str(name), str(one.attrs["method"]), str(one.attrs.get("warning", "")))
        for name, one in ds.data_vars.items()
        if "method" in one.attrs
    ]
    if not rows:
        return ()
    return Heading("How each was made"), Table(pd.DataFrame(rows, columns=["variable", "method", "beware"]))


def _figures(ds: xr.Dataset) -> Table:
    missing = float("nan")
    rows = [
        (name, one["missing"], *(missing if one[key] is None else one[key] for key in ("low", "high", "mean")))
        for name, one in variable_figures(ds).items()
        if name in field_names(ds)
    ]
    return Table(pd.DataFrame(rows, columns=["variable", "missing", "low", "high", "mean"]))
