"""What was found in versions when somebody looked at them, kept in the cache for the next time."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from physforge.datasets.store.names import as_id
from physforge.datasets.store.records import FieldSummary
from physforge.datasets.store.summaries import Summary

#: So many are kept; those that were not used for longest go.
MOST = 1000


class KeptSummaries:
    """Summaries of versions, one small file each; a version never changes.

    Parameters
    ----------
    folder : pathlib.Path
        Of the cache.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "summaries"

    def get(self, version_id: str, look: Callable[[], Summary]) -> Summary:
        """Return the summary of a version.

        Parameters
        ----------
        version_id : str
            Of it.
        look : callable
            Makes the summary, if nobody has.

        Returns
        -------
        Summary
            Kept from now on.
        """
        path = self._folder / f"{as_id(version_id)}.json"
        found = _read(path)
        if found is None:
            found = look()
            self._keep(path, found)
        return found

    def fields(self) -> dict[str, str]:
        """Return the names of fields of every version whose summary is kept.

        Returns
        -------
        dict of str to str
            Id of the version -> names, separated by blanks.
        """
        found = {path.stem: _read(path) for path in self._folder.glob("*.json")}
        return {key: " ".join(one.name for one in summary.fields) for key, summary in found.items() if summary}

    def _keep(self, path: Path, summary: Summary) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, scratch = tempfile.mkstemp(dir=self._folder, prefix=".")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(dataclasses.asdict(summary), stream, allow_nan=False)
        Path(scratch).replace(path)
        kept = sorted(self._folder.glob("*.json"), key=lambda one: one.stat().st_mtime)
        for old in kept[:-MOST]:
            old.unlink(missing_ok=True)


def _read(path: Path) -> Summary | None:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        fields = tuple(
            FieldSummary(**{**one, "dims": tuple(one["dims"]), "shape": tuple(one["shape"])}) for one in facts["fields"]
        )
        return Summary(fields, tuple(facts["findings"]), facts["attributes"], facts["preview"])
    except (OSError, ValueError, KeyError, TypeError):
        # Not there, or damaged: looked at anew.
        return None
