"""Where the result of a job comes from: through other jobs and data set versions, back to raw bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from physforge.errors import DatasetError, UnknownJobError
from physforge.jobs.inputs import CATALOG_PREFIX
from physforge.jobs.records import JobRecord
from physforge.jobs.spec import Input

if TYPE_CHECKING:
    from physforge.datasets.entry import Entry
    from physforge.datasets.store import DatasetStore, Lineage
    from physforge.jobs.store import JobStore


@dataclass(frozen=True)
class JobLineage:
    """A job with all that it comes from.

    Parameters
    ----------
    root : str
        Id of the job that was asked for.
    jobs : dict of str to JobRecord
        By id, the job itself and those that it needs, at any distance.
    datasets : dict of str to Lineage
        Of the store, by id of the version that a job read.
    entries : dict of str to Entry
        Of the catalog, by name.
    lost : frozenset of str
        References of which no more is known than the job's record says: they were deleted, or
        whoever asks may not see them.
    """

    root: str
    jobs: dict[str, JobRecord]
    datasets: dict[str, Lineage]
    entries: dict[str, Entry]
    lost: frozenset[str] = frozenset()

    @property
    def raw(self) -> tuple[tuple[str, str], ...]:
        """What everything comes from: name and SHA-256 of files, and of data sets of the catalog."""
        found = [(version.original_name, version.sha256) for one in self.datasets.values() for version in one.raw]
        inputs = [one for record in self.jobs.values() for one in record.spec.inputs if one.what == "dataset"]
        found += [(one.name, one.sha256) for one in inputs if one.reference not in self.datasets]
        return tuple(dict.fromkeys(found))

    def to_dict(self) -> dict[str, Any]:
        """Return the graph, JSON-serialisable.

        Returns
        -------
        dict
            Root, jobs with what they read, and the lineage of each version of a data set.
        """
        return {
            "root": self.root,
            "jobs": [_job_facts(record) for record in self.jobs.values()],
            "datasets": {key: one.to_dict() for key, one in self.datasets.items()},
            "lost": sorted(self.lost),
        }

    def __str__(self) -> str:
        return "\n".join(self._job_lines(self.root, "", "", set()))

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def _job_lines(self, job_id: str, first: str, rest: str, shown: set[str]) -> Iterator[str]:
        record = self.jobs.get(job_id)
        if record is None:
            yield f"{first}job {job_id}, of which no more is known"
            return
        head = f"{first}{record.spec.kind} job {job_id}  {record.state}, seed {record.spec.seed}"
        if job_id in shown:
            yield f"{head} (see above)"
            return
        shown.add(job_id)
        yield f"{head}{_where(record)}"
        for number, one in enumerate(record.spec.inputs):
            joint, below = ("└─ ", "   ") if number == len(record.spec.inputs) - 1 else ("├─ ", "│  ")
            start, further = f"{rest}{joint}{one.field}: ", f"{rest}{below}"
            if one.what == "job":
                yield from self._job_lines(one.reference, start, further, shown)
            else:
                yield from self._dataset_lines(one, start, further)

    def _dataset_lines(self, one: Input, first: str, rest: str) -> Iterator[str]:
        if one.reference in self.datasets:
            head, *others = str(self.datasets[one.reference]).splitlines()
            yield f"{first}{head}"
            yield from (f"{rest}{line}" for line in others)
            return
        entry = self.entries.get(one.reference.removeprefix(CATALOG_PREFIX))
        if entry is None:
            yield f"{first}data set {one.name!r}, of which no more is known than sha256 {one.sha256}"
            return
        yield f"{first}{one.name} of the catalog  {entry.title}"
        yield f"{rest}└─ {entry.source}, sha256 {one.sha256}"


def trace_job(job_id: str, *, jobs: JobStore, data: DatasetStore | None, catalog: Mapping[str, Entry]) -> JobLineage:
    """Follow a job back to what it comes from.

    Parameters
    ----------
    job_id : str
        Of the job.
    jobs : JobStore
        Where it is.
    data : DatasetStore or None
        The user's data sets.
    catalog : mapping of str to Entry
        Those that come with PhysForge.

    Returns
    -------
    JobLineage
        With every job and version reached, once.

    Raises
    ------
    UnknownJobError
        If there is no such job.
    """
    root = jobs.get(job_id)
    records: dict[str, JobRecord] = {root.id: root}
    datasets: dict[str, Lineage] = {}
    entries: dict[str, Entry] = {}
    lost: set[str] = set()
    ahead = list(root.spec.inputs)
    while ahead:
        one = ahead.pop()
        try:
            if one.what == "job":
                if one.reference not in records:
                    records[one.reference] = jobs.get(one.reference)
                    ahead += records[one.reference].spec.inputs
            elif one.reference.startswith(CATALOG_PREFIX):
                name = one.reference.removeprefix(CATALOG_PREFIX)
                entries[name] = catalog[name]
            elif data is not None:
                datasets.setdefault(one.reference, data.lineage(one.reference))
        except (UnknownJobError, DatasetError):
            lost.add(one.reference)
    return JobLineage(root.id, records, datasets, entries, frozenset(lost))


def _where(record: JobRecord) -> str:
    versions = record.run.get("versions", {})
    made = f", PhysForge {versions['physforge']}" if "physforge" in versions else ""
    when = f", {record.finished_at:%Y-%m-%d %H:%M} UTC" if record.finished_at else ""
    return f"{made}{when}"


def _job_facts(record: JobRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "kind": record.spec.kind,
        "state": str(record.state),
        "seed": record.spec.seed,
        "spec_sha256": record.spec.sha256,
        "inputs": [
            {"field": one.field, "name": one.name, "what": one.what, "reference": one.reference, "sha256": one.sha256}
            for one in record.spec.inputs
        ],
        "run": record.run,
    }
