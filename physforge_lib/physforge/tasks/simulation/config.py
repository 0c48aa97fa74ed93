"""The settings of a simulation job."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from physforge.jobs.task import DatasetName, JobConfig, JobId, Task


class EvenTimes(BaseModel):
    """Times at even steps.

    Parameters
    ----------
    start, stop : float
        First and last, in the unit of the data's time.
    count : int
        How many, both ends included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    start: float
    stop: float
    count: int = Field(ge=2, le=10_000_000)


class SimulationConfig(JobConfig):
    """What `physforge.simulate` is told, as far as JSON can say it.

    Parameters
    ----------
    equations : str, optional
        Laws in the grammar of equations, several parted by semicolons.
    parameters : dict of str to float
        Values of their named parameters.
    discovery : str, optional
        A discovery job, whose equations are used in place of `equations`.
    initial : str or dict of str to float
        A data set that has the first state, or the numbers of one.
    moment : int, default 0
        Which sample in time of the data set is the first state.
    times : EvenTimes or tuple of float, optional
        Output times; by default those of the data set from the first state on.
    rtol : float, default 1e-6
        Relative tolerance.
    method : {"DOP853", "Radau", "ETDRK4"}, optional
        Overrules the choice of the integrator.
    """

    equations: str | None = Field(
        default=None, description="Laws such as u_t = 0.1*u_xx, several parted by semicolons; or give discovery."
    )
    parameters: dict[str, float] = Field(default={}, description="Values of the named parameters of the equations.")
    discovery: JobId | None = Field(default=None, description="Discovery job whose equations are integrated.")
    initial: DatasetName | dict[str, float] = Field(
        description="Data set that has the first state, or each field's number for equations without space."
    )
    moment: int = Field(default=0, description="Which sample in time of the data set is the first state; -1: the last.")
    times: EvenTimes | tuple[float, ...] | None = Field(
        default=None,
        description="Output times, the first that of the first state; by default those of the data set from there on.",
    )
    rtol: float = Field(default=1e-6, ge=1e-10, le=0.1, description="Relative tolerance of the result.")
    method: Literal["DOP853", "Radau", "ETDRK4"] | None = Field(
        default=None, description="Integrator; by default the one that suits the equations."
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.equations is None) == (self.discovery is None):
            raise ValueError("exactly one of equations and discovery is needed")
        if isinstance(self.initial, dict) and self.times is None:
            raise ValueError("times are needed where the first state is given as numbers")
        if self.equations is not None:
            from physforge.equations import System
            from physforge.errors import EquationError

            try:
                System.parse(self.equations, parameters=self.parameters)
            except EquationError as error:
                raise ValueError(f"equations: {error}") from error
        elif self.parameters:
            raise ValueError("parameters are those of equations; the equations of a discovery job have none")
        return self


TASK = Task(
    kind="simulation",
    config=SimulationConfig,
    run="physforge.tasks.simulation.run:run",
    result="physforge.tasks.dataset_result:SimulationResult",
    title="Integrate equations forward in time",
)
