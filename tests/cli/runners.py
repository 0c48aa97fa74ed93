"""The processes that run the jobs of a state folder, and their end."""

import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path


def end_runners(home: Path, patience_s: float = 30.0) -> None:
    """End the processes that were started to run the jobs of a state folder, and wait for that."""
    log, end = home / "jobs" / "runner.log", time.monotonic() + patience_s
    if not log.exists():
        return
    while time.monotonic() < end:
        text = log.read_text()
        begun, ended = (set(re.findall(rf"The runner (\d+) {word}", text)) for word in ("begins", "ends"))
        if begun and begun == ended:
            return
        for pid in begun - ended:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGTERM)
        time.sleep(0.1)
    raise TimeoutError(f"the runner of {home} does not end")
