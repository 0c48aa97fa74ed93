"""Fifty sessions beside two browsers: how soon a document comes, and how much memory the apps take."""

from __future__ import annotations

import asyncio
import time
from statistics import quantiles
from typing import Any

import psutil
from benchmarks.apps.stage import Stage
from benchmarks.derivatives.rows import Line
from e2e.apps.looking import wait_until_usable

CLIENTS = 50


def measure(stage: Stage) -> dict[str, Any]:
    """Open fifty sessions over websockets, then a page in each of two browsers."""
    cookies = {
        one["name"]: one["value"] for one in stage.context.cookies() if one["path"].startswith(("/services", "/"))
    }
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    pages = [stage.context.new_page() for _ in range(2)]
    seconds = asyncio.run(_crowd(f"{stage.apps}home", header))
    for page in pages:
        page.goto(f"{stage.apps}home")
        wait_until_usable(page)
    process = psutil.Process(stage.workbench.pid_of("apps"))
    memory = sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
    return {"seconds": seconds, "memory": memory}


async def _crowd(url: str, cookie: str) -> list[float]:
    tasks = [asyncio.create_task(asyncio.to_thread(_session, url, cookie)) for _ in range(CLIENTS)]
    return list(await asyncio.gather(*tasks))


def _session(url: str, cookie: str) -> float:
    """Ask for a document as a browser does, and return how long it took; the session stays open for a while."""
    from bokeh.client import pull_session

    start = time.perf_counter()
    session = pull_session(url=url, headers={"Cookie": cookie})
    seconds = time.perf_counter() - start
    time.sleep(5.0)
    session.close()
    return seconds


def lines(result: dict[str, Any]) -> list[Line]:
    """Return the rows."""
    last = quantiles(result["seconds"], n=20)[-1]
    memory = result["memory"] / 1e9
    return [
        Line(
            f"{CLIENTS} sessions beside two browsers: 95th percentile of the first document",
            "<= 5 s",
            f"{last:.2f} s",
            last <= 5,
        ),
        Line(f"{CLIENTS} sessions: memory of the apps", "<= 1.5 GB", f"{memory:.2f} GB", memory <= 1.5),
    ]
