"""The client and its commands against the running service."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import xarray as xr
from service.serving import CSV, sha256
from typer.testing import CliRunner

from physforge.cli import main
from physforge.client import Login, RemoteWorkbench, forget_login
from physforge.client import calls as calls_module
from physforge.client.calls import Calls
from physforge.client.downloads import fetch_version
from physforge.client.login import checked_url
from physforge.datasets.files import sha256_of
from physforge.datasets.store import DatabaseStore, open_blobs
from physforge.errors import (
    DatasetError,
    PhysForgeError,
    RemoteError,
    SettingsError,
    StaleVersionError,
    UnknownDatasetError,
)


@pytest.fixture
def bench(api, ada) -> Iterator[RemoteWorkbench]:
    with RemoteWorkbench(Login(api.url, ada)) as bench:
        yield bench


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(calls_module, "PAUSE_S", 0.01)
    monkeypatch.setattr("physforge.client.downloads.PAUSE_S", 0.01)


@pytest.fixture
def run_csv(tmp_path) -> Path:
    path = tmp_path / "run.csv"
    path.write_bytes(CSV)
    return path


def test_a_file_goes_up_and_comes_down(bench, run_csv, tmp_path):
    first = bench.upload(run_csv, message="raw", options={"units": {"u": "mm"}})
    run_csv.write_bytes(CSV + b"2,5\n")
    second = bench.upload(run_csv, parent=1)
    assert (first["name"], second["number"], bench.version("run")["id"]) == ("run", 2, second["id"])
    assert [one["message"] for one in bench.versions("run")] == ["raw", ""]
    with pytest.raises(StaleVersionError, match="newer version 2"):
        bench.upload(run_csv, message="another", parent=1)
    written = bench.download("run@1", tmp_path / "old.csv")
    assert written.read_bytes() == CSV
    folder = tmp_path / "folder"
    folder.mkdir()
    assert bench.download("run", folder) == folder / "run.csv"
    with pytest.raises(DatasetError, match="exists already"):
        bench.download("run", folder)


def test_a_whole_list_is_gone_through(bench, run_csv, monkeypatch):
    monkeypatch.setattr("physforge.client.finding.PART", 2)
    # Authors are searched too, and have letters of hexadecimal numbers in their names.
    for name in ("c-list", "a-list", "b-list"):
        bench.upload(run_csv, name=name)
    assert [one["name"] for one in bench.datasets()] == ["a-list", "b-list", "c-list"]
    assert [one["name"] for one in bench.datasets("B-list run.csv")] == ["b-list"]


class Cut:
    """A proxy that breaks the connection after so many bytes in a direction, and lets later ones through."""

    def __init__(self, target: str, *, up: list[int], down: list[int]) -> None:
        place = urlsplit(target)
        self._target = (place.hostname, place.port)
        self._limits = {"up": up, "down": down}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.passed = {"up": 0, "down": 0}
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def _start(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            self._start(self._pump, client, server, "up")
            self._start(self._pump, server, client, "down")

    def _pump(self, source, target, way):
        limit = self._limits[way].pop(0) if self._limits[way] else None
        passed = 0
        try:
            while data := source.recv(65536):
                target.sendall(data)
                passed += len(data)
                self.passed[way] += len(data)
                if limit is not None and passed >= limit:
                    break
        except OSError:
            pass
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def close(self):
        self._listener.close()


@contextmanager
def cut(api, token, **limits):
    proxy = Cut(api.url, **limits)
    try:
        with RemoteWorkbench(Login(proxy.url, token)) as bench:
            yield bench, proxy
    finally:
        proxy.close()


def test_an_upload_goes_on_where_the_connection_broke(api, ada, tmp_path):
    content = np.random.default_rng(0).bytes(20 * 2**20)
    path = tmp_path / "big.npy"
    path.write_bytes(content)
    # In the midst of the first chunk, then of the second.
    with cut(api, ada, up=[3 * 2**20, 12 * 2**20], down=[]) as (bench, proxy):
        version = bench.upload(path)
    assert (version["sha256"], version["size"]) == (sha256(content), len(content))
    # Chunks of 8 MiB: at most one is sent again for each break.
    assert proxy.passed["up"] < len(content) + 2 * 8.2 * 2**20


def test_an_upload_that_was_given_up_goes_on_with_the_next_call(api, ada, tmp_path, monkeypatch):
    content = np.random.default_rng(1).bytes(20 * 2**20)
    path = tmp_path / "big.npy"
    path.write_bytes(content)
    monkeypatch.setattr(calls_module, "ATTEMPTS", 1)
    with cut(api, ada, up=[10 * 2**20], down=[]) as (bench, _), pytest.raises(RemoteError, match="does not answer"):
        bench.upload(path, message="m")
    with cut(api, ada, up=[], down=[]) as (bench, proxy):
        version = bench.upload(path, message="m")
    assert version["sha256"] == sha256(content)
    assert proxy.passed["up"] < 12.5 * 2**20


def test_a_download_goes_on_where_the_connection_broke(api, ada, tmp_path):
    content = np.random.default_rng(2).bytes(8 * 2**20)
    api.upload(ada, "big", content, file_name="big.npy")
    with cut(api, ada, up=[], down=[3 * 2**20, 3 * 2**20]) as (bench, proxy):
        written = bench.download("big", tmp_path / "big.npy")
    assert written.read_bytes() == content
    assert proxy.passed["down"] < len(content) + 2**20
    assert not list(tmp_path.glob(".*"))


def test_a_part_with_other_bytes_is_not_taken_for_the_file(bench, api, ada, tmp_path):
    api.upload(ada, "run")
    (tmp_path / f".{sha256(CSV)[:16]}.part").write_bytes(b"xxxx")
    with pytest.raises(DatasetError, match="not what was stored"):
        bench.download("run", tmp_path / "a.csv")
    assert bench.download("run", tmp_path / "a.csv").read_bytes() == CSV


def test_a_zarr_folder_comes_down_as_a_folder(bench, api, ada, hub, tmp_path):
    bench.me()
    ds = xr.Dataset({"u": ("t", np.arange(5.0))}, {"t": np.arange(5.0)})
    ds.to_zarr(tmp_path / "a.zarr", zarr_format=3, consolidated=False)
    services = api.app.state.services
    store = DatabaseStore(services.database, open_blobs(api.settings.store_address), principal=hub.tokens[ada][0])
    store.add(tmp_path / "a.zarr", name="folder")
    written = bench.download("folder", tmp_path / "b.zarr")
    assert sha256_of(written) == sha256_of(tmp_path / "a.zarr")
    assert not list(tmp_path.glob(".*"))


@contextmanager
def hostile_workbench(blobs: dict[str, bytes]) -> Iterator[Calls]:
    """One that sends whatever it likes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = blobs[self.path.rpartition("/")[2]]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        calls = Calls(Login(f"http://127.0.0.1:{server.server_address[1]}", "token"))
        try:
            yield calls
        finally:
            calls.close()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("name", ["../a", "/etc/a", "a/../../b", "a\\b", "c:a", "a//b", "./a"])
def test_a_folder_that_would_write_elsewhere_is_refused(tmp_path, name):
    manifest = f"{name}\0{sha256(b'evil')}\n".encode()
    version = {"dataset_id": "d", "number": 1, "name": "evil", "layout": "tree", "sha256": sha256(manifest), "size": 4}
    blobs = {sha256(manifest): manifest, sha256(b"evil"): b"evil"}
    (tmp_path / "here").mkdir()
    with hostile_workbench(blobs) as calls, pytest.raises(PhysForgeError, match=r"refused|names the file"):
        fetch_version(calls, version, tmp_path / "here" / "x.zarr")
    written = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert written == ["manifest"]


def test_a_folder_whose_files_are_others_than_it_says_is_refused(tmp_path):
    manifest = f"a\0{sha256(b'good')}\n".encode()
    version = {"dataset_id": "d", "number": 1, "name": "evil", "layout": "tree", "sha256": sha256(manifest), "size": 4}
    for blobs in ({sha256(manifest): manifest, sha256(b"good"): b"evil"}, {sha256(manifest): b"other"}):
        with hostile_workbench(blobs) as calls, pytest.raises(DatasetError, match="not what was stored"):
            fetch_version(calls, version, tmp_path / "x.zarr")
        assert not (tmp_path / "x.zarr").exists()
        shutil.rmtree(next(tmp_path.glob(".*.parts")))


def test_a_name_that_others_have_too_means_ones_own(api, bench, hub, grace, run_csv):
    shared = api.upload(grace, "run", CSV + b"2,5\n")
    api.share(grace, shared["dataset_id"], bench.me()["id"], "viewer")
    assert bench.dataset("run")["role"] == "viewer"
    mine = bench.upload(run_csv)
    assert bench.version("run")["id"] == mine["id"]
    assert bench.dataset(shared["dataset_id"])["owner"] == hub.tokens[grace][0]
    with pytest.raises(UnknownDatasetError, match="no data set 'nothing' that you may see"):
        bench.dataset("nothing")


def test_a_refusal_is_an_error_with_the_services_words(api, bench, tmp_path):
    wrong = RemoteWorkbench(Login(api.url, "x"))
    with wrong, pytest.raises(RemoteError, match=r"not known here.*Log in again"):
        wrong.me()
    (tmp_path / "a.pkl").write_bytes(b"x")
    with pytest.raises(DatasetError):
        bench.upload(tmp_path / "a.pkl")
    with pytest.raises(DatasetError, match="There is no file"):
        bench.upload(tmp_path / "missing.csv")


def test_something_else_than_a_workbench_is_told_apart(hub):
    bench = RemoteWorkbench(Login(hub.url.removesuffix("/hub/api"), "x"))
    with bench, pytest.raises(RemoteError, match="403"):
        bench.me()


def test_the_login_is_found_in_the_environment_first(tmp_path):
    place = {"PHYSFORGE_LOGIN_FILE": str(tmp_path / "config" / "login.json")}
    with pytest.raises(RemoteError, match="not logged in"):
        Login.find(place)
    path = Login("https://a.example.org", "stored").store(place)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Login.find(place) == Login("https://a.example.org", "stored")
    session = {**place, "PHYSFORGE_API_URL": "http://127.0.0.1:8000/", "JUPYTERHUB_API_TOKEN": "session"}
    assert Login.find(session) == Login("http://127.0.0.1:8000", "session")
    assert "stored" not in repr(Login.find(place))
    path.chmod(0o644)
    with pytest.raises(RemoteError, match="can be read by others"):
        Login.find(place)
    path.write_text("{")
    with pytest.raises(RemoteError, match="damaged"):
        Login.find(place)
    assert (forget_login(place), forget_login(place)) == (True, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lab.example.org", "https://lab.example.org"),
        ("https://lab.example.org/hub/home?x=1", "https://lab.example.org"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_addresses(text, expected):
    assert checked_url(text) == expected


@pytest.mark.parametrize("text", ["http://lab.example.org", "ftp://a", "https://u:p@a", "https://a:x", "https://", ""])
def test_an_address_that_would_give_the_token_away_is_refused(text):
    with pytest.raises(SettingsError):
        checked_url(text)


@pytest.fixture
def physforge(tmp_path, monkeypatch):
    monkeypatch.setenv("PHYSFORGE_LOGIN_FILE", str(tmp_path / "login.json"))
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    for name in ("PHYSFORGE_API_URL", "PHYSFORGE_API_TOKEN", "JUPYTERHUB_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments, stdin=None):
        done = CliRunner().invoke(main.app, arguments, input=stdin)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_commands(physforge, api, ada, hub, run_csv, tmp_path):
    name = hub.tokens[ada][0]
    assert f"as {name}" in physforge("login", f"{api.url}/hub/home", stdin=f"{ada}\n")
    assert ada not in physforge("whoami")
    assert json.loads(physforge("whoami", "--json"))["name"] == name
    sent = json.loads(physforge("dataset", "upload", "run.csv", "--message", "raw", "--units", "u=mm", "--json"))
    assert (sent["number"], sent["options"]) == (1, {"units": {"u": "mm"}})
    assert "run@1: 24 bytes" in physforge("dataset", "upload", "run.csv", "--units", "u=mm")
    assert "raw" in physforge("dataset", "list", "--remote")
    assert [one["name"] for one in json.loads(physforge("dataset", "list", "--remote", "--json"))] == ["run"]
    assert json.loads(physforge("dataset", "versions", "run", "--remote", "--json"))[0]["sha256"] == sha256(CSV)
    assert json.loads(physforge("dataset", "show", "run@1", "--remote", "--json"))["version"]["number"] == 1
    assert physforge("dataset", "download", "run", "--to", "b.csv").strip() == str(tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_bytes() == CSV
    assert not (tmp_path / "home").exists()
    assert "Logged out" in physforge("logout")
    with pytest.raises(RemoteError, match="not logged in"):
        physforge("whoami")


def test_a_wrong_token_is_not_stored(physforge, api, tmp_path):
    with pytest.raises(RemoteError, match="not known here"):
        physforge("login", api.url, stdin="wrong\n")
    with pytest.raises(SettingsError, match="no token"):
        physforge("login", api.url, stdin="two words\n")
    assert not (tmp_path / "login.json").exists()
