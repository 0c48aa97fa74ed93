"""The settings of a discovery job."""

from __future__ import annotations

from pydantic import Field

from physforge.jobs.task import DatasetName, JobConfig, Task
from physforge.tasks.strategies import DiscoveryChoice, LibrarySettings

Bounds = tuple[float | None, float | None]


class DiscoveryConfig(JobConfig):
    """What `physforge.discover` is told, as far as JSON can say it; the seed is the job's.

    Parameters
    ----------
    dataset : str or tuple of str
        Registered data sets, each a run, or what jobs make.
    target : str or tuple of str, optional
        Time derivatives to explain.
    library : dict, optional
        Settings of a `physforge.CandidateLibrary`.
    method : str or dict, optional
        Short name, or options with the short name as ``kind``.
    known : dict
        Coefficients by term, or by target and term.
    fixed : tuple of str or dict
        Terms, or terms by target.
    bounds : dict
        Lowest and highest coefficient by term, or by target and term.
    symmetries : tuple of str
        As for `physforge.discover`.
    units : bool, default False
        Whether candidates must make sense in the units of the data.
    """

    dataset: DatasetName | tuple[DatasetName, ...] = Field(
        description="Data set of the catalog or the store, or several, each a run of its own on its own grid."
    )
    target: str | tuple[str, ...] | None = Field(
        default=None,
        description="Time derivatives to explain, such as u_tt; by default the first one of every field.",
    )
    library: LibrarySettings | None = Field(
        default=None, description='The candidate terms, such as {"polynomial": 3, "derivatives": 4}.'
    )
    method: DiscoveryChoice | None = Field(
        default=None,
        description='weak, stlsq, symbolic or pysindy; or with options, as {"kind": "stlsq", "threshold": 0.1}.',
    )
    known: dict[str, float] | dict[str, dict[str, float]] = Field(
        default={}, description="Coefficients that are known, by term, or by target and term."
    )
    fixed: tuple[str, ...] | dict[str, tuple[str, ...]] = Field(
        default=(), description="Terms that are in the equation whatever their coefficients, or such terms by target."
    )
    bounds: dict[str, Bounds] | dict[str, dict[str, Bounds]] = Field(
        default={}, description="Lowest and highest coefficient by term, or by target and term; null where it is open."
    )
    symmetries: tuple[str, ...] = Field(
        default=(), description='Changes that leave the law as it is, such as "x -> -x, u -> -u".'
    )
    units: bool = Field(
        default=False, description="Whether candidates that make no sense in the units of the data are left out."
    )


TASK = Task(
    kind="discovery",
    config=DiscoveryConfig,
    run="physforge.tasks.discovery.run:run",
    result="physforge.discovery:DiscoveryResult",
    title="Find the equations behind measured fields",
)
