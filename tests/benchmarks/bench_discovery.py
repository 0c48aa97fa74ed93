"""How often the right law is found, beside peers in the same run.

bench_discovery.py                          every row, scored seeds; writes discovery.md
bench_discovery.py --case recovery          one row (printed, not written)
bench_discovery.py --development            the seeds on which the method was developed
bench_discovery.py --peers                  only what does not depend on our sources
bench_discovery.py --quick                  a few runs, to see that it works (printed only)
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

# One thread for each process; set before numpy is loaded, here and in the children.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["PYTHONWARNINGS"] = "ignore"
sys.path.insert(0, str(Path(__file__).parents[1]))

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
from benchmarks.discovery.rows import Row, Settings
from benchmarks.page import Page

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
QUICK = Settings(seeds=1, sets=2, draws=2, peer_seeds=1, quick=True)


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write it where everything was measured."""
    options = _options(words)
    full = Settings()
    whole = (options.seeds, options.sets, options.draws) == (full.seeds, full.sets, full.draws)
    return PAGE.run(options, _settings(options), whole)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    full = Settings()
    parser = PAGE.parser(__doc__, "seeds 100 and on", workers=1)
    parser.add_argument("--seeds", type=int, default=full.seeds, help=f"initial states (default: {full.seeds})")
    parser.add_argument("--sets", type=int, default=full.sets, help=f"sets with intervals (default: {full.sets})")
    parser.add_argument("--draws", type=int, default=full.draws, help=f"fields of noise (default: {full.draws})")
    return parser.parse_args(words)


def _settings(options: argparse.Namespace) -> Settings:
    if options.quick:
        return QUICK
    return Settings(options.seeds, options.sets, options.draws, development=options.development)


def _words(settings: Settings) -> str:
    seeds = settings.range()
    kind = "Development: seeds" if settings.development else "Seeds"
    return (
        f"{kind} {seeds[0]} to {seeds[-1]}, each a fresh initial state. Nothing is set by hand: pf.discover(ds, "
        "target=...). Noise is Gaussian; its level is its sd over the root mean square of the field. Right: exactly "
        "the terms of the law. Times are those of the whole row. A commit with a plus had changes on top."
    )


PAGE = Page(
    "discovery",
    "Discovery",
    ROWS,
    ("numpy", "scipy", "xarray", "pysindy", "scikit-learn"),
    _words,
    is_peer=lambda cell: cell.name in peers_row.KINDS,
)

if __name__ == "__main__":
    sys.exit(main())
