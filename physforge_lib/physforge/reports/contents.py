"""What a report says of results: warnings first, then what was found, how sure it is, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import xarray as xr

from physforge.citations import bibtex
from physforge.discovery import DiscoveryResult
from physforge.reports.data import data_doubts, data_parts
from physforge.reports.dataset import dataset_parts
from physforge.reports.discovery import discovery_parts
from physforge.reports.document import Document, Part, Section, Words
from physforge.reports.methods import method_parts, run_parts
from physforge.reports.question import kind_name, question_parts
from physforge.reports.training import training_parts

if TYPE_CHECKING:
    from physforge.results import Result


def make_document(
    results: Sequence[Result], title: str, question: str = "", holdout: xr.Dataset | None = None
) -> Document:
    """Say what is to be said of results.

    Parameters
    ----------
    results : sequence of Result
        In the order of the report.
    title : str
        Heading.
    question : str, default ""
        What was to be found out, in the author's words.
    holdout : xarray.Dataset, optional
        Data that were not used, on which equations are tried.

    Returns
    -------
    Document
        To be written as a page or a print.
    """
    sections = tuple(_section(number, one, holdout) for number, one in enumerate(results, start=1))
    keys = sorted({key for one in results for key in one.citations})
    return Document(title, _made(results), sections, bibtex(keys) if keys else "", question)


def _made(results: Sequence[Result]) -> str:
    moments = [datetime.fromisoformat(text) for one in results if (text := one.provenance.get("created"))]
    return f"{max(moments).astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moments else ""


def _section(number: int, result: Result, holdout: xr.Dataset | None) -> Section:
    parts = (
        *question_parts(result),
        *data_parts(result),
        *method_parts(result),
        *_content(result, holdout),
        *run_parts(result),
    )
    doubts = (*result.diagnostics, *data_doubts(result))
    return Section(f"{number}. {kind_name(result)}: {result.status}", doubts, parts)


def _content(result: Any, holdout: xr.Dataset | None) -> tuple[Part, ...]:
    if isinstance(result, DiscoveryResult):
        return discovery_parts(result, holdout)
    if result.kind == "pinn":  # its class would load torch
        return training_parts(result)
    if isinstance(result.value, xr.Dataset):
        return dataset_parts(result)
    return (Words(result.summary()),)
