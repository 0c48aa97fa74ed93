"""Build the environment of a checkout: ``python3 setup_environment.py workbench``.

Only the standard library is used, and only what an old Python understands, so that a
wrong interpreter gets a sentence and not a traceback. The environment is complete or
marked incomplete: a build that was interrupted is done again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED_BYTES = 4_000_000_000
#: What of a checkout an installed PhysForge consists of.
COPIED = ("physforge_lib", "extensions", "hub_config", "dask_config", "catalogs", "notebooks")
OLDEST_PYTHON = (3, 11)
NEEDED_MODULES = {
    "venv": "the module venv (on Debian: apt-get install python3-venv)",
    "ensurepip": "the module ensurepip (on Debian: apt-get install python3-venv)",
    "ssl": "TLS (the module ssl)",
    "sqlite3": "SQLite (the module sqlite3)",
    "ctypes": "the module ctypes",
}
#: Each extra brings those after it.
INCLUDED = {"dev": ["dev", "pinn", "workbench"], "workbench": ["workbench"]}


class SetupError(Exception):
    """One sentence on why the environment cannot be built."""


def check_interpreter():
    """Refuse a Python that is too old or lacks a module."""
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(
            f"PhysForge needs Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer; {sys.executable} is "
            f"{sys.version_info[0]}.{sys.version_info[1]}. Name another one: make up PYTHON=/path/to/python3"
        )
    for module, name in NEEDED_MODULES.items():
        try:
            __import__(module)
        except ImportError:
            raise SetupError(
                f"{sys.executable} lacks {name}. Name another one: make up PYTHON=/path/to/python3"
            ) from None


def check_disk(folder, needed=NEEDED_BYTES):
    """Refuse a disk without room for the packages."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SetupError(
            f"The disk is full: {free / 1e9:.1f} GB are free at {folder}, and the packages need {needed / 1e9:.1f} GB."
        )


def fingerprint(extra):
    """Return what an environment is built from: when it changes, it is built again."""
    digest = hashlib.sha256(extra.encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def sources_fingerprint():
    """Return what a copy of this checkout is made of: when it changes, it is copied again."""
    digest = hashlib.sha256()
    for folder in COPIED:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and not {"__pycache__", "node_modules"} & set(path.parts):
                digest.update(str(path.relative_to(ROOT)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def is_ready(folder, extra):
    """Tell whether `folder` holds a complete environment with `extra`."""
    try:
        ready = json.loads(marker_of(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return ready.get(extra) == fingerprint(extra) and python_of(folder).exists()


def python_of(folder):
    """Return the environment's own interpreter."""
    return folder / "bin" / "python"


def marker_of(folder):
    """Return the file that says the environment is complete."""
    return folder / "physforge-ready.json"


def copy_is_ready(folder):
    """Tell whether `folder` holds a copy of this checkout as it is now."""
    try:
        return copy_marker_of(folder).read_text(encoding="utf-8") == sources_fingerprint()
    except OSError:
        return False


def copy_marker_of(folder):
    """Return the file that says what was copied."""
    return folder / "physforge-copied.txt"


def build(folder, extra, copy=False):
    """Create the environment, or bring it up to date, and mark it complete."""
    if marker_of(folder).exists():
        marker_of(folder).unlink()
    if not python_of(folder).exists():
        print(f"Creating {folder} with {sys.executable}", flush=True)
        run([sys.executable, "-m", "venv", "--clear", folder])
    extras = ",".join(INCLUDED[extra])
    print(f"Installing physforge[{extras}] as pinned in constraints.txt (minutes without a package cache)", flush=True)
    pip = [python_of(folder), "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "install", "--upgrade", pinned_pip()])
    editable = [] if copy else ["--editable"]
    run([*pip, "install", "--constraint", ROOT / "constraints.txt", *editable, f"{ROOT}[{extras}]"])
    ready = json.dumps({name: fingerprint(name) for name in INCLUDED[extra]})
    marker_of(folder).write_text(ready, encoding="utf-8")
    if copy:
        copy_marker_of(folder).write_text(sources_fingerprint(), encoding="utf-8")


def copy_again(folder):
    """Bring the copy of this checkout in an environment up to date; what it needs is there."""
    if copy_marker_of(folder).exists():
        copy_marker_of(folder).unlink()
    pip = [python_of(folder), "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "install", "--no-deps", "--force-reinstall", ROOT])
    copy_marker_of(folder).write_text(sources_fingerprint(), encoding="utf-8")


def pinned_pip():
    """Return the requirement for the pip that the constraints were tested with."""
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# pip=="):
            return line[2:].strip()
    return "pip"


def run(command):
    """Run one step and show how it goes on; all that it said explains a failure."""
    words = [str(word) for word in command]
    said = []
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True) as step:
        for line in step.stdout:
            said.append(line)
            show_progress(line.strip(), len(said))
    clear_progress()
    if step.returncode != 0:
        print("".join(said), file=sys.stderr, end="")
        raise SetupError(f"This step failed (see above): {' '.join(words)}. Mend that and run the command again.")


def show_progress(line, number):
    """Show the latest line of a step in one line of the terminal; elsewhere show nothing."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{f'  {number}: {line}'[:width]:<{width}}", end="", file=sys.stderr, flush=True)


def clear_progress():
    """Remove the line that `show_progress` wrote."""
    if sys.stderr.isatty():
        print("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r", end="", file=sys.stderr, flush=True)


def main():
    """Build what was asked for, or explain in one sentence why not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extra", choices=sorted(INCLUDED))
    parser.add_argument("--folder", type=Path, default=ROOT / ".venv")
    parser.add_argument("--copy", action="store_true", help="install a copy, for users who cannot enter the checkout")
    arguments = parser.parse_args()
    if arguments.copy:
        # Whatever root's own habits are: everybody reads it, nobody else writes to it.
        os.umask(0o022)
    try:
        check_interpreter()
        if not is_ready(arguments.folder, arguments.extra):
            check_disk(ROOT)
            build(arguments.folder, arguments.extra, arguments.copy)
        if arguments.copy and not copy_is_ready(arguments.folder):
            copy_again(arguments.folder)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
