"""The settings of a job that trains a network on a law."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from physforge.jobs.task import DatasetName, JobConfig, JobId, Task
from physforge.tasks.pinn.conditions import Condition
from physforge.tasks.strategies import NetworkChoice, OptimiserChoice, SamplingChoice, WeightingChoice


class PinnConfig(JobConfig):
    """What `physforge.pinn.solve` and `infer` are told, as far as JSON can say it; the seed is the job's.

    Parameters
    ----------
    equations : str, optional
        Laws in the grammar of equations, several parted by semicolons.
    parameters : dict of str to float
        Values of their named parameters.
    discovery : str, optional
        A discovery job, whose equations are used in place of `equations`.
    domain : dict of str to (float, float)
        Lowest and highest value of each coordinate; by default those of the data.
    conditions : tuple of ConditionConfig
        What else is known of the solution.
    dataset : str, optional
        Measured values that the solution passes near.
    unknown : dict of str to float
        Parameters that are to be found from the data, and values to start from.
    network, method, sampling, weighting : str or dict, optional
        Short names, or options with the short name as ``kind``; the method is the optimiser.
    windows : int, optional
        Time windows that training is widened by.
    budget_s : float, optional
        Seconds of training, at most; 60 where `steps` is not given either.
    steps : int, optional
        Steps of training, at most.
    """

    equations: str | None = Field(
        default=None,
        description="Laws such as u_t = -u*u_x + nu*u_xx, several parted by semicolons; or give discovery.",
    )
    parameters: dict[str, float] = Field(default={}, description="Values of the named parameters of the equations.")
    discovery: JobId | None = Field(default=None, description="Discovery job whose equations are solved.")
    domain: dict[str, tuple[float, float]] = Field(
        default={}, description='Ends of each coordinate, such as {"x": [-1, 1], "t": [0, 1]}; or those of the data.'
    )
    conditions: tuple[Condition, ...] = Field(
        default=(),
        description="Such as 'u = -sin(pi*x) at t=0', 'u = 0 at x=-1', 'u = 0 on the boundary' or 'periodic in x'.",
    )
    dataset: DatasetName | None = Field(
        default=None, description="Data set with measured values that the solution passes near."
    )
    unknown: dict[str, float] = Field(
        default={}, description='Parameters to be found from the data, and values to start from, as {"nu": 0.1}.'
    )
    network: NetworkChoice | None = Field(
        default=None, description='mlp, fourier-features or modified-mlp; or with options, as {"kind": "mlp"}.'
    )
    method: OptimiserChoice | None = Field(
        default=None, description="ssbroyden, levenberg-marquardt, lbfgs, soap or adam; or with options."
    )
    sampling: SamplingChoice | None = Field(
        default=None, description="Where the law is enforced: residual-adaptive or sobol; or with options."
    )
    weighting: WeightingChoice | None = Field(
        default=None,
        description="How parts of the loss weigh: fixed, gradient-norm, self-adaptive or causal.",
    )
    windows: int | None = Field(default=None, ge=1, le=100, description="Time windows that training is widened by.")
    budget_s: float | None = Field(
        default=None, gt=0.0, le=1e7, description="Seconds of training, at most; 60 where no steps are given."
    )
    steps: int | None = Field(default=None, ge=1, description="Steps of training, at most.")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.equations is None) == (self.discovery is None):
            raise ValueError("exactly one of equations and discovery is needed")
        if not self.domain and self.dataset is None:
            raise ValueError("domain is needed where there is no dataset")
        for name, (low, high) in self.domain.items():
            if not low < high:
                raise ValueError(f"domain: {name} begins at {low:g} and ends at {high:g}; the first has to be lower")
        if self.unknown and self.dataset is None:
            raise ValueError("unknown parameters are found from data: give dataset")
        ways = [name for name in ("method", "sampling", "weighting", "windows") if getattr(self, name) is not None]
        if self.unknown and ways:
            raise ValueError(f"{', '.join(ways)}: where parameters are unknown, these follow from the data; leave out")
        if self.equations is not None:
            from physforge.equations import System
            from physforge.errors import EquationError

            try:
                system = System.parse(self.equations, parameters=self.parameters)
            except EquationError as error:
                raise ValueError(f"equations: {error}") from error
            lost = [name for name in self.unknown if name not in system.free_symbols]
            if lost:
                raise ValueError(f"unknown: {lost[0]} does not occur in the equations, or has a value in parameters")
        elif self.parameters:
            raise ValueError("parameters are those of equations; the equations of a discovery job have none")
        return self


TASK = Task(
    kind="pinn",
    config=PinnConfig,
    run="physforge.tasks.pinn.run:run",
    result="physforge.pinn:PinnResult",
    title="Solve a law with a neural network",
)
