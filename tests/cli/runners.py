"""The processes that run the jobs of a state folder, and their end."""

import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path


def end_runners(home: Path, patience_s: float = 30.0) -> None:
    """End the processes that were started to run the jobs of a state folder or workbench, and wait for that."""
    end = time.monotonic() + patience_s
    for log in (home / "jobs").glob("runner*.log"):
        while (running := _running(log)) != set():
            if time.monotonic() > end:
                raise TimeoutError(f"the runner that writes {log} does not end")
            for pid in running or ():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            time.sleep(0.1)


def _running(log: Path) -> set[int] | None:
    """Return the processes that began and have not ended; None while none has begun."""
    begun, ended = (set(re.findall(rf"The runner (\d+) {word}", log.read_text())) for word in ("begins", "ends"))
    return {int(pid) for pid in begun - ended if Path(f"/proc/{pid}").exists()} if begun else None
