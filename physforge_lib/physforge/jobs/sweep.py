"""Many jobs of one kind: settings that they share, and those that differ."""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from physforge.datasets.strict_yaml import load_strict
from physforge.errors import CatalogError, JobError
from physforge.jobs.refusals import refusals

#: Most jobs of a sweep.
MOST_JOBS = 10_000

#: How values are spaced, by the name of numpy's function.
_SPACINGS: dict[str, Callable[..., Any]] = {"linspace": np.linspace, "geomspace": np.geomspace}


class Sweep(BaseModel):
    """Every combination of `configs`, `grid` and `seeds`, beside the settings that all share.

    Parameters
    ----------
    kind : str
        Of the jobs.
    name : str, optional
        Of the batch; by default made from the content, so that the same sweep again goes on
        with the same batch.
    config : dict
        Settings that all share.
    grid : dict of str to list
        Values by setting, such as ``{"library.polynomial": [2, 3]}``; a point leads into a
        setting that is a mapping. ``{"linspace": [first, last, count]}`` stands for evenly
        spaced values, and ``geomspace`` for those of even ratios.
    configs : list of dict
        Settings that belong together, one dict for each choice.
    seeds : int or list of int
        How many, counted from 0, or which.
    executor : str, default "local"
        Who runs the jobs.
    priority : int, default 0
        Higher ones are run first.
    wall_limit_s : float, optional
        Longest run of one attempt in seconds.

    Examples
    --------
    >>> sweep = Sweep(kind="discovery", config={"dataset": "heat"}, grid={"library.polynomial": [2, 3]}, seeds=2)
    >>> [(config["library"], seed) for config, seed in sweep.expand()]
    [({'polynomial': 2}, 0), ({'polynomial': 2}, 1), ({'polynomial': 3}, 0), ({'polynomial': 3}, 1)]
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: str = Field(min_length=1, max_length=64, description="Kind of the jobs, such as discovery.")
    name: str | None = Field(default=None, min_length=1, max_length=200, description="Name of the batch.")
    config: dict[str, Any] = Field(default={}, description="Settings that all jobs share.")
    grid: dict[str, list[Any]] = Field(default={}, description="Values by setting; all combinations are run.")
    configs: tuple[dict[str, Any], ...] = Field(default=(), description="Settings that belong together.")
    seeds: tuple[int, ...] = Field(default=(0,), min_length=1, description="How many seeds, or which.")
    executor: str = Field(default="local", description="Who runs the jobs.")
    priority: int = Field(default=0, description="Higher ones are run first.")
    wall_limit_s: float | None = Field(default=None, gt=0, description="Longest run of one attempt in seconds.")

    @field_validator("seeds", mode="before")
    @classmethod
    def _counted(cls, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            if not 1 <= value <= MOST_JOBS:
                raise ValueError(f"should be from 1 to {MOST_JOBS}, or a list of seeds")
            return tuple(range(value))
        return value

    @field_validator("grid", mode="before")
    @classmethod
    def _spaced(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {path: _values(str(path), given) for path, given in value.items()}

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """Read a sweep from a YAML file.

        Parameters
        ----------
        path : str or path-like
            Data alone: no tags, anchors or aliases; at most 1 MB.

        Returns
        -------
        Sweep
            Its settings are checked when it is submitted.

        Raises
        ------
        JobError
            If the file cannot be read or says what a sweep does not have; each field is named.
        """
        try:
            document = load_strict(Path(path))
        except CatalogError as error:
            raise JobError(str(error).replace("The catalog ", "The sweep ")) from error
        return cls.checked(document, os.fspath(path))

    @classmethod
    def checked(cls, document: Any, where: str = "sweep") -> Self:
        """Make a sweep from data.

        Parameters
        ----------
        document : object
            Should be a mapping.
        where : str, default "sweep"
            Named in the message.

        Returns
        -------
        Sweep
            As described.

        Raises
        ------
        JobError
            Naming each field that is refused.
        """
        if not isinstance(document, Mapping):
            raise JobError(f"{where} is refused: it is a mapping with kind, config and grid, for example.")
        try:
            return cls.model_validate(dict(document))
        except ValidationError as error:
            wrong = "".join(f"\n  {line}" for line in refusals(error, cls))
            raise JobError(f"{where} is refused:{wrong}") from error

    @property
    def batch(self) -> str:
        """Name of the batch."""
        if self.name is not None:
            return self.name
        content = self.model_dump_json(include={"kind", "config", "grid", "configs", "seeds"})
        return f"{self.kind}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"

    def __len__(self) -> int:
        count = max(len(self.configs), 1) * len(self.seeds)
        for values in self.grid.values():
            count *= len(values)
        return count

    def expand(self) -> list[tuple[dict[str, Any], int]]:
        """Return the settings and the seed of each job.

        Returns
        -------
        list of (dict, int)
            The seed changes fastest, then the last setting of the grid.

        Raises
        ------
        JobError
            If there are more than `MOST_JOBS`, or a setting of the grid leads nowhere.
        """
        if len(self) > MOST_JOBS:
            raise JobError(f"The sweep has {len(self)} jobs; at most {MOST_JOBS} are submitted at once.")
        return list(self._jobs())

    def _jobs(self) -> Iterator[tuple[dict[str, Any], int]]:
        for chosen in self.configs or ({},):
            shared = _merged(self.config, chosen)
            for values in itertools.product(*self.grid.values()):
                config = copy.deepcopy(shared)
                for path, value in zip(self.grid, values, strict=True):
                    _put(config, path, copy.deepcopy(value))
                for seed in self.seeds:
                    yield copy.deepcopy(config), seed


def varying(configs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Find in which settings configs differ.

    Parameters
    ----------
    configs : sequence of mapping
        Of the jobs of a batch.

    Returns
    -------
    list of dict
        For each the settings that are not alike in all of them, by path.
    """
    flat = [dict(settings_of(config)) for config in configs]
    paths = list(dict.fromkeys(path for one in flat for path in one))
    apart = [path for path in paths if len({json.dumps(one.get(path), sort_keys=True) for one in flat}) > 1]
    return [{path: one.get(path) for path in apart} for one in flat]


def settings_of(config: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """List settings by path; a point leads into a setting that is a mapping.

    Parameters
    ----------
    config : mapping
        Of a job.
    before : str, default ""
        Put before each path.

    Yields
    ------
    path : str
        Of a setting.
    value : object
        No mapping, unless an empty one.

    Examples
    --------
    >>> dict(settings_of({"dataset": "heat", "library": {"polynomial": 2}}))
    {'dataset': 'heat', 'library.polynomial': 2}
    """
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from settings_of(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _values(path: str, given: Any) -> Any:
    if not isinstance(given, Mapping):
        if isinstance(given, list | tuple) and not given:
            raise ValueError(f"{path} has no values")
        return given
    name = next(iter(given), None)
    if len(given) != 1 or name not in _SPACINGS:
        raise ValueError(f"{path} should be a list of values, or one of {', '.join(_SPACINGS)}: [first, last, count]")
    try:
        first, last, count = given[name]
        if not 1 <= count <= MOST_JOBS:
            raise ValueError("the count is out of range")
        # Plain numbers, and 0.3 rather than 0.30000000000000004.
        return [float(f"{value:.12g}") for value in _SPACINGS[name](float(first), float(last), int(count))]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {name} needs [first, last, count]: {error}") from error


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        key: value for key, value in base.items() if isinstance(value, Mapping) and isinstance(over.get(key), Mapping)
    }
    return {**base, **over, **{key: _merged(value, over[key]) for key, value in both.items()}}


def _put(config: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for key in above:
        inner = config.setdefault(key, {})
        if not isinstance(inner, dict):
            raise JobError(
                f"The grid's {path!r} leads into {key!r}, which is {inner!r} and no mapping; write it as one, such as "
                f"{key}: {{kind: {inner}}}."
            )
        config = inner
    config[last] = value
