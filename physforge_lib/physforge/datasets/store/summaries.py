"""What was found in a version when it was first looked at, kept for the next time."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from typing import Any

import numpy as np
import sqlalchemy as sa
import xarray as xr
from sqlalchemy.orm import Session

from physforge.database.tables import FieldRow, SummaryRow
from physforge.datasets.check import check
from physforge.datasets.store.preview import preview
from physforge.datasets.store.records import FieldSummary
from physforge.datasets.store.serialise import PROVENANCE
from physforge.datasets.store.statistics import summarise


@dataclasses.dataclass(frozen=True)
class Summary:
    """What was found in a version.

    Parameters
    ----------
    fields : tuple of FieldSummary
        Figures of each variable.
    findings : tuple of dict
        Of the check.
    attributes : dict
        Of the dataset.
    preview : dict
        Samples to draw.
    """

    fields: tuple[FieldSummary, ...]
    findings: tuple[dict[str, str], ...]
    attributes: dict[str, Any]
    preview: dict[str, Any]


def look_at(ds: xr.Dataset) -> Summary:
    """Look at a dataset.

    Parameters
    ----------
    ds : xarray.Dataset
        Following the conventions. Dask arrays are computed chunk by chunk.

    Returns
    -------
    Summary
        To be kept.
    """
    findings = check(ds).findings
    attributes = {str(key): _plain(value) for key, value in ds.attrs.items() if key not in PROVENANCE}
    return Summary(summarise(ds), tuple(dataclasses.asdict(one) for one in findings), attributes, preview(ds))


def load(session: Session, version_id: uuid.UUID) -> Summary | None:
    """Return what is kept of a version.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Open.
    version_id : uuid.UUID
        Which one.

    Returns
    -------
    Summary or None
        None if nobody has looked at it.
    """
    row = session.get(SummaryRow, version_id)
    if row is None:
        return None
    fields = session.scalars(sa.select(FieldRow).where(FieldRow.version_id == version_id).order_by(FieldRow.position))
    return Summary(tuple(map(_field, fields)), tuple(row.findings), row.attributes, row.preview)


def keep(session: Session, version_id: uuid.UUID, summary: Summary) -> None:
    """Keep what was found, unless somebody else has just done so.

    Parameters
    ----------
    session : sqlalchemy.orm.Session
        Of a writing transaction.
    version_id : uuid.UUID
        Which version.
    summary : Summary
        What was found.
    """
    if session.get(SummaryRow, version_id) is not None:
        return
    found = {"findings": list(summary.findings), "attributes": summary.attributes, "preview": summary.preview}
    session.add(SummaryRow(version_id=version_id, **found))
    session.flush()
    for position, field in enumerate(summary.fields):
        facts = {**dataclasses.asdict(field), "dims": list(field.dims), "shape": list(field.shape)}
        session.add(FieldRow(version_id=version_id, position=position, **facts))


def _field(row: FieldRow) -> FieldSummary:
    facts: Mapping[str, Any] = {
        one.name: getattr(row, one.name)
        for one in dataclasses.fields(FieldSummary)
        if one.name not in ("dims", "shape")
    }
    return FieldSummary(dims=tuple(row.dims), shape=tuple(row.shape), **facts)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    # JSON knows no NaN.
    return value if isinstance(value, float) and np.isfinite(value) else str(value)
