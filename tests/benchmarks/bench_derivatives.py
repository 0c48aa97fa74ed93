"""How good the derivatives are, against peers in the same run.

bench_derivatives.py                          every row, scored draws; writes derivatives.md
bench_derivatives.py --case signals           one row (printed, not written)
bench_derivatives.py --development            the signals on which constants are settled
bench_derivatives.py --peers                  only what does not depend on our sources
bench_derivatives.py --quick                  a few draws, to see that it runs (printed only)
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

# One thread for each of two processes; set before numpy is loaded, here and in the children.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["PYTHONWARNINGS"] = "ignore"
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import cells
from benchmarks.derivatives import (
    field_rows,
    large_row,
    scattered_row,
    signal_rows,
    speed_row,
    trouble_row,
    units_row,
    whiteness_row,
)
from benchmarks.derivatives.rows import Answer, Line, Row, Settings, markdown

ROWS: Sequence[Row] = (
    signal_rows.TUNED,
    signal_rows.UNTUNED,
    field_rows.TUNED,
    signal_rows.COVERAGE,
    field_rows.COVERAGE,
    speed_row.ROW,
    scattered_row.ROW,
    trouble_row.ROW,
    units_row.ROW,
    whiteness_row.ROW,
    large_row.ROW,
)
PACKAGES = ("numpy", "scipy", "xarray", "pynumdiff", "derivative", "pysindy", "dask", "zarr")
QUICK = Settings(draws=2, seeds=1, gigabytes=0.05, quick=True)


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write it where everything was measured."""
    options = _options(words)
    settings = _settings(options)
    rows = [row for row in ROWS if not options.case or row.name in options.case]
    wanted = [cell for row in rows for cell in row.cells(settings)]
    if options.peers:
        wanted = [cell for cell in wanted if not any(source.startswith("physforge_lib") for source in cell.sources)]
    kept = cells.fill("derivatives", wanted, options.workers)
    if options.peers:
        return 0
    answers = {row.name: row.answer(settings, kept) for row in rows}
    text = _page(settings, rows, answers, kept)
    print(text)
    kind = "quick" if settings.quick else "development" if settings.development else "scored"
    records = cells.CACHE / "derivatives" / f"{kind}.jsonl"
    records.write_text("".join(json.dumps(one) + "\n" for answer in answers.values() for one in answer.records))
    if not (options.case or options.quick or options.development):
        (Path(__file__).parent / "derivatives.md").write_text(text, encoding="utf-8")
    return any("failed" in cell for cell in kept.values())


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", choices=[row.name for row in ROWS], help="only this row")
    parser.add_argument("--draws", type=int, help="random signals (default: 200; with --development 40)")
    parser.add_argument("--seeds", type=int, default=3, help="draws of noise for each field (default: 3)")
    parser.add_argument("--gigabytes", type=float, default=20.0, help="size of the large field (default: 20)")
    parser.add_argument("--development", action="store_true", help="the six signals of PyNumDiff and other draws")
    parser.add_argument("--peers", action="store_true", help="measure the peers and stop")
    parser.add_argument("--quick", action="store_true", help="a few draws of everything")
    parser.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    return parser.parse_args(words)


def _settings(options: argparse.Namespace) -> Settings:
    if options.quick:
        return QUICK
    draws = options.draws or (40 if options.development else 200)
    return Settings(draws, options.seeds, options.development, options.gigabytes)


def _page(settings: Settings, rows: Sequence[Row], answers: dict[str, Answer], kept: cells.Kept) -> str:
    table = [
        (line.what, line.figure, line.goal, _reached(line), *_when(row, settings, kept))
        for row in rows
        for line in answers[row.name].lines
    ]
    parts = [
        "# Derivatives",
        f"Machine: {cells.machine()}; {', '.join(f'{one} {version(one)}' for one in PACKAGES)}.",
        f"{_words(settings)} Every error is the RMS over all samples, edges included. A commit with a plus had "
        "changes on top.",
        markdown(("what", "figure", "goal", "reached", "date", "commit", "CPU (s)", "wall (s)"), table),
    ]
    for row in rows:
        if answers[row.name].details:
            parts += [f"## {row.title}", answers[row.name].details]
    return "\n\n".join(parts) + "\n"


def _words(settings: Settings) -> str:
    if settings.development:
        return f"Development: the six signals of PyNumDiff and {settings.draws} draws, seeds 10000 and on."
    return f"Random draws: seeds 0 to {settings.draws - 1}; fields and other sets: seeds 0 to {settings.seeds - 1}."


def _reached(line: Line) -> str:
    return {True: "yes", False: "no", None: "no, not available"}[line.reached]


def _when(row: Row, settings: Settings, kept: cells.Kept) -> tuple[str, str, str, str]:
    found = [kept.get((cell.name, cell.key), {}) for cell in row.cells(settings)]
    done = [cell for cell in found if "result" in cell]
    if not done:
        return "-", "-", "-", "-"
    commits = dict.fromkeys(cell["commit"] for cell in sorted(done, key=lambda cell: cell["date"]))
    wall, cpu = (sum(cell["seconds"][index] for cell in done) for index in (0, 1))
    return max(cell["date"] for cell in done), " ".join(list(commits)[-3:]), f"{cpu:.0f}", f"{wall:.0f}"


if __name__ == "__main__":
    sys.exit(main())
