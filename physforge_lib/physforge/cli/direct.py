"""Do the work of a job at once, in this process: what the commands without ``--submit`` do."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from physforge.errors import JobError, PhysForgeError
from physforge.jobs.context import RunContext
from physforge.jobs.inputs import named_inputs
from physforge.jobs.loading import load_result
from physforge.jobs.submission import check_config
from physforge.jobs.task import JOB_PREFIX, JobConfig, find_task

if TYPE_CHECKING:
    import xarray as xr

    from physforge.results import Result
    from physforge.workspace import Workspace


def run_now(
    kind: str, config: Mapping[str, Any], seed: int, workspace: Workspace, tell: Callable[[str], None]
) -> Result:
    """Run a task in this process.

    Parameters
    ----------
    kind : str
        Of the job that this would be.
    config : mapping
        Its settings; data may also be files that nobody registered, and results folders.
    seed : int
        Of whatever is random.
    workspace : Workspace
        Whose data and jobs are read.
    tell : callable
        Gets what is done, in a few words.

    Returns
    -------
    Result
        What the job would publish.

    Raises
    ------
    JobError
        If settings are refused; all of them are named.
    """
    checked = check_config(kind, config)
    with tempfile.TemporaryDirectory(prefix="physforge-") as folder:
        return find_task(kind).load_run()(checked, DirectContext(checked, seed, Path(folder), workspace, tell))


class DirectContext(RunContext):
    """The plain twin of what a worker gives to a task.

    Parameters
    ----------
    config : JobConfig
        Validated.
    seed : int
        Of whatever is random.
    folder : pathlib.Path
        Where the task may write.
    workspace : Workspace
        Whose data and jobs are read.
    tell : callable
        Gets what is done, in a few words.
    """

    def __init__(
        self, config: JobConfig, seed: int, folder: Path, workspace: Workspace, tell: Callable[[str], None]
    ) -> None:
        super().__init__(seed, folder)
        self._names = {one.field: one.name for one in named_inputs(config)}
        self._workspace = workspace
        self._tell = tell

    def open_dataset(self, field: str) -> xr.Dataset:
        """Open what a field names: a data set of the catalog or the store, a file, an address or a job's.

        Parameters
        ----------
        field : str
            Of the config.

        Returns
        -------
        xarray.Dataset
            As it is now.
        """
        name = self._names[field]
        if not name.startswith(JOB_PREFIX):
            return self._workspace.open_dataset(name)
        found = self._workspace.job(name.removeprefix(JOB_PREFIX)).result()
        if not hasattr(found, "data_vars"):
            raise JobError(f"{name} made no data set, but a result of the kind {getattr(found, 'kind', '?')}.")
        return found  # type: ignore[no-any-return]

    def open_artifact(self, field: str) -> Path:
        """Return the folder that a field names, or the artifact of the job that it names.

        Parameters
        ----------
        field : str
            Of the config.

        Returns
        -------
        pathlib.Path
            Not to be written to.
        """
        return artifact_of(self._names[field], self._workspace)

    def report(self, fraction: float, message: str = "") -> None:
        """Say what is done.

        Parameters
        ----------
        fraction : float
            From 0 to 1.
        message : str, default ""
            In a few words.
        """
        self._tell(f"{message} ({fraction:.0%})" if fraction else message)

    def checkpoint(self, folder: Path) -> None:
        """Keep nothing: a call that is interrupted begins anew; jobs go on.

        Parameters
        ----------
        folder : pathlib.Path
            Not looked at.
        """

    def last_checkpoint(self) -> Path | None:
        """Return None: there is no earlier attempt."""
        return None


def artifact_of(name: str, workspace: Workspace) -> Path:
    """Find the folder of a result.

    Parameters
    ----------
    name : str
        The folder itself; or the id of a job, or the beginning of it.
    workspace : Workspace
        Whose jobs are looked at.

    Returns
    -------
    pathlib.Path
        Not to be written to.
    """
    return Path(name) if Path(name).is_dir() else workspace.jobs.artifact(name)


def read_result(name: str, workspace: Workspace) -> Result:
    """Read a result.

    Parameters
    ----------
    name : str
        Its folder; or the id of a job, or the beginning of it.
    workspace : Workspace
        Whose jobs are looked at.

    Returns
    -------
    Result
        Of any kind.
    """
    return load_result(artifact_of(name, workspace))


def save_dataset(result: Result, to: Path) -> Path:
    """Write the data set of a result to a file.

    Parameters
    ----------
    result : Result
        Of a kind whose direct call returns a Dataset.
    to : pathlib.Path
        In the format that its suffix says.

    Returns
    -------
    pathlib.Path
        What was written.

    Raises
    ------
    PhysForgeError
        If the result has no data set, or nothing writes the suffix.
    """
    from physforge.datasets.export import find_writer

    dataset: Any = result.value
    if hasattr(dataset, "grid"):  # a solution at all points: even samples of it
        dataset = dataset.predict(dataset.grid())
    if not hasattr(dataset, "data_vars"):
        raise PhysForgeError(f"A result of the kind {result.kind} has no data set to write.")
    return find_writer(to)(dataset, to)
