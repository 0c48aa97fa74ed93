"""The command ``physforge``: its sub-commands, and how errors end it."""

from __future__ import annotations

import sys

import typer

from physforge.cli import (
    account,
    audit,
    dataset,
    dataset_export,
    dataset_files,
    dataset_remote,
    dataset_store,
    remote,
    workbench,
)
from physforge.cli.api import api
from physforge.cli.console import errors
from physforge.cli.discover import discover
from physforge.cli.doctor import doctor
from physforge.cli.environment import environment
from physforge.errors import DatabaseError, PhysForgeError, RemoteError, StoreError, WorkbenchError

#: Exit codes, documented in README.
EXIT_FAILURE = 1
EXIT_BAD_INPUT = 2

app = typer.Typer(
    name="physforge",
    help="From measurements to a governing equation that you can trust.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
workbench.register(app)
remote.register(app)
app.command()(api)
app.command()(doctor)
app.command()(environment)
app.command()(discover)
dataset_files.register(dataset.app)
dataset_store.register(dataset.app)
dataset_export.register(dataset.app)
dataset_remote.register(dataset.app)
app.add_typer(dataset.app, name="dataset")
app.add_typer(account.app, name="account")
app.add_typer(audit.app, name="audit")


def run() -> None:
    """Run the command line; an expected error becomes one sentence and an exit code."""
    try:
        app()
    except (WorkbenchError, StoreError, DatabaseError, RemoteError) as error:
        errors().print(str(error), style="red", markup=False, highlight=False)
        sys.exit(EXIT_FAILURE)
    except PhysForgeError as error:
        errors().print(str(error), style="red", markup=False, highlight=False)
        sys.exit(EXIT_BAD_INPUT)
