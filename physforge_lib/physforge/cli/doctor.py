"""``physforge doctor``: what works on this machine, and what does not."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from physforge.cli.console import output
from physforge.settings import Settings

_COLOURS = {"ok": "green", "note": "yellow", "problem": "red"}


def doctor(
    home: Annotated[Path | None, typer.Option("--home", help="State folder of the workbench.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")] = False,
) -> None:
    """Check versions, ports, disk, mode, and whether other users could run this interpreter."""
    from rich.table import Table

    from physforge.workbench.doctor import examine
    from physforge.workbench.state import StateFolder

    findings = examine(StateFolder(home.expanduser().absolute() if home else Settings.from_environment().home))
    if as_json:
        output().print(json.dumps([asdict(one) for one in findings], indent=2), markup=False, highlight=False)
    else:
        table = Table(show_header=False)
        for one in findings:
            table.add_row(f"[{_COLOURS[one.verdict]}]{one.verdict}[/]", one.topic, one.text)
        output().print(table)
    if any(one.verdict == "problem" for one in findings):
        raise typer.Exit(1)
