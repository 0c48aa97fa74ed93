"""How good the derivatives are, against peers in the same run.

bench_derivatives.py                          every row, scored draws; writes derivatives.md
bench_derivatives.py --case signals           one row (printed, not written)
bench_derivatives.py --development            the signals on which constants are settled
bench_derivatives.py --peers                  only what does not depend on our sources
bench_derivatives.py --quick                  a few draws, to see that it runs (printed only)
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

# One thread for each of two processes; set before numpy is loaded, here and in the children.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["PYTHONWARNINGS"] = "ignore"
sys.path.insert(0, str(Path(__file__).parents[1]))

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
from benchmarks.derivatives.rows import Row, Settings
from benchmarks.page import Page

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
QUICK = Settings(draws=2, seeds=1, gigabytes=0.05, quick=True)


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write it where everything was measured."""
    options = _options(words)
    return PAGE.run(options, _settings(options))


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = PAGE.parser(__doc__, "the six signals of PyNumDiff and other draws", workers=2)
    parser.add_argument("--draws", type=int, help="random signals (default: 200; with --development 40)")
    parser.add_argument("--seeds", type=int, default=3, help="draws of noise for each field (default: 3)")
    parser.add_argument("--gigabytes", type=float, default=20.0, help="size of the large field (default: 20)")
    return parser.parse_args(words)


def _settings(options: argparse.Namespace) -> Settings:
    if options.quick:
        return QUICK
    draws = options.draws or (40 if options.development else 200)
    return Settings(draws, options.seeds, options.development, options.gigabytes)


def _words(settings: Settings) -> str:
    drawn = (
        f"Development: the six signals of PyNumDiff and {settings.draws} draws, seeds 10000 and on."
        if settings.development
        else f"Random draws: seeds 0 to {settings.draws - 1}; fields and other sets: seeds 0 to {settings.seeds - 1}."
    )
    return f"{drawn} Every error is the RMS over all samples, edges included. A commit with a plus had changes on top."


PAGE = Page(
    "derivatives",
    "Derivatives",
    ROWS,
    ("numpy", "scipy", "xarray", "pynumdiff", "derivative", "pysindy", "dask", "zarr"),
    _words,
    is_peer=lambda cell: not any(source.startswith("physforge_lib") for source in cell.sources),
)

if __name__ == "__main__":
    sys.exit(main())
