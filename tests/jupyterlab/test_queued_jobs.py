"""A notebook server has its account's queued jobs run, and says that it is needed while there are some."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from e2e.bench import wait_for

from physforge.service import PREFIX
from physforge_jupyterlab.queued_jobs import COUNTS, RUN_JOBS, QueuedJobs

TOKEN = "of-this-server"


class Workbench:
    """Counts jobs as the REST API does, for one token."""

    def __init__(self):
        self.counts = {"queued": 0, "running": 0, "succeeded": 3}
        workbench = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                known = self.headers["Authorization"] == f"token {TOKEN}" and self.path == COUNTS
                content = json.dumps({"counts": workbench.counts}).encode() if known else b"{}"
                self.send_response(200 if known else 403)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.environ = {
            "PHYSFORGE_API_URL": f"http://127.0.0.1:{self.server.server_port}",
            "JUPYTERHUB_API_TOKEN": TOKEN,
        }


@pytest.fixture
def workbench():
    workbench = Workbench()
    thread = threading.Thread(target=workbench.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield workbench
    workbench.server.shutdown()
    thread.join()
    workbench.server.server_close()


@pytest.fixture
def command(tmp_path):
    return [sys.executable, "-c", f"open({str(tmp_path / 'started')!r}, 'a').write('x')"]


def test_it_asks_where_the_workbench_answers():
    assert COUNTS.startswith(f"{PREFIX}/jobs/counts")


def test_without_jobs_nothing_is_started(workbench, command, tmp_path):
    settings = {}
    queue = QueuedJobs(workbench.environ, settings, command)
    assert queue.is_of_a_workbench
    asyncio.run(queue.look())
    assert settings == {}
    assert not (tmp_path / "started").exists()


def test_queued_jobs_are_run_and_the_server_is_kept(workbench, command, tmp_path):
    settings = {}
    queue = QueuedJobs(workbench.environ, settings, command)
    workbench.counts["queued"] = 2
    asyncio.run(queue.look())
    wait_for(lambda: (tmp_path / "started").exists(), "the process", 20)
    first = settings["api_last_activity"]
    asyncio.run(queue.look())
    assert settings["api_last_activity"] > first
    time.sleep(1.5)  # a second one would have written by then
    assert (tmp_path / "started").read_text() == "x"


def test_running_jobs_keep_the_server_and_need_nobody_else(workbench, command, tmp_path):
    settings = {}
    workbench.counts["running"] = 1
    asyncio.run(QueuedJobs(workbench.environ, settings, command).look())
    assert "api_last_activity" in settings
    assert not (tmp_path / "started").exists()


def test_a_workbench_that_does_not_answer_does_not_matter(workbench, command):
    settings = {}
    asyncio.run(QueuedJobs({**workbench.environ, "JUPYTERHUB_API_TOKEN": "another"}, settings, command).look())
    away = {**workbench.environ, "PHYSFORGE_API_URL": "http://127.0.0.1:9"}
    asyncio.run(QueuedJobs(away, settings, command).look())
    assert settings == {}


def test_outside_a_workbench_there_is_nobody_to_ask():
    assert not QueuedJobs({}, {}).is_of_a_workbench


def test_the_process_that_runs_jobs_knows_the_command():
    assert RUN_JOBS[-1] == "--ensure"
    help_text = subprocess.run([*RUN_JOBS[:-1], "--help"], capture_output=True, text=True, check=True).stdout
    assert "--ensure" in help_text
