"""Every command has help, an example that could be typed, and a place on the first page."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from physforge.cli.examples import EXAMPLES
from physforge.cli.exits import EPILOG, MEANINGS, Exit
from physforge.cli.main import app

README = (Path(__file__).parents[2] / "README.md").read_text()
#: Those of typer itself.
OWN = {"help", "install_completion", "show_completion"}


def commands(group=None, path=""):
    group = group or typer.main.get_command(app)
    for name, child in group.commands.items():
        if hasattr(child, "commands"):
            yield from commands(child, f"{path}{name} ")
        else:
            yield f"{path}{name}", child


COMMANDS = dict(commands())


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_and_its_options_have_help(path):
    command = COMMANDS[path]
    texts = {"itself": command.help} | {one.name: one.help for one in command.params if one.name not in OWN}
    for name, text in texts.items():
        assert text, f"{path}: {name} has no help"


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_and_its_options_are_in_the_table_of_the_first_page(path):
    rows = re.findall(rf"^\| `physforge {re.escape(path)}` \|.*$", README, re.MULTILINE)
    assert len(rows) == 1, f"README has {len(rows)} rows for physforge {path}"
    named = set(re.findall(r"`(--[a-z-]+)`", rows[0]))
    flags = {
        flag
        for one in COMMANDS[path].params
        if one.name not in OWN and one.param_type_name == "option"
        for flag in (*one.opts, *one.secondary_opts)
        if flag.startswith("--")
    }
    assert named == flags, f"physforge {path}: only in README {named - flags}, only in the command {flags - named}"


def test_the_first_page_names_no_command_that_is_gone():
    assert set(re.findall(r"^\| `physforge ([a-z -]+)` \|", README, re.MULTILINE)) == set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_has_an_example_that_it_takes(path):
    example = EXAMPLES[path]
    assert COMMANDS[path].epilog == f"For example: {example}"
    words = shlex.split(example)
    assert words[: 1 + len(path.split())] == ["physforge", *path.split()]
    # Parsing alone: arguments and options are those of the command, and none is missing.
    COMMANDS[path].make_context(path, words[1 + len(path.split()) :])


def test_there_is_no_example_of_a_command_that_is_gone():
    assert set(EXAMPLES) == set(COMMANDS)


def test_every_exit_code_is_said_in_the_help_and_on_the_first_page(physforge):
    assert set(MEANINGS) == set(Exit)
    code, out, _ = physforge("--help")
    assert code == Exit.DONE
    assert EPILOG in " ".join(out.split())
    for one, meaning in MEANINGS.items():
        assert f"| {one:d} | {meaning} |" in README
