"""The command ``physforge``: its sub-commands, and how errors end it."""

from __future__ import annotations

import sys

import typer

from physforge.cli import (
    account,
    audit,
    batch_upload,
    cluster,
    dataset,
    dataset_export,
    dataset_files,
    dataset_remote,
    dataset_store,
    job,
    remote,
    science,
    workbench,
)
from physforge.cli.api import api
from physforge.cli.console import note
from physforge.cli.discover import discover
from physforge.cli.doctor import doctor
from physforge.cli.environment import environment
from physforge.cli.examples import add_examples
from physforge.cli.exits import EPILOG, Exit
from physforge.errors import (
    DatabaseError,
    PhysForgeError,
    RemoteError,
    StoreError,
    UnknownJobError,
    WorkbenchError,
)

app = typer.Typer(
    name="physforge",
    help="From measurements to a governing equation that you can trust.",
    epilog=EPILOG,
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
science.register(app)
dataset_files.register(dataset.app)
dataset_store.register(dataset.app)
dataset_export.register(dataset.app)
dataset_remote.register(dataset.app)
batch_upload.register(dataset.app)
app.add_typer(job.app, name="job")
app.add_typer(cluster.app, name="cluster")
app.add_typer(dataset.app, name="dataset")
app.add_typer(account.app, name="account")
app.add_typer(audit.app, name="audit")
add_examples(app)


def run() -> None:
    """Run the command line; an expected error becomes one sentence and an exit code."""
    try:
        app()
    except (WorkbenchError, StoreError, DatabaseError, RemoteError) as error:
        _end(error, Exit.ERROR)
    except UnknownJobError as error:
        _end(error, Exit.NO_SUCH_JOB)
    except PhysForgeError as error:
        _end(error, Exit.USAGE)


def _end(error: PhysForgeError, code: Exit) -> None:
    note(str(error), style="red")
    sys.exit(code)
