"""Where a result comes from, back to raw bytes, and how it is made again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import panel as pn
import panel_material_ui as pmui

from physforge.apps.markup import Link, address, listed, table
from physforge.apps.person import Person
from physforge.apps.results.cards import code, heading, paragraph, words
from physforge.apps.results.python_code import python_code
from physforge.errors import PhysForgeError
from physforge.jobs.inputs import CATALOG_PREFIX
from physforge.jobs.lineage import JobLineage


class OriginView(pn.viewable.Viewer):
    """Lineage, run record, and the same in Python.

    Parameters
    ----------
    person : Person
        Who looks: what they may not see is said to be so.
    job : mapping
        As the REST API shows it.
    """

    def __init__(self, person: Person, job: Mapping[str, Any]) -> None:
        super().__init__()
        self._person = person
        self._job = job
        self._lineage = words(paragraph("Asking where it comes from ..."))

    def __panel__(self) -> Any:
        """Return what is shown."""
        record = words(run_table(self._job))
        return pn.Column(
            self._lineage,
            heading("The same in Python", 3),
            words(code(python_code(self._job))),
            pmui.Details(record, title="Record of the run", collapsed=True),
            sizing_mode="stretch_width",
            margin=0,
        )

    async def begin(self) -> None:
        """Ask for the lineage."""
        try:
            found = await self._person.ask(self._person.workspace.lineage, str(self._job["id"]))
        except PhysForgeError as error:
            self._lineage.object = paragraph(f"Where it comes from could not be asked: {error}")
            return
        self._lineage.object = lineage_list(found)


def lineage_list(found: JobLineage) -> str:
    """Return what a result comes from as a list of links.

    Parameters
    ----------
    found : JobLineage
        From `physforge.Workspace.lineage`.

    Returns
    -------
    str
        HTML.
    """
    lines: list[str | Link] = []
    for key, record in found.jobs.items():
        if key != found.root:
            lines.append(Link(f"{record.spec.kind} job {key[:8]}", address("results", job=key)))
    seen = set()
    for record in found.jobs.values():
        for one in record.spec.inputs:
            if one.what == "dataset" and one.reference not in seen:
                seen.add(one.reference)
                lines.append(_dataset_link(found, one.reference, one.name, one.sha256))
    lines += [f"{name}: a file with SHA-256 {sha256}" for name, sha256 in found.raw]
    lost = [f"{key}: deleted, or not shared with you" for key in sorted(found.lost)]
    return listed([*lines, *lost]) or paragraph("It was computed from its settings alone.")


def _dataset_link(found: JobLineage, reference: str, name: str, sha256: str) -> str | Link:
    if reference.startswith(CATALOG_PREFIX):
        entry = found.entries.get(reference.removeprefix(CATALOG_PREFIX))
        words = f"{name} of the catalog" + (f": {entry.title}" if entry is not None else "")
        return Link(words, address("data", name=name))
    if reference in found.datasets:
        version = found.datasets[reference].versions[found.datasets[reference].root]
        return Link(f"{name}, version {version.number}", address("data", name=version.dataset_id))
    return f"{name}: a data set with SHA-256 {sha256}"


def run_table(job: Mapping[str, Any]) -> str:
    """Return the record of a run as a table.

    Parameters
    ----------
    job : mapping
        As the REST API shows it.

    Returns
    -------
    str
        HTML.
    """
    rows = [
        ("job", str(job["id"])),
        ("seed", str(job["seed"])),
        ("work (SHA-256)", str(job["sha256"])),
        ("run by", str(job["executor"])),
        ("attempt", str(job["attempt"])),
        ("begun", str(job["started"] or "-")),
        ("ended", str(job["finished"] or "-")),
        ("processor time", f"{job['cpu_s']:.1f} s"),
    ]
    rows += [(name, text) for name, value in job["run"].items() for name, text in _flat(str(name), value)]
    return table(("what", "value"), rows, label="Record of the run")


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [one for key, inner in value.items() for one in _flat(f"{name}: {key}", inner)]
    return [(name, str(value))]
