"""Compare what two runs made, number by number."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

#: Of a result's document, what is compared; the rest says when and with what it was made.
_COMPARED = ("kind", "status", "diagnostics", "content")

#: How many differences are printed.
_MOST = 10


@dataclass(frozen=True)
class Difference:
    """Something that came out otherwise.

    Parameters
    ----------
    where : str
        File and place in it.
    original, again : str
        Both values; of arrays the ones that are farthest apart.
    relative : float
        Largest difference as a share of the larger value; infinite where texts, shapes or types differ.
    """

    where: str
    original: str
    again: str
    relative: float


@dataclass(frozen=True)
class Comparison:
    """What came of running a job again.

    Parameters
    ----------
    original, again : str
        Ids of both jobs.
    compared : int
        Numbers and texts that were compared.
    differences : tuple of Difference
        The largest first; empty if all is alike to the last bit.
    versions : dict of str to tuple of str
        What differs between both machines and environments: then and now.
    """

    original: str
    again: str
    compared: int
    differences: tuple[Difference, ...]
    versions: dict[str, tuple[str, str]]

    @property
    def identical(self) -> bool:
        """Whether all is alike to the last bit."""
        return not self.differences

    @property
    def largest(self) -> float:
        """The largest relative difference; 0 if all is alike."""
        return max((one.relative for one in self.differences), default=0.0)

    def table(self) -> pd.DataFrame:
        """Return the differences.

        Returns
        -------
        pandas.DataFrame
            ``where``, ``original``, ``again``, ``relative``.
        """
        import pandas as pd

        rows = [(one.where, one.original, one.again, one.relative) for one in self.differences]
        return pd.DataFrame(rows, columns=["where", "original", "again", "relative"])

    def to_dict(self) -> dict[str, Any]:
        """Return the facts, JSON-serialisable.

        Returns
        -------
        dict
            An infinite difference is None.
        """
        finite = [one.relative if np.isfinite(one.relative) else None for one in self.differences]
        return {
            "original": self.original,
            "again": self.again,
            "identical": self.identical,
            "compared": self.compared,
            "largest": self.largest if np.isfinite(self.largest) else None,
            "differences": [
                {"where": one.where, "original": one.original, "again": one.again, "relative": relative}
                for one, relative in zip(self.differences, finite, strict=True)
            ],
            "versions": {name: list(pair) for name, pair in self.versions.items()},
        }

    def __str__(self) -> str:
        if self.identical:
            lines = [f"Identical: {self.compared} numbers and texts are alike to the last bit."]
        else:
            lines = [
                f"{len(self.differences)} of {self.compared} numbers and texts differ, by {self.largest:.2g} at most "
                "(as a share of the larger value):"
            ]
            lines += [f"  {one.where}: {one.original} then, {one.again} now" for one in self.differences[:_MOST]]
        changed = [f"  {name}: {then} then, {now} now" for name, (then, now) in self.versions.items()]
        return "\n".join([*lines, *(["The environments differ:", *changed] if changed else [])])

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def compare_artifacts(original: Path, again: Path) -> tuple[int, list[Difference]]:
    """Compare two results, number by number.

    Parameters
    ----------
    original, again : pathlib.Path
        Artifacts.

    Returns
    -------
    compared : int
        Numbers and texts.
    differences : list of Difference
        The largest first.
    """
    one, other = _contents(original), _contents(again)
    found = []
    for where in dict.fromkeys([*one, *other]):
        difference = _difference(where, one.get(where), other.get(where))
        if difference is not None:
            found.append(difference)
    count = sum(value.size if isinstance(value, np.ndarray) else 1 for value in one.values())
    return count, sorted(found, key=lambda difference: -difference.relative)


def compare_runs(original: Mapping[str, Any], again: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Find what differs between the environments of two runs.

    Parameters
    ----------
    original, again : mapping
        Run records.

    Returns
    -------
    dict of str to tuple of str
        Versions, interpreter, platform, processor, threads and commit: then and now.
    """
    one, other = dict(_environment(original)), dict(_environment(again))
    return {
        name: (one.get(name, "none"), other.get(name, "none"))
        for name in dict.fromkeys([*one, *other])
        if one.get(name) != other.get(name)
    }


def _environment(run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((str(name), str(version)) for name, version in run.get("versions", {}).items())
    yield from ((name, str(run[name])) for name in ("python", "platform") if name in run)
    yield from ((name, str(value)) for name, value in run.get("device", {}).items() if name != "cores")
    yield from ((f"threads of {name}", str(count)) for name, count in run.get("threads", {}).get("pools", {}).items())
    if run.get("git"):
        yield "commit", f"{run['git']['commit']}{' and changes' if run['git'].get('dirty') else ''}"


def _contents(folder: Path) -> dict[str, Any]:
    """Return the values of a result by their places: numbers, texts and arrays."""
    document = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    found = {f"result.json {place}": value for key in _COMPARED for place, value in _leaves(document.get(key), key)}
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        found |= {f"arrays.npz {name}": arrays[name] for name in arrays.files}
    for path in sorted(folder.glob("*.nc")) + sorted(folder.glob("*.zarr")):
        found |= {f"{path.name} {name}": values for name, values in _variables(path)}
    return found


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{place}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{place}.{number}")
    else:
        yield place, value


def _variables(path: Path) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    import xarray as xr

    kept = {"engine": "zarr", "consolidated": False} if path.is_dir() else {"engine": "h5netcdf"}
    with xr.open_dataset(path, decode_times=False, **kept) as ds:
        for name, variable in ds.variables.items():
            yield str(name), np.asarray(variable.to_numpy())


def _difference(where: str, one: Any, other: Any) -> Difference | None:
    first, second = np.asarray(one), np.asarray(other)
    if first.dtype.kind not in "biufc" or second.dtype.kind not in "biufc" or first.shape != second.shape:
        alike = type(one) is type(other) and first.shape == second.shape and bool(np.all(first == second))
        return None if alike else Difference(where, _text(one), _text(other), np.inf)
    if first.dtype == second.dtype and first.tobytes() == second.tobytes():
        return None
    kind = np.complex128 if "c" in (first.dtype.kind, second.dtype.kind) else np.float64
    apart = _relative(first.astype(kind), second.astype(kind))
    place = np.unravel_index(int(np.argmax(apart)), apart.shape)
    if apart[place] == 0:
        return None  # zeros of either sign, and NaN of either kind
    return Difference(where, repr(first[place].item()), repr(second[place].item()), float(apart[place]))


def _relative(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        apart = np.abs(one - other) / np.maximum(np.abs(one), np.abs(other))
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    return np.where(same, 0.0, np.where(np.isfinite(apart), apart, np.inf))


def _text(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    return "nothing" if value is None else repr(value)
