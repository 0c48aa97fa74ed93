"""Row about data that are nothing but noise."""

import numpy as np
import xarray as xr
from benchmarks.cells import Cell, Kept
from benchmarks.discovery import ours
from benchmarks.discovery.rows import Answer, Line, Row, Settings, markdown, result, unavailable

import physforge as pf

SHAPE = (101, 128)
GOAL = 0.95


def measure(seed: int) -> dict:
    """Look for an equation in white noise."""
    rng = np.random.default_rng([seed, 6])
    t, x = np.linspace(0.0, 2.0, SHAPE[0]), np.linspace(0.0, 2 * np.pi, SHAPE[1], endpoint=False)
    r = pf.discover(xr.Dataset({"u": (("t", "x"), rng.standard_normal(SHAPE))}, {"t": t, "x": x}))
    terms = list(r.findings[0].terms)
    verdict = ours.WRONG if terms else ours.NONE
    return {"right": not terms, "targets": [{"verdict": verdict, "status": r.findings[0].status, "found": terms}]}


def cells(settings: Settings) -> list[Cell]:
    sources = (*ours.SOURCES, f"{ours.FOLDER}/pure_noise_row.py")
    return [
        Cell("pure-noise", str(seed), measure, (seed,), sources, ours.PACKAGES)
        for seed in settings.range(settings.draws)
    ]


def answer(settings: Settings, kept: Kept) -> Answer:
    least = round(GOAL * settings.draws)
    whats = [(f"pure noise, {settings.draws} draws: no equation in", f">= {least}")]
    wanted = cells(settings)
    absent = unavailable(whats, kept, wanted)
    if absent:
        return absent
    found = [result(kept, cell.name, cell.key) for cell in wanted]
    quiet = sum(bool(one and one["right"]) for one in found)
    table = [
        (cell.key, ", ".join(one["targets"][0]["found"]), one["targets"][0]["status"])
        for cell, one in zip(wanted, found, strict=True)
        if one and not one["right"]
    ]
    note = f"White Gaussian noise on {SHAPE[0]} times and {SHAPE[1]} places, no period stated."
    details = note + ("\n\n" + markdown(("seed", "terms found", "status"), table) if table else "")
    return Answer([Line(*whats[0], str(quiet), quiet >= least)], details)


ROW = Row("pure-noise", "Nothing but noise", cells, answer)
