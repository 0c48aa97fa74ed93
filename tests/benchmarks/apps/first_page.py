"""How soon the first page can be used, and how much comes over the wire for it."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from benchmarks.apps.stage import Stage
from benchmarks.derivatives.rows import Line
from e2e.apps.looking import wait_until_usable, watch_requests

REPEATS = 5


def measure(stage: Stage) -> dict[str, Any]:
    """Open the first page five times with an empty cache."""
    runs = [_once(stage) for _ in range(REPEATS)]
    return {"runs": runs}


def _once(stage: Stage) -> dict[str, Any]:
    page = stage.context.new_page()
    wire = stage.context.new_cdp_session(page)
    sizes: list[int] = []
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    outside = watch_requests(page, stage.workbench.url)
    start = time.perf_counter()
    page.goto(f"{stage.apps}home")
    wait_until_usable(page)
    seconds = time.perf_counter() - start
    page.wait_for_load_state("networkidle")
    page.close()
    return {"seconds": seconds, "bytes": sum(sizes), "outside": outside}


def lines(result: dict[str, Any]) -> list[Line]:
    """Return the rows."""
    seconds = [one["seconds"] for one in result["runs"]]
    sizes = [one["bytes"] / 1e6 for one in result["runs"]]
    outside = sum(len(one["outside"]) for one in result["runs"])
    every = ", ".join(f"{one:.2f}" for one in seconds)
    return [
        Line("first page usable", "<= 2.5 s", f"{median(seconds):.2f} s ({every})", median(seconds) <= 2.5),
        Line("bytes of the first page, compressed", "<= 1.6 MB", f"{median(sizes):.2f} MB", median(sizes) <= 1.6),
        Line("requests of the first page outside its origin", "0", str(outside), outside == 0),
    ]
