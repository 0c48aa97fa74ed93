"""Write a job with its artifact, its inputs and their history as an RO-Crate.

The profile is RO-Crate 1.x as the package `rocrate` writes it; each job is a ``CreateAction``
in the sense of the Process Run Crate profile: who, when, with which software, from what, to what.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from physforge.datasets.export.atomic import staged
from physforge.errors import JobError, PhysForgeError
from physforge.jobs.inputs import CATALOG_PREFIX
from physforge.jobs.lineage import JobLineage
from physforge.jobs.records import JobRecord
from physforge.jobs.spec import Input
from physforge.jobs.states import State

if TYPE_CHECKING:
    from rocrate.model.entity import Entity
    from rocrate.rocrate import ROCrate

    from physforge.datasets.store import DatasetStore
    from physforge.jobs.store import JobStore


def export_crate(
    lineage: JobLineage, path: str | os.PathLike[str], *, jobs: JobStore, data: DatasetStore | None
) -> Path:
    """Write a crate of a job.

    Parameters
    ----------
    lineage : JobLineage
        Of the job.
    path : str or path-like
        A folder that does not exist yet; it appears whole or not at all.
    jobs : JobStore
        For the artifacts.
    data : DatasetStore or None
        For the bytes of data sets.

    Returns
    -------
    pathlib.Path
        The folder: ``jobs/<id>`` for each artifact, ``data/<id>`` for the bytes of each data set
        that is at hand, and ``ro-crate-metadata.json``.

    Raises
    ------
    JobError
        If the job has not succeeded, or its artifact was removed.
    DatasetError
        If there is a folder of that name, or the disk refuses.
    """
    from rocrate.rocrate import ROCrate

    root = lineage.jobs[lineage.root]
    if root.state is not State.SUCCEEDED:
        raise JobError(f"The job {root.id} is {root.state}; only one that has succeeded can be exported.")
    jobs.artifact(root.id)  # refused before anything is written, if it was removed
    crate = ROCrate()
    crate.name = f"{root.spec.kind} job {root.id}"
    crate.description = "A computation, its result and where it comes from, exported by PhysForge."
    with staged(path) as hidden, tempfile.TemporaryDirectory(prefix="physforge-") as scratch:
        writer = _Writer(crate, lineage, jobs, data, Path(scratch))
        for record in lineage.jobs.values():
            writer.add_job(record)
        crate.write(hidden)
    return Path(path).expanduser().absolute()


class _Writer:
    """Adds each artifact and data set once, and an action for each job."""

    def __init__(
        self, crate: ROCrate, lineage: JobLineage, jobs: JobStore, data: DatasetStore | None, scratch: Path
    ) -> None:
        self._crate, self._lineage, self._jobs, self._data, self._scratch = crate, lineage, jobs, data, scratch
        self._made: dict[str, Entity] = {}

    def add_job(self, record: JobRecord) -> None:
        from rocrate.model.contextentity import ContextEntity

        run = record.run
        facts: dict[str, Any] = {
            "@type": "CreateAction",
            "name": f"{record.spec.kind} job",
            "identifier": f"urn:uuid:{record.id}",
            "description": json.dumps({"config": record.spec.config, "seed": record.spec.seed, "run": run}),
            "actionStatus": "http://schema.org/CompletedActionStatus",
            "startTime": record.started_at.isoformat() if record.started_at else None,
            "endTime": record.finished_at.isoformat() if record.finished_at else None,
        }
        known = {key: value for key, value in facts.items() if value is not None}
        action = self._crate.add(ContextEntity(self._crate, f"#job-{record.id}", properties=known))
        action["instrument"] = self._software(run.get("versions", {}).get("physforge", "unknown"))
        action["agent"] = self._person(str(run.get("user", "unknown")))
        action["object"] = [self._input(one) for one in record.spec.inputs]
        action["result"] = [self._artifact(record)]
        self._crate.root_dataset.append_to("mentions", action)

    def _artifact(self, record: JobRecord) -> Entity:
        if record.id not in self._made:
            facts = {"name": f"Result of {record.spec.kind} job {record.id}"}
            try:
                folder = self._jobs.artifact(record.id)
            except PhysForgeError:  # removed to make room
                self._made[record.id] = self._mention(f"#artifact-{record.id}", facts)
            else:
                self._made[record.id] = self._crate.add_directory(
                    folder, dest_path=f"jobs/{record.id}", properties=facts
                )
        return self._made[record.id]

    def _input(self, one: Input) -> Entity:
        if one.what == "job":
            record = self._lineage.jobs.get(one.reference)
            return self._artifact(record) if record else self._mention(f"#artifact-{one.reference}", {"name": one.name})
        if one.reference not in self._made:
            self._made[one.reference] = self._dataset(one)
        return self._made[one.reference]

    def _dataset(self, one: Input) -> Entity:
        facts = {"name": one.name, "sha256": one.sha256}
        entry = self._lineage.entries.get(one.reference.removeprefix(CATALOG_PREFIX))
        if entry is not None:
            facts |= {"description": entry.title, "license": entry.licence, "creditText": entry.source}
            here = [file for file in entry.files.values() if isinstance(file, Path) and file.is_file()]
            if len(here) == len(entry.files) == 1:
                return self._crate.add_file(here[0], dest_path=f"data/{here[0].name}", properties=facts)
            return self._mention(f"#data-{entry.name}", facts)
        lineage = self._lineage.datasets.get(one.reference)
        if lineage is None or self._data is None:
            return self._mention(f"#data-{one.reference}", facts)
        version = lineage.versions[lineage.root]
        suffix = Path(version.original_name).suffix if Path(version.original_name).suffix.isascii() else ""
        file = self._data.export(one.reference, self._scratch / f"{version.id}{suffix}")
        facts |= {"version": str(version.number), "identifier": f"urn:uuid:{version.id}", "description": str(lineage)}
        add = self._crate.add_directory if file.is_dir() else self._crate.add_file
        return add(file, dest_path=f"data/{file.name}", properties=facts)

    def _mention(self, key: str, facts: dict[str, Any]) -> Entity:
        from rocrate.model.contextentity import ContextEntity

        return self._crate.get(key) or self._crate.add(
            ContextEntity(self._crate, key, properties={"@type": "CreativeWork", **facts})
        )

    def _software(self, version: str) -> Entity:
        from rocrate.model.contextentity import ContextEntity

        key = f"#physforge-{version}"
        facts = {"@type": "SoftwareApplication", "name": "PhysForge", "softwareVersion": version}
        return self._crate.get(key) or self._crate.add(ContextEntity(self._crate, key, properties=facts))

    def _person(self, name: str) -> Entity:
        from rocrate.model.person import Person

        key = f"#person-{name}"
        return self._crate.get(key) or self._crate.add(Person(self._crate, key, properties={"name": name}))
