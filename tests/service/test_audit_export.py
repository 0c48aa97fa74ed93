"""The event log as an auditor takes it along: from the log itself, and from the process that keeps it."""

import csv
import io
import json
import re
import threading
import uuid
import zipfile

import pytest
from service.serving import Api, running_api, settings_for, somebody
from typer.testing import CliRunner

from physforge.audit import AuditLog, AuditSettings, check_export
from physforge.audit.server import LogServer
from physforge.cli import main
from physforge.client import Login, RemoteWorkbench
from physforge.errors import RemoteError


@pytest.fixture(scope="module", params=["of its own", "kept by another process"])
def api(request, hub, tmp_path_factory):
    """The service with each kind of log."""
    home = tmp_path_factory.mktemp("state")
    settings = settings_for(home, hub, cache_seconds=0.5)
    if request.param == "of its own":
        with running_api(settings, hub) as api:
            yield api
        return
    socket = home / "log.sock"
    with pytest.MonkeyPatch.context() as patch, AuditLog.of(AuditSettings.of(home / "elsewhere", {})) as log:
        patch.setenv("PHYSFORGE_AUDIT_SOCKET", str(socket))
        with LogServer(log, socket, "api") as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                with running_api(settings, hub) as api:
                    yield api
            finally:
                server.shutdown()
                thread.join()
    assert not (home / "workbench" / "audit").exists()


@pytest.fixture
def auditor(hub):
    return hub.add(somebody("auditor"), groups=("auditors",))


def unpacked(content: bytes, folder) -> tuple:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    (manifest,) = folder.glob("*.manifest.json")
    return manifest.with_name(manifest.name.removesuffix(".manifest.json")), json.loads(manifest.read_text())


def test_an_export_is_what_was_recorded_with_a_manifest_that_holds(api: Api, ada, auditor, tmp_path):
    api.call("POST", "/projects", ada, json={"name": "lab"})
    me = api.id_of(ada)
    answer = api.call("GET", f"/audit/export?actor={me}", auditor)
    assert answer.headers["content-type"] == "application/zip"
    path, manifest = unpacked(answer.content, tmp_path)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["act"], row["actor"]) for row in rows] == [("project.create", me)]
    assert json.loads(rows[0]["details"])["through"] == "api"
    assert (manifest["events"], manifest["selection"], manifest["personal"]) == (1, {"actor": me}, False)
    assert check_export(path).file == path.name
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(ValueError, match="was changed"):
        check_export(path)


def test_that_it_was_asked_for_is_recorded_and_stands_in_it(api, auditor, tmp_path):
    answer = api.call("GET", "/audit/export?act=audit.export&personal=true&format=csv", auditor)
    path, manifest = unpacked(answer.content, tmp_path)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert manifest["events"] == len(rows) >= 1
    assert rows[-1]["actor"] == api.id_of(auditor)
    assert json.loads(rows[-1]["details"])["personal"] is True
    assert json.loads(rows[-1]["personal"])["name"].startswith("auditor-")


def test_the_client_writes_both_files(api, auditor, tmp_path):
    with RemoteWorkbench(Login(api.url, auditor)) as bench:
        facts = bench.export_events(tmp_path / "all.jsonl", act="audit.*", outcome=None)
        assert check_export(tmp_path / "all.jsonl").events == facts["events"] > 0
        with pytest.raises(RemoteError, match=r"all\.jsonl exists"):
            bench.export_events(tmp_path / "all.jsonl")
        with pytest.raises(ValueError, match="format"):
            bench.export_events(tmp_path / "other", format="xml")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.jsonl", "all.jsonl.manifest.json"]


def test_the_command_line_exports_from_afar(api, auditor, ada, tmp_path):
    to = tmp_path / "events.csv"
    command = ["audit", "export", "--remote", "--to", str(to), "--act", "audit.export", "--actor", str(uuid.uuid4())]
    environment = {"PHYSFORGE_API_URL": api.url, "PHYSFORGE_API_TOKEN": auditor}
    done = CliRunner().invoke(main.app, command, env=environment)
    assert done.exit_code == 0, (done.output, done.exception)
    assert "0 events" in done.output
    assert check_export(to).format == "csv"
    refused = CliRunner().invoke(main.app, [*command[:4], f"{to}2"], env={**environment, "PHYSFORGE_API_TOKEN": ada})
    assert isinstance(refused.exception, RemoteError)
    assert "This is for: auditor" in str(refused.exception)


def test_it_is_sent_while_it_is_read(api, auditor):
    answer = api.call("GET", "/audit/export", auditor)
    assert answer.headers["transfer-encoding"] == "chunked"
    assert re.fullmatch(r'attachment; filename="events-\d{8}T\d{6}Z\.zip"', answer.headers["content-disposition"])


def test_readiness_is_that_of_the_log_too(api):
    assert api.call("GET", "/health/ready").json() == {"status": "ok", "failing": []}
