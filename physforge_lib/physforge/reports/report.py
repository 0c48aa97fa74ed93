"""One entry point: results in, a page and its literature out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import xarray as xr

from physforge.datasets.origin import describe_inputs
from physforge.errors import MissingExtraError, PhysForgeError
from physforge.jobs.job import Job
from physforge.jobs.loading import load_result
from physforge.reports.contents import make_document
from physforge.reports.document import Document
from physforge.reports.html import document_html
from physforge.reports.notebook import document_notebook
from physforge.reports.pdf import document_pdf
from physforge.results import Arrays, Result, run_record

_PAGE, _PRINT, _NOTEBOOK = "report.html", "report.pdf", "report.ipynb"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Report(Result):
    """A page on results.

    Parameters
    ----------
    title : str
        Heading.
    contents : tuple of str
        A line on each result.
    page : str
        HTML, complete in itself: it asks for nothing from anywhere.
    pdf : bytes or None
        The same as PDF; None where Typst, which sets it, was not installed.
    notebook : str or None
        A Jupyter notebook that makes the results again; None in reports of earlier versions.
    """

    kind: ClassVar[str] = "report"

    title: str
    contents: tuple[str, ...]
    page: str
    pdf: bytes | None = None
    notebook: str | None = None

    def summary(self) -> str:
        """Say what is in it."""
        return "\n".join([f"{self.title}: {len(self.contents)} result(s)", *self.contents])

    def __repr__(self) -> str:
        return f"Report({self.title!r}, {len(self.contents)} result(s))"

    def to_document(self) -> tuple[dict[str, Any], Arrays]:
        """Return the facts; the page is a file of its own."""
        return {"title": self.title, "contents": list(self.contents)}, {}

    @classmethod
    def from_document(cls, document: dict[str, Any], arrays: Arrays) -> Self:  # noqa: ARG003
        """Build the report from the facts and the page."""
        return cls(
            title=document["title"],
            contents=tuple(document["contents"]),
            page=document["page"],
            pdf=document["pdf"],
            notebook=document["notebook"],
            **document["base"],
        )

    def write_files(self, folder: Path) -> None:
        """Write ``report.html``, and ``report.pdf`` and ``report.ipynb`` where there are such.

        Parameters
        ----------
        folder : pathlib.Path
            Of the result.
        """
        (folder / _PAGE).write_text(self.page, encoding="utf-8")
        if self.pdf is not None:
            (folder / _PRINT).write_bytes(self.pdf)
        if self.notebook is not None:
            (folder / _NOTEBOOK).write_text(self.notebook, encoding="utf-8")

    @classmethod
    def read_files(cls, folder: Path) -> dict[str, Any]:
        """Read what `write_files` wrote.

        Parameters
        ----------
        folder : pathlib.Path
            Of the result.

        Returns
        -------
        dict
            ``"page"``, ``"pdf"`` and ``"notebook"``.
        """
        printed, notebook = folder / _PRINT, folder / _NOTEBOOK
        return {
            "page": (folder / _PAGE).read_text(encoding="utf-8"),
            "pdf": printed.read_bytes() if printed.exists() else None,
            "notebook": notebook.read_text(encoding="utf-8") if notebook.exists() else None,
        }


def report(
    results: Result | Job | Sequence[Result | Job],
    folder: str | os.PathLike[str],
    *,
    title: str = "Report",
    question: str = "",
    holdout: xr.Dataset | None = None,
) -> Report:
    """Write a page on results, with what they rest on, and their literature.

    Parameters
    ----------
    results : Result, Job or sequence of them
        What science functions return, or jobs that make it, in the order of the page.
    folder : str or path-like
        A folder that does not exist yet: ``report.html``, which asks for nothing from anywhere
        and opens in any browser; ``report.pdf``; ``report.ipynb``, a notebook that opens the same data,
        makes the results again and stops where one differs; and ``citations.bib``. The same results give
        the same bytes at any time and place.
    title : str, default "Report"
        Heading.
    question : str, default ""
        What was to be found out, in your words; each result says what it answers anyway.
    holdout : xarray.Dataset, optional
        Data that were not used: equations and their best rivals are simulated from its first state and compared
        with the rest.

    Returns
    -------
    Report
        What was written.

    Raises
    ------
    PhysForgeError
        If the folder exists, or there is no result.
    JobFailedError
        If a job failed.

    Examples
    --------
    >>> import tempfile
    >>> import physforge as pf
    >>> r = pf.discover(pf.open_dataset("lynx-hare"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = report(r, f"{folder}/out", title="Pelts")
    >>> found.title
    'Pelts'
    """
    given = [results] if isinstance(results, Result | Job) else results
    read = [load_result(one.artifact()) if isinstance(one, Job) else one for one in given]
    made = make_report(read, title=title, question=question, holdout=holdout)
    made.save(folder)
    return made


def make_report(
    results: Sequence[Result], *, title: str = "Report", question: str = "", holdout: xr.Dataset | None = None
) -> Report:
    """Make a page on results, without writing it.

    Parameters
    ----------
    results : sequence of Result
        In the order of the page.
    title : str, default "Report"
        Heading.
    question : str, default ""
        What was to be found out, in your words; each result says what it answers anyway.
    holdout : xarray.Dataset, optional
        Data that were not used: equations and their best rivals are simulated from its first state and compared
        with the rest.

    Returns
    -------
    Report
        To be saved.

    Raises
    ------
    PhysForgeError
        If there is no result, or something else is among them.
    """
    given = list(results)
    other = next((one for one in given if not isinstance(one, Result)), None)
    if not given or other is not None:
        what = "nothing" if not given else f"a {type(other).__name__}"
        raise PhysForgeError(
            f"A report is on results, such as pf.discover returns, or on jobs, and was given {what}; for a Dataset "
            "give the job that made it."
        )
    document = make_document(given, title, question, holdout)
    pdf, diagnostics = _pdf(document)
    return Report(
        status="ok",
        diagnostics=diagnostics,
        provenance=run_record(
            results=[{"kind": one.kind, **dict(one.provenance)} for one in given],
            holdout=[] if holdout is None else describe_inputs(holdout),
        ),
        citations=tuple(dict.fromkeys(key for one in given for key in one.citations)),
        title=title,
        contents=tuple(one.summary().splitlines()[0] for one in given),
        page=document_html(document),
        pdf=pdf,
        notebook=document_notebook(given, title),
    )


def _pdf(document: Document) -> tuple[bytes | None, tuple[str, ...]]:
    try:
        return document_pdf(document), ()
    except MissingExtraError as error:
        return None, (str(error),)
