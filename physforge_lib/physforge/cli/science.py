"""``physforge differentiate``, ``simulate``, ``solve``, ``validate`` and ``report``."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from physforge.cli.completion import complete_data, complete_job
from physforge.cli.console import note
from physforge.cli.job_options import JsonOption, SeedOption
from physforge.cli.task_command import run_task
from physforge.cli.task_options import Doing, takes_task_options
from physforge.errors import JobError, MissingExtraError

DataArgument = Annotated[
    str,
    typer.Argument(metavar="DATA", help="Catalog or store name, path or https address.", autocompletion=complete_data),
]
ToOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Also write the data set: .nc, .h5, .zarr (a folder), .csv, .tsv.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to ``physforge``.

    Parameters
    ----------
    app : typer.Typer
        The whole command line.
    """
    for command in (differentiate, simulate, solve, validate, report):
        app.command()(command)


@takes_task_options("derivatives", besides=("dataset", "names"))
def differentiate(
    data: DataArgument,
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Derivatives, such as u_t u_x u_xx.")],
    told: dict[str, Any],
    doing: Doing,
    to: ToOption = None,
) -> None:
    """Differentiate the fields of a data set, with a standard deviation for each result."""
    run_task("derivatives", {"dataset": data, "names": names, **told}, 0, doing, to=to)


@takes_task_options("simulation", besides=("equations",))
def simulate(
    equations: Annotated[
        str | None,
        typer.Argument(metavar="[EQUATIONS]", help="Such as 'u_t = 0.1*u_xx'; several are parted by semicolons."),
    ] = None,
    to: ToOption = None,
    *,
    told: dict[str, Any],
    doing: Doing,
) -> None:
    """Integrate equations forward in time, from the first state of a data set or from numbers."""
    run_task("simulation", {"equations": equations, **told}, 0, doing, to=to)


@takes_task_options("pinn", besides=("equations",))
def solve(
    equations: Annotated[
        str | None,
        typer.Argument(metavar="[EQUATIONS]", help="Such as 'u_t = u_xx'; several are parted by semicolons."),
    ] = None,
    seed: SeedOption = 0,
    to: ToOption = None,
    *,
    told: dict[str, Any],
    doing: Doing,
) -> None:
    """Solve equations with a physics-informed neural network, or find their parameters in data."""
    if not doing.submit and find_spec("torch") is None:
        raise MissingExtraError("Neural networks need torch, which is not installed: pip install 'physforge[pinn]'.")
    run_task("pinn", {"equations": equations, **told}, seed, doing, to=to, facts=_training_facts)


def validate(
    found: Annotated[
        str,
        typer.Argument(metavar="RESULT", help="Folder of a result, or id of a job.", autocompletion=complete_job),
    ],
    holdout: DataArgument,
    as_json: JsonOption = False,
) -> None:
    """Simulate data that were not used with what was discovered, and say how far it is off."""
    from physforge.cli.console import errors, print_json, print_table
    from physforge.cli.direct import read_result
    from physforge.workspace import Workspace

    workspace = Workspace()
    with errors().status(f"Reading {found}") as line:
        result: Any = read_result(found, workspace)
        if not hasattr(result, "validate"):
            raise JobError(f"{found} is a result of the kind {result.kind}; equations of a discovery are validated.")
        ds = workspace.open_dataset(holdout)
        line.update(f"Simulating {holdout}")
        table = result.validate(ds)
    rows = table.to_dict("records")
    if as_json:
        print_json({"result": found, "data": holdout, "fields": [_as_json(row) for row in rows]})
    else:
        print_table(tuple(rows[0]), [tuple(map(_as_text, row.values())) for row in rows])


@takes_task_options("report", besides=("results",), keeps=False)
def report(
    results: Annotated[
        list[str],
        typer.Argument(metavar="RESULT...", help="Folders of results, or ids of jobs.", autocompletion=complete_job),
    ],
    told: dict[str, Any],
    doing: Doing,
    to: Annotated[Path, typer.Option("--output", "-o", help="A new folder for the report.")] = Path("report"),
) -> None:
    """Write results as a page, a PDF and a notebook that makes them again, with what speaks against them first."""
    if not doing.submit and to.exists():
        raise JobError(f"{to} exists already; choose another folder with --output.")
    where = replace(doing, save=None if doing.submit else to)
    run_task("report", {"results": results, **told}, 0, where)
    if not doing.submit:
        note(f"The report is {to / 'report.html'}; report.ipynb beside it makes the results again.")


def _training_facts(result: Any) -> dict[str, Any]:
    return {
        "status": result.status,
        "held_out": _finite(result.held_out),
        "parameters": dict(result.parameters),
        "diagnostics": list(result.diagnostics),
        "provenance": dict(result.provenance),
    }


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, str) else _finite(float(value)) for key, value in row.items()}


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else f"{float(value):.4g}"
