"""``physforge discover``: from data to an equation, on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from physforge.cli.console import errors, output

if TYPE_CHECKING:
    from physforge.discovery import DiscoveryResult


def discover(
    data: Annotated[str, typer.Argument(help="Catalog name, path or https address.")],
    target: Annotated[
        str | None, typer.Option(help="Left-hand side, such as u_t or u_tt. [default: one equation a field]")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the resampling; the same seed gives the same figures.")] = 0,
    save: Annotated[Path | None, typer.Option(help="Also keep the result in this new folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")] = False,
) -> None:
    """Find the equation behind a data set, and say how sure it is."""
    import physforge as pf

    with errors().status(f"Reading {data}") as line:
        ds = pf.open_dataset(data)
        line.update(f"Looking for the equation behind {data}")
        result = pf.discover(ds, target=target, seed=seed)
    if save is not None:
        result.save(save)
    if as_json:
        output().print(json.dumps(_facts(result), indent=2), markup=False, highlight=False)
    else:
        output().print(result.summary(), markup=False, highlight=False)


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
