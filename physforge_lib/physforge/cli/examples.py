"""An example of every command, shown at the end of its help."""

from __future__ import annotations

import typer

EXAMPLES = {
    "up": "physforge up --port-base 9000",
    "down": "physforge down",
    "status": "physforge status --json",
    "password": "physforge password",  # nosec B105  # pragma: allowlist secret
    "api": "physforge api --port 8088",
    "login": "physforge login https://lab.example.org",
    "logout": "physforge logout",
    "whoami": "physforge whoami --json",
    "doctor": "physforge doctor",
    "environment": "physforge environment optics",
    "discover": "physforge discover burgers --seed 1 --save found",
    "differentiate": "physforge differentiate burgers u_t u_xx --output derivatives.nc",
    "simulate": "physforge simulate 'u_t = -u*u_x + 0.1*u_xx' --initial burgers --output simulated.nc",
    "solve": (
        """physforge solve 'u_t = u_xx' --domain '{"x": [0, 1], "t": [0, 1]}' """
        "--conditions 'u = sin(pi*x) at t=0' --conditions 'u = 0 on the boundary' --output solved.nc"
    ),
    "validate": "physforge validate found burgers",
    "report": "physforge report found --output page",
    "job submit": "physforge job submit discovery --set dataset=burgers --watch",
    "job batch": "physforge job batch sweep.yaml --watch",
    "job list": "physforge job list --state failed --kind discovery",
    "job status": "physforge job status 3f2a91c0",
    "job watch": "physforge job watch 3f2a91c0",
    "job logs": "physforge job logs 3f2a91c0 --follow",
    "job cancel": "physforge job cancel 3f2a91c0",
    "job retry": "physforge job retry 3f2a91c0",
    "job result": "physforge job result 3f2a91c0 --output burgers-result",
    "job reproduce": "physforge job reproduce 3f2a91c0",
    "job lineage": "physforge job lineage 3f2a91c0",
    "job rocrate": "physforge job rocrate 3f2a91c0 --to crate",
    "job kinds": "physforge job kinds discovery",
    "cluster list": "physforge cluster list",
    "cluster scale": "physforge cluster scale 1b0d5a1e 1..8",
    "cluster stop": "physforge cluster stop 1b0d5a1e",
    "dataset list": "physforge dataset list soliton",
    "dataset search": "physforge dataset search soliton cosine",
    "dataset describe": "physforge dataset describe burgers-shock",
    "dataset show": "physforge dataset show lynx-hare",
    "dataset check": "physforge dataset check run7.csv --dims t,x --units x=mm",
    "dataset convert": "physforge dataset convert run7.csv run7.nc",
    "dataset add": "physforge dataset add run7.csv --message 'the tilted channel'",
    "dataset versions": "physforge dataset versions run7",
    "dataset upload": "physforge dataset upload run7.nc --message 'the tilted channel'",
    "dataset batch-upload": "physforge dataset batch-upload measurements 'more/*.csv'",
    "dataset download": "physforge dataset download run7@2 --to run7.nc",
    "dataset lineage": "physforge dataset lineage run7",
    "dataset remove": "physforge dataset remove run7",
    "dataset restore": "physforge dataset restore run7",
    "dataset trash": "physforge dataset trash --empty",
    "dataset gc": "physforge dataset gc --grace-hours 0",
    "dataset export": "physforge dataset export run7 --to run7.nc",
    "dataset rocrate": "physforge dataset rocrate run7 run8 --to crate",
    "dataset intake": "physforge dataset intake --to shared run7",
    "account invite": "physforge account invite ada --group optics",
    "account list": "physforge account list --state requested",
    "account approve": "physforge account approve ada",
    "account change": "physforge account change ada --auditor",
    "account reset": "physforge account reset ada",
    "account disable": "physforge account disable ada",
    "account delete": "physforge account delete ada --yes",
    "audit verify": "physforge audit verify",
    "audit query": "physforge audit query --act 'login.*' --since 2026-11-30",
    "audit export": "physforge audit export --to events.jsonl --since 2026-11-01",
    "audit serve": "physforge audit serve --socket /run/physforge/audit.sock",
    "audit erase": "physforge audit erase anonymous-2026-11",
}


def add_examples(app: typer.Typer, path: str = "") -> None:
    """Put an example at the end of each command's help.

    Parameters
    ----------
    app : typer.Typer
        With all its commands.
    path : str, default ""
        What is typed before the commands of this app, with a blank behind it.
    """
    for command in app.registered_commands:
        callback = command.callback
        name = command.name or (callback.__name__.replace("_", "-") if callback else "")
        example = EXAMPLES.get(f"{path}{name}")
        if example is not None:
            command.epilog = f"For example: {example}"
    for group in app.registered_groups:
        if group.typer_instance is not None:
            add_examples(group.typer_instance, f"{path}{group.name} ")
