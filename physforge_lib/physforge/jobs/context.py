"""What a task is given while it runs."""

from __future__ import annotations

import abc
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr


class RunContext(abc.ABC):
    """Inputs, and ways to say how the work goes.

    Parameters
    ----------
    seed : int
        Of the job.
    folder : pathlib.Path
        The artifact being made; files written here are published with the result.
    """

    def __init__(self, seed: int, folder: Path) -> None:
        self.seed = seed
        self.folder = folder
        self._series: dict[str, list[float]] = {}

    def generator(self) -> np.random.Generator:
        """Return a fresh generator of the job's seed."""
        return np.random.default_rng(self.seed)

    def measure(self, **values: float) -> None:
        """Keep numbers by which runs are compared, such as a loss; each call is one more of a series.

        Parameters
        ----------
        **values : float
            By name; what is not finite is left out of the comparison.
        """
        for name, value in values.items():
            self._series.setdefault(name, []).append(float(value))

    def measured(self) -> dict[str, dict[str, float]]:
        """Return what was measured, each series as its last, smallest, largest and middle number.

        Returns
        -------
        dict of str to dict of str to float
            By name; underscores became spaces.
        """
        from physforge.jobs.runs import summarise_series

        return summarise_series({name.replace("_", " "): one for name, one in self._series.items()})

    @abc.abstractmethod
    def open_dataset(self, field: str) -> xr.Dataset:
        """Open the data set that a field of the config names, in the version of the submission.

        Parameters
        ----------
        field : str
            For example ``"dataset"``.

        Returns
        -------
        xarray.Dataset
            Its hash was compared with that of the spec.
        """

    @abc.abstractmethod
    def open_artifact(self, field: str) -> Path:
        """Return the folder of the artifact that a field of the config names.

        Parameters
        ----------
        field : str
            Of the config.

        Returns
        -------
        pathlib.Path
            Not to be written to.
        """

    @abc.abstractmethod
    def report(self, fraction: float, message: str = "") -> None:
        """Say how far the work is; and stop here if the job was cancelled.

        Parameters
        ----------
        fraction : float
            From 0 to 1.
        message : str, default ""
            What is done, in a few words.

        Raises
        ------
        JobCancelledError
            If somebody asked for the job's end. Let it through.
        """

    @abc.abstractmethod
    def checkpoint(self, folder: Path) -> None:
        """Keep what a later attempt goes on from.

        Parameters
        ----------
        folder : pathlib.Path
            Complete; copied before this returns.
        """

    @abc.abstractmethod
    def last_checkpoint(self) -> Path | None:
        """Return the folder that an earlier attempt kept, or None."""
