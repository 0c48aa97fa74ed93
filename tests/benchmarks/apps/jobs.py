"""How long the pages of jobs take: filter and sort of a thousand runs, delay and bytes of a live curve."""

from __future__ import annotations

import random
import time
from statistics import median
from typing import Any

from benchmarks.apps.stage import Stage
from benchmarks.derivatives.rows import Line

from physforge.client import Login
from physforge.jobs import JobSpec, Outcome, State
from physforge.jobs.remote_store import RemoteJobStore
from physforge.tasks.pinn.loss_lines import LossPoint, write_line

#: Nobody but the measurement takes such jobs.
NOBODY = "tcp://127.0.0.1:1"

BATCH, RUNS, REPEATS, STEPS = "thousand", 1000, 5, 20

_FIRST = "table[aria-label=Runs] tbody tr"


def measure(stage: Stage) -> dict[str, Any]:
    """Measure a live curve, then a comparison of a thousand runs."""
    bench = stage.workbench
    store = RemoteJobStore(Login(bench.url, bench.token_of(bench.user, bench.password)))
    try:
        curve = measure_live_curve(stage.context.new_page(), stage.apps, store)
        fill(store)
    finally:
        store.close()
    return {"curve": curve, "compare": measure_filter_and_sort(stage.context.new_page(), stage.apps)}


def lines(result: dict[str, Any]) -> list[Line]:
    """Return the rows."""
    curve, compare = result["curve"], result["compare"]
    delay, size = curve["delay"], curve["curve"]
    rows = [
        Line("live curve: delay", "<= 1 s", f"{delay:.2f} s", delay <= 1.0),
        Line("live curve: bytes a step", "<= 0.5 kB", f"{size:.0f} bytes (log: {curve['log']:.0f})", size <= 500),
    ]
    for name in ("filter", "sort"):
        seconds = median(compare[name])
        every = ", ".join(f"{one:.2f}" for one in compare[name])
        rows.append(Line(f"comparing 1,000 runs: {name}", "<= 0.5 s", f"{seconds:.2f} s ({every})", seconds <= 0.5))
    return rows


def fill(store: RemoteJobStore) -> None:
    """Make runs that have ended, with settings and losses that differ."""
    chance = random.Random(0)
    specs = [
        JobSpec(
            "pinn",
            {
                "equations": "u_t = u_xx",
                "domain": {"x": [0, 1], "t": [0, 1]},
                "steps": chance.choice([100, 200, 400]),
                "parameters": {"nu": chance.choice([0.1, 0.2, 0.3])},
            },
            seed=seed,
            executor=NOBODY,
        )
        for seed in range(RUNS)
    ]
    for record in store.submit(specs, batch=BATCH):
        claim = store.claim("benchmark", job_id=record.id, executor=NOBODY)
        loss = 10 ** chance.uniform(-7, -1)
        measured = {"loss": {"last": loss, "min": 0.9 * loss, "max": 1.0, "median": 10 * loss}}
        store.finish(claim, Outcome(State.CANCELLED, run={"measured": measured}))


def measure_filter_and_sort(page: Any, apps: str) -> dict[str, Any]:
    """Filter and sort the runs of the batch.

    Returns seconds from the key or click until the rows are there: ``filter`` and ``sort``; ``load`` of the page.
    """
    began = time.perf_counter()
    page.goto(f"{apps}compare?batch={BATCH}", wait_until="commit")
    page.wait_for_selector(_FIRST, timeout=120_000)
    found: dict[str, Any] = {"load": time.perf_counter() - began, "filter": [], "sort": []}
    page.locator(".bk-Figure canvas").first.wait_for(timeout=60_000)
    field, head = page.get_by_label("Only rows with"), page.get_by_role("button", name="loss (last)")
    for repeat in range(REPEATS):
        found["sort"].append(_until_other_rows(page, head.click))
        # Each leaves out the runs that come first.
        bound = ("> 0.001", "< 0.0001")[repeat % 2]
        field.fill(f"loss (last) {bound}")
        found["filter"].append(_until_other_rows(page, lambda: field.press("Enter")))
    return found


def _until_other_rows(page: Any, act: Any) -> float:
    first = page.locator(_FIRST).first
    # What was asked for before is drawn, the picture too.
    page.wait_for_timeout(1500)
    before = first.get_attribute("data-id")
    began = time.perf_counter()
    act()
    while first.get_attribute("data-id") == before:
        if time.perf_counter() - began > 30:
            raise AssertionError("The rows did not change.")
        time.sleep(0.005)
    return time.perf_counter() - began


def measure_live_curve(page: Any, apps: str, store: RemoteJobStore) -> dict[str, float]:
    """Write losses into a job's log, one each half second, and see when they are in the page, and what that costs.

    Returns ``delay``, the median from the write until the line is shown, in seconds; ``curve`` and ``log``: bytes
    received over the websocket for each step.
    """
    received: list[str | bytes] = []
    page.on("websocket", lambda ws: ws.on("framereceived", lambda frame: received.append(frame)))
    config = {"equations": "u_t = u_xx", "domain": {"x": [0, 1], "t": [0, 1]}}
    (job,) = store.submit([JobSpec("pinn", config, seed=time.time_ns() % 2**32, executor=NOBODY)])
    claim = store.claim("benchmark", job_id=job.id, executor=NOBODY, lease_s=600.0)
    place, delays = 0, []
    page.goto(f"{apps}jobs?job={job.id}", wait_until="commit")
    page.wait_for_selector("pre[role=log]", timeout=120_000)
    for step in range(STEPS + 3):
        if step == 3:
            # The first ones make the picture.
            page.wait_for_timeout(2000)
            received.clear()
        line = f"{write_line(LossPoint(step, 1.0 / (step + 1), 0.1))}\n"
        began = time.perf_counter()
        store.append_log(claim, place, line)
        place += len(line)
        page.wait_for_selector(f"pre[role=log]:has-text('step {step}, ')", timeout=30_000)
        delays.append(time.perf_counter() - began)
        page.wait_for_timeout(max(0.0, 500 - 1000 * delays[-1]))
    page.wait_for_timeout(1000)
    curve, log = (sum(_sizes(received, mark)) / STEPS for mark in ("ColumnsStreamed", "esm_event"))
    store.finish(claim, Outcome(State.CANCELLED))
    return {"delay": median(delays[3:]), "curve": curve, "log": log}


def _sizes(received: list[str | bytes], mark: str) -> list[int]:
    """Return the sizes of the messages that have a mark: each is a header, what is about it, and its content."""
    sizes, since = [], 0
    for frame in received:
        since = len(frame) if '"msgid"' in str(frame) else since + len(frame)
        if mark in str(frame):
            sizes.append(since)
    return sizes
