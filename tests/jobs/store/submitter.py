"""A process that submits jobs until it is killed, or as often as it is told, and says what was acknowledged.

Called as a program: ``submitter.py URL FOLDER new|same COUNT THREADS NAME``. It prints
"ready", waits for a line, and then prints the id of every job that `submit` returned.
"""

import os
import sys
import threading
from pathlib import Path

from physforge.database import Database
from physforge.jobs import JobSpec
from physforge.jobs.sql_store import SqlJobStore


def main() -> None:
    url, folder, what, count, threads, name = sys.argv[1:]
    store = SqlJobStore(Database.open(url), Path(folder))
    os.write(1, b"ready\n")
    sys.stdin.readline()

    def work(thread: int) -> None:
        for number in range(int(count)):
            config = {"process": name, "thread": thread, "number": number} if what == "new" else {}
            (job,) = store.submit([JobSpec("discovery", config)])
            # One write of less than a page arrives whole, also when the process is killed.
            os.write(1, f"{job.id}\n".encode())

    several = [threading.Thread(target=work, args=(thread,)) for thread in range(int(threads))]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()
    store.close()


if __name__ == "__main__":
    main()
