"""How soon pages can be used, what they ask for, and whether everybody can use them: in a real Chromium.

Each case starts a workbench of its own, and is kept when it is measured; it is measured anew
when the apps have changed. ``--case first-page`` measures one, ``--kept`` writes what is kept.
"""

import argparse
import importlib
import os
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import cells
from benchmarks.derivatives.rows import markdown

TABLE = Path(__file__).with_name("apps.md")
PACKAGES = ("panel", "bokeh", "panel-material-ui", "pyvista", "playwright")
COLUMNS = ("what", "figure", "goal", "reached", "date", "commit", "load")

#: Case -> module beside this file with ``measure(stage)`` and ``lines(result)``.
CASES = {
    "first-page": "first_page",
    "every-page": "every_page",
    "crowd": "crowd",
    "jobs": "jobs",
}

_SOURCES = (
    "physforge_lib/physforge/apps/**/*.py",
    "physforge_lib/physforge/plots/*.py",
    "physforge_lib/physforge/workbench/traefik.py",
    "tests/e2e/apps/*.py",
)


def work(name: str) -> dict:
    """Measure one case, and note how busy the machine was."""
    from benchmarks.apps.stage import stage

    module = importlib.import_module(f"benchmarks.apps.{CASES[name]}")
    before = os.getloadavg()[0]
    with stage() as found:
        return {"measured": module.measure(found), "load": before}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", choices=CASES, help="only this one")
    parser.add_argument("--kept", action="store_true", help="measure nothing, and write what is kept")
    options = parser.parse_args()
    wanted = [_cell(name) for name in options.case or CASES]
    kept = cells.find_kept("apps", wanted) if options.kept else cells.fill("apps", wanted)
    rows = [row for cell in wanted for row in _rows(cell, kept.get((cell.name, cell.key), {}))]
    machine = f"Machine: {cells.machine()}; {', '.join(f'{one} {version(one)}' for one in PACKAGES)}."
    text = f"# Apps\n\n{machine}\n\n{markdown(COLUMNS, rows)}"
    print(text)
    if not options.case:
        TABLE.write_text(text.rstrip() + "\n", encoding="utf-8")
    return any("failed" in one for one in kept.values())


def _cell(name: str) -> cells.Cell:
    own = f"tests/benchmarks/apps/{CASES[name]}.py"
    return cells.Cell(name, "0", partial(work, name), (), (*_SOURCES, own), ("panel", "bokeh"), alone=True)


def _rows(cell: cells.Cell, found: dict) -> list[tuple[str, ...]]:
    if "result" not in found:
        why = str(found.get("failed", "not measured")).replace("|", "/")
        return [(cell.name, why, "-", "not measured", "-", "-", "-")]
    lines = importlib.import_module(f"benchmarks.apps.{CASES[cell.name]}").lines(found["result"]["measured"])
    load = f"{found['result']['load']:.1f}"
    words = {True: "yes", False: "no", None: "-"}
    return [(one.what, one.figure, one.goal, words[one.reached], found["date"], found["commit"], load) for one in lines]


if __name__ == "__main__":
    sys.exit(main())
