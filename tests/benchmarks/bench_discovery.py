"""How often the right law is found, beside peers in the same run.

bench_discovery.py                          every row, scored seeds; writes discovery.md
bench_discovery.py --case recovery          one row (printed, not written)
bench_discovery.py --development            the seeds on which the method was developed
bench_discovery.py --peers                  only what does not depend on our sources
bench_discovery.py --quick                  a few runs, to see that it works (printed only)
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

# One thread for each process; set before numpy is loaded, here and in the children.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["PYTHONWARNINGS"] = "ignore"
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import cells
from benchmarks.discovery import (
    certain_row,
    clean_row,
    coupled_row,
    hard_row,
    interval_row,
    measured_row,
    peers_row,
    plane_row,
    pure_noise_row,
    recovery_row,
    speed_row,
    trouble_row,
)
from benchmarks.discovery.rows import Answer, Line, Row, Settings, markdown

ROWS: Sequence[Row] = (
    recovery_row.ROW,
    clean_row.ROW,
    coupled_row.ROW,
    hard_row.ROW,
    certain_row.ROW,
    interval_row.ROW,
    pure_noise_row.ROW,
    trouble_row.ROW,
    speed_row.ROW,
    plane_row.ROW,
    measured_row.ROW,
    peers_row.ROW,
)
PACKAGES = ("numpy", "scipy", "xarray", "pysindy", "scikit-learn")
QUICK = Settings(seeds=1, sets=2, draws=2, peer_seeds=1, quick=True)


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write it where everything was measured."""
    options = _options(words)
    settings = _settings(options)
    rows = [row for row in ROWS if not options.case or row.name in options.case]
    # What a row shows beside its own cells is looked up among those that are kept.
    wanted = list(dict.fromkeys(cell for row in rows for cell in row.cells(settings)))
    if options.peers:
        wanted = [cell for cell in wanted if cell.name == "peers"]
    kept = cells.fill("discovery", wanted, options.workers)
    if options.peers:
        return 0
    answers = {row.name: row.answer(settings, kept) for row in rows}
    text = _page(settings, rows, answers, kept)
    print(text)
    kind = "quick" if settings.quick else "development" if settings.development else "scored"
    records = cells.CACHE / "discovery" / f"{kind}.jsonl"
    records.write_text("".join(json.dumps(one) + "\n" for answer in answers.values() for one in answer.records))
    if _is_the_table(options):
        (Path(__file__).parent / "discovery.md").write_text(text, encoding="utf-8")
    return any("failed" in cell for cell in kept.values())


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    full = Settings()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", choices=[row.name for row in ROWS], help="only this row")
    parser.add_argument("--seeds", type=int, default=full.seeds, help=f"initial states (default: {full.seeds})")
    parser.add_argument("--sets", type=int, default=full.sets, help=f"sets with intervals (default: {full.sets})")
    parser.add_argument("--draws", type=int, default=full.draws, help=f"fields of noise (default: {full.draws})")
    parser.add_argument("--development", action="store_true", help="seeds 100 and on")
    parser.add_argument("--peers", action="store_true", help="measure the peers and stop")
    parser.add_argument("--quick", action="store_true", help="a few runs of everything")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: 1)")
    return parser.parse_args(words)


def _settings(options: argparse.Namespace) -> Settings:
    if options.quick:
        return QUICK
    return Settings(options.seeds, options.sets, options.draws, development=options.development)


def _is_the_table(options: argparse.Namespace) -> bool:
    full = Settings()
    partial = options.case or options.quick or options.development
    return not partial and (options.seeds, options.sets, options.draws) == (full.seeds, full.sets, full.draws)


def _page(settings: Settings, rows: Sequence[Row], answers: dict[str, Answer], kept: cells.Kept) -> str:
    table = [
        (line.what, line.figure, line.goal, _reached(line), *_when(row, settings, kept))
        for row in rows
        for line in answers[row.name].lines
    ]
    parts = [
        "# Discovery",
        f"Machine: {cells.machine()}; {', '.join(f'{one} {version(one)}' for one in PACKAGES)}.",
        f"{_words(settings)} Nothing is set by hand: pf.discover(ds, target=...). Noise is Gaussian; its level is its "
        "sd over the root mean square of the field. Right: exactly the terms of the law. Times are those of the whole "
        "row. A commit with a plus had changes on top.",
        markdown(("what", "figure", "goal", "reached", "date", "commit", "CPU (s)", "wall (s)"), table),
    ]
    for row in rows:
        if answers[row.name].details:
            parts += [f"## {row.title}", answers[row.name].details]
    return "\n\n".join(parts) + "\n"


def _words(settings: Settings) -> str:
    seeds = settings.range()
    kind = "Development: seeds" if settings.development else "Seeds"
    return f"{kind} {seeds[0]} to {seeds[-1]}, each a fresh initial state."


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
