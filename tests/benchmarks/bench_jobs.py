"""What jobs survive, and how fast they are asked for and run.

The cases are in ``tests/benchmarks/jobs``. Each is kept when it is measured, and measured
anew when the sources that it depends on have changed; ``--kept`` writes the table of what
is kept and measures nothing.
"""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import cells
from benchmarks.derivatives.rows import Line, markdown
from benchmarks.jobs.case import Case

TABLE = Path(__file__).with_name("jobs.md")
PACKAGES = ("sqlalchemy", "psycopg", "distributed", "fastapi")
COLUMNS = ("what", "figure", "goal", "reached", "date", "commit", "wall (s)")
REACHED = {True: "yes", False: "no", None: "not measured"}


def find_cases() -> list[Case]:
    """Return the cases of all modules, by the modules' names."""
    folder = Path(__file__).parent / "jobs"
    names = sorted(one.name for one in pkgutil.iter_modules([str(folder)]))
    modules = [importlib.import_module(f"benchmarks.jobs.{name}") for name in names]
    return [case for module in modules for case in getattr(module, "CASES", ())]


def rows_of(case: Case, quick: bool, kept: cells.Kept) -> list[tuple[str, ...]]:
    """Return the lines of a case, or one that says why there are none."""
    found = [kept.get((cell.name, cell.key), {}) for cell in case.cells(quick)]
    done = [one for one in found if "result" in one]
    if not done:
        reason = next((one.get("absent") or one.get("failed") for one in found if one), "not measured")
        return [(case.name, str(reason), "-", REACHED[None], "-", "-", "-")]
    lines: Sequence[Line] = case.lines([one["result"] for one in done])
    commits = " ".join(dict.fromkeys(one["commit"] for one in done))
    wall = f"{sum(one['seconds'][0] for one in done):.0f}"
    date = max(one["date"] for one in done)
    return [(one.what, one.figure, one.goal, _reached(one), date, commits, wall) for one in lines]


def _reached(line: Line) -> str:
    return "-" if line.goal == "reported" else REACHED[line.reached]


def main() -> int:
    cases = find_cases()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", choices=[case.name for case in cases], help="only this one")
    parser.add_argument("--quick", action="store_true", help="a little of everything (printed only)")
    parser.add_argument("--kept", action="store_true", help="measure nothing, and write what is kept")
    options = parser.parse_args()
    chosen = [case for case in cases if not options.case or case.name in options.case]
    wanted = [cell for case in chosen for cell in case.cells(options.quick)]
    kept = cells.find_kept("jobs", wanted) if options.kept else cells.fill("jobs", wanted)
    machine = f"Machine: {cells.machine()}; {', '.join(f'{one} {version(one)}' for one in PACKAGES)}."
    rows = [row for case in chosen for row in rows_of(case, options.quick, kept)]
    text = f"# Jobs\n\n{machine}\n\n{markdown(COLUMNS, rows)}\n"
    print(text)
    if not options.case and not options.quick:
        TABLE.write_text(text, encoding="utf-8")
    return any("failed" in one for one in kept.values())


if __name__ == "__main__":
    sys.exit(main())
