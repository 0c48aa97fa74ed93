"""Remote files: the cache first, the hash always, and a clear word when there is no network."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from physforge.datasets.registry import RemoteFile
from physforge.datasets.remote import fetch, fetch_address
from physforge.errors import DatasetError
from physforge.settings import Settings

CONTENT = b"t,u\n0,1\n1,2\n"
SHA = hashlib.sha256(CONTENT).hexdigest()

#: A port of this machine on which nothing listens.
UNREACHABLE = "https://127.0.0.1:9/run.csv"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a small server of one file."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "run.csv").write_bytes(CONTENT)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}/run.csv"
        httpd.shutdown()
        thread.join()


def with_cache(settings: Settings, tmp_path: Path, content: bytes) -> Settings:
    cache = tmp_path / "cache"
    (cache / "runs").mkdir(parents=True)
    (cache / "runs" / "run.csv").write_bytes(content)
    return Settings(home=settings.home, data_cache=cache)


def test_the_cache_is_used_first_and_left_alone(settings: Settings, tmp_path: Path) -> None:
    cached = with_cache(settings, tmp_path, CONTENT)
    cached.data_cache.chmod(0o500)
    path = fetch(RemoteFile("runs/run.csv", SHA, UNREACHABLE), cached)
    assert path == cached.data_cache / "runs" / "run.csv"
    assert not settings.home.exists()


def test_a_cached_file_with_another_hash_is_refused(settings: Settings, tmp_path: Path) -> None:
    cached = with_cache(settings, tmp_path, CONTENT + b"2,3\n")
    with pytest.raises(DatasetError, match=rf"run\.csv is not the registered file.*{SHA}") as caught:
        fetch(RemoteFile("runs/run.csv", SHA, UNREACHABLE), cached)
    assert UNREACHABLE in str(caught.value)


def test_a_download_is_kept_and_used_again(settings: Settings, server: str) -> None:
    path = fetch(RemoteFile("runs/run.csv", SHA, server), settings)
    assert path == settings.download_folder / "runs" / "run.csv"
    assert path.read_bytes() == CONTENT
    assert fetch(RemoteFile("runs/run.csv", SHA, UNREACHABLE), settings) == path
    path.write_bytes(b"spoilt")
    with pytest.raises(DatasetError, match="Remove it"):
        fetch(RemoteFile("runs/run.csv", SHA, server), settings)


def test_a_download_with_another_hash_leaves_nothing(settings: Settings, server: str) -> None:
    with pytest.raises(DatasetError, match="hash"):
        fetch(RemoteFile("runs/run.csv", "0" * 64, server), settings)
    assert [path for path in settings.download_folder.rglob("*") if path.is_file()] == []


def test_without_a_network_the_address_and_the_variable_are_named(settings: Settings) -> None:
    with pytest.raises(DatasetError, match=r"127\.0\.0\.1:9/run\.csv.*PHYSFORGE_DATA_CACHE"):
        fetch(RemoteFile("runs/run.csv", SHA, UNREACHABLE), settings)


def test_a_missing_page_is_an_error(settings: Settings, server: str) -> None:
    with pytest.raises(DatasetError, match="404"):
        fetch(RemoteFile("runs/run.csv", SHA, server.replace("run.csv", "none.csv")), settings)


@pytest.mark.parametrize(
    "address", ["http://example.org/run.csv", "file:///etc/passwd", "ftp://example.org/a", "https:///a", "https://a.b/"]
)
def test_an_address_must_be_https_and_name_a_file(settings: Settings, address: str) -> None:
    with pytest.raises(DatasetError):
        fetch_address(address, settings)
    assert not settings.home.exists()


def test_an_address_cannot_choose_where_it_is_kept(settings: Settings) -> None:
    with pytest.raises(DatasetError, match="could not be downloaded"):
        fetch_address("https://127.0.0.1:9/a/..%2F..%2F..%5Cx.csv", settings)
    folders = [path for path in settings.home.rglob("*") if path.is_dir()]
    assert all(path.is_relative_to(settings.download_folder) for path in folders)
