"""``physforge discover``: from data to an equation, on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from physforge.cli.completion import complete_data
from physforge.cli.job_options import SeedOption
from physforge.cli.task_command import run_task
from physforge.cli.task_options import Doing, takes_task_options

if TYPE_CHECKING:
    from physforge.discovery import DiscoveryResult


@takes_task_options("discovery", besides=("dataset",))
def discover(
    data: Annotated[
        list[str],
        typer.Argument(
            metavar="DATA...",
            help="Catalog name, path or https address; several are runs of one law.",
            autocompletion=complete_data,
        ),
    ],
    told: dict[str, Any],
    doing: Doing,
    seed: SeedOption = 0,
) -> None:
    """Find the equation behind a data set, and say how sure it is."""
    config = {"dataset": data[0] if len(data) == 1 else data, **told}
    run_task("discovery", config, seed, doing, facts=_facts)


def _facts(result: DiscoveryResult) -> dict[str, Any]:
    return {
        "status": result.status,
        "equations": {
            target: {
                "text": str(equation),
                "latex": equation.to_latex(),
                "terms": dict(equation.terms),
                "stderr": dict(equation.stderr),
            }
            for target, equation in result.equations.items()
        },
        "diagnostics": list(result.diagnostics),
        "provenance": dict(result.provenance),
    }
