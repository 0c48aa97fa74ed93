"""A session of a workbench: everything goes over the REST API, with the user's own rights."""

import hashlib
import os
import stat
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from service.serving import CSV, sha256, somebody
from service.test_client import cut
from typer.testing import CliRunner

import physforge as pf
from physforge.cli import main
from physforge.client import Cache, Login, RemoteStore
from physforge.client import calls as calls_module
from physforge.client.cache import limit_from
from physforge.datasets import lazy
from physforge.datasets.files import sha256_of
from physforge.datasets.store.tree import read_manifest
from physforge.errors import (
    DatasetError,
    RemoteError,
    SettingsError,
    StaleVersionError,
    StoreError,
    UnknownDatasetError,
)
from physforge.testing.dataset_store import bare, dataset
from physforge.workspace import Workspace


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(calls_module, "PAUSE_S", 0.01)
    monkeypatch.setattr("physforge.client.downloads.PAUSE_S", 0.01)


@pytest.fixture
def session(api, ada, tmp_path, monkeypatch) -> Path:
    """What a spawned server has in its environment; returns its state folder."""
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PHYSFORGE_API_URL", api.url)
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", ada)
    monkeypatch.delenv("PHYSFORGE_API_TOKEN", raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    Path("run7.csv").write_bytes(CSV)
    return tmp_path / "home"


@pytest.fixture
def store_of(api, tmp_path):
    """The store of somebody, by their token."""
    opened = []

    def open_store(token: str) -> RemoteStore:
        opened.append(RemoteStore(Login(api.url, token), Cache(tmp_path / f"cache {len(opened)}")))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


def requests(api, word: str) -> int:
    return sum(word in line for line in api.lines)


# Which mode is on


def test_the_environment_says_which_mode_is_on(session, api, monkeypatch):
    assert (Workspace().mode, repr(Workspace())) == ("hub", f"Workspace(mode='hub', url={api.url!r})")
    assert Workspace("elsewhere").mode == "local"
    with pytest.raises(RemoteError, match="database is that of the workbench"):
        _ = Workspace().database
    monkeypatch.delenv("JUPYTERHUB_API_TOKEN")
    with pytest.raises(RemoteError, match="no token"):
        _ = Workspace().store
    monkeypatch.delenv("PHYSFORGE_API_URL")
    assert Workspace().mode == "local"
    assert "mode='local'" in repr(Workspace())


def test_names_and_versions_open_and_no_database_is_made(session):
    store = Workspace().store
    store.add("run7.csv", message="raw")
    store.add(dataset(1), name="tank")
    store.add(dataset(2), name="tank")
    np.testing.assert_array_equal(pf.open_dataset("run7")["u"], [1, 3, 2, 4])
    xr.testing.assert_identical(bare(pf.open_dataset("tank@1")), dataset(1))
    xr.testing.assert_identical(bare(pf.open_dataset("tank", version=2)), dataset(2))
    assert pf.open_dataset("run7", units={"u": "mm"})["u"].attrs["units"] == "mm"
    assert {"lynx-hare", "run7", "tank"} <= set(pf.catalog)
    assert "run7" in pf.catalog.search("raw")
    assert "run7.csv" in str(pf.lineage(pf.open_dataset("run7")))
    assert not list(session.glob("*.sqlite*"))
    assert not (session / "store").exists()


def test_errors_are_those_of_the_local_mode(session):
    store = Workspace().store
    store.add("run7.csv", name="tank-run")
    with pytest.raises(UnknownDatasetError, match=r"neither the catalog nor the store has .* nearest are tank-run"):
        pf.open_dataset("tank-rum")
    with pytest.raises(UnknownDatasetError, match="no version 3; it has 1 to 1"):
        pf.open_dataset("tank-run@3")
    with pytest.raises(DatasetError, match="of the catalog, which has no versions"):
        pf.open_dataset("lynx-hare", version=1)
    with pytest.raises(DatasetError, match="catalog has a data set 'lynx-hare' already"):
        store.add("run7.csv", name="lynx-hare")
    store.add("run7.csv", name="run7.csv")
    with pytest.raises(DatasetError, match=r"is a file and also a data set of the store; write \./run7\.csv"):
        pf.open_dataset("run7.csv")
    store.remove("tank-run")
    with pytest.raises(UnknownDatasetError, match="in the trash; restore it first"):
        pf.open_dataset("tank-run")
    with pytest.raises(StoreError, match="freed by whoever runs the workbench"):
        store.collect_garbage()


def test_a_workbench_that_does_not_answer_is_named_and_what_is_here_opens(session, monkeypatch):
    monkeypatch.setenv("PHYSFORGE_API_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(calls_module, "ATTEMPTS", 2)
    for call in (lambda: pf.open_dataset("tank"), lambda: list(pf.catalog), lambda: Workspace().store.list()):
        with pytest.raises(RemoteError, match=r"workbench at http://127.0.0.1:9 does not answer .*ask whoever runs it"):
            call()
    monkeypatch.setattr(calls_module, "PAUSE_S", 100)
    assert pf.open_dataset("lynx-hare").sizes["t"] == 21
    assert pf.open_dataset("run7.csv").sizes["t"] == 4


def test_the_commands_of_a_session_follow(session):
    def physforge(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(main.app, list(arguments), env={"COLUMNS": "200"})
        if code:
            assert result.exception is not None
            return str(result.exception)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    assert physforge("dataset", "add", "run7.csv", "--message", "raw").startswith("run7@1: ")
    assert "raw" in physforge("dataset", "versions", "run7")
    assert "run7" in physforge("dataset", "list", "--json")
    assert "run7.csv" in physforge("dataset", "lineage", "run7")
    physforge("dataset", "remove", "run7")
    assert "run7" in physforge("dataset", "trash")
    assert "is back" in physforge("dataset", "restore", "run7")
    assert "freed by whoever runs" in physforge("dataset", "gc", code=1)
    assert not list(session.glob("*.sqlite*"))


# Rights


def test_a_viewer_reads_and_is_refused_writing(api, hub, ada, grace, store_of, tmp_path):
    mine, hers = store_of(ada), store_of(grace)
    version = mine.add(dataset(), name="shared run")
    api.share(ada, version.dataset_id, api.id_of(grace), "viewer")
    assert "shared run" in [one.name for one in hers.list()]
    xr.testing.assert_identical(bare(hers.open("shared run")), dataset())
    with pytest.raises(RemoteError, match="This is for: collaborator, owner; you are the data set's viewer"):
        hers.add(dataset(2), name="shared run")
    with pytest.raises(RemoteError, match="This is for: owner; you are its viewer"):
        hers.remove("shared run")
    assert len(mine.versions("shared run")) == 1


def test_nobody_is_given_data_by_sharing_a_name(api, ada, grace, store_of):
    """Somebody shares an empty data set called as I call mine: what I add is not given to them."""
    hers, mine = store_of(grace), store_of(ada)
    bait = hers.add(dataset(), name="results")
    for role in ("collaborator", "owner"):
        api.share(grace, bait.dataset_id, api.id_of(ada), role)
        with pytest.raises(DatasetError, match=r"shared with you.*parents=\[1\].*another name"):
            mine.add(dataset(2), name="results")
    added = mine.add(dataset(2), name="results", parents=[1], message="meant so")
    assert (added.dataset_id, added.number) == (bait.dataset_id, 2)
    assert hers.get("results").message == "meant so"


def test_my_own_is_meant_where_others_share_one_of_its_name(api, hub, ada, grace, store_of):
    mine, hers = store_of(ada), store_of(grace)
    mine.add(dataset(1), name="run")
    theirs = hers.add(dataset(2), name="run")
    api.share(grace, theirs.dataset_id, api.id_of(ada), "owner")
    xr.testing.assert_identical(bare(mine.open("run")), dataset(1))
    xr.testing.assert_identical(bare(mine.open(theirs.dataset_id)), dataset(2))
    assert [one.head.author for one in mine.list()] == [hub.tokens[ada][0], hub.tokens[grace][0]]
    other = hub.add(somebody("eve"))
    api.share(grace, theirs.dataset_id, api.id_of(other), "viewer")
    api.share(ada, mine.get("run").dataset_id, api.id_of(other), "viewer")
    with pytest.raises(DatasetError, match="There are 2 data sets 'run'; name one by its id"):
        store_of(other).open("run")


def test_lineage_tells_of_what_may_not_be_seen_only_that_it_is_there(api, ada, grace, store_of):
    mine, hers = store_of(ada), store_of(grace)
    mine.add(dataset(), name="secret", message="of a patient")
    derived = mine.add(dataset(2), name="open", derived_from="secret")
    api.share(ada, derived.dataset_id, api.id_of(grace), "viewer")
    graph = hers.lineage("open")
    assert "a data set that you may not see" in str(graph)
    assert "secret" not in str(graph)
    assert "patient" not in str(graph.to_dict())
    with pytest.raises(UnknownDatasetError):
        hers.add(dataset(3), name="mine", derived_from=mine.get("secret").id)
    # By hand, too.
    new = {"file_name": "a.csv", "size": 3, "derived_from": [{"source": mine.get("secret").id}]}
    assert api.call("POST", "/uploads", grace, json=new).status_code == 404


def test_parts_of_a_version_need_the_right_to_it(api, ada, grace, store_of):
    version = store_of(ada).add(dataset(), name="run")
    other = api.upload(ada, "other")
    path = f"/datasets/{version.dataset_id}/versions/1/blobs"
    assert api.call("GET", f"{path}/{version.sha256}", grace).status_code == 404
    assert api.call("GET", f"{path}/{other['sha256']}", ada).status_code == 404
    whole = api.call("GET", f"{path}/{version.sha256}", ada)
    assert (sha256(whole.content), whole.headers["etag"]) == (version.sha256, f'"{version.sha256}"')
    part = api.call("GET", f"{path}/{version.sha256}", ada, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])


def test_only_what_is_in_the_trash_is_deleted_for_ever(api, ada):
    version = api.upload(ada, "run")
    path = f"/datasets/{version['dataset_id']}"
    refused = api.call("POST", f"{path}/purge", ada)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:physforge:problem:not-in-trash")
    api.call("DELETE", path, ada)
    assert api.call("POST", f"{path}/purge", ada).status_code == 204
    assert api.call("GET", path, ada).status_code == 404
    assert api.call("POST", f"{path}/restore", ada, json={}).status_code == 404


def test_who_adds_is_noted_and_not_said(ada, hub, store_of, session):
    name = hub.tokens[ada][0]
    assert store_of(ada).add("run7.csv", author=name).author == name
    with pytest.raises(DatasetError, match=f"you are '{name}'; leave author out"):
        store_of(ada).add("run7.csv", author="somebody else")


# The cache


def test_what_was_opened_is_kept_for_its_user_alone_and_not_fetched_again(session, api):
    Workspace().store.add(dataset(), name="tank")
    pf.open_dataset("tank")
    before = requests(api, "/blobs/")
    xr.testing.assert_identical(bare(pf.open_dataset("tank")), dataset())
    assert requests(api, "/blobs/") == before
    folders = [session / "cache", *(path for path in (session / "cache").rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    (kept,) = [path for path in (session / "cache" / "objects").rglob("*") if path.is_file()]
    assert (stat.S_IMODE(kept.stat().st_mode), sha256_of(kept)) == (0o400, kept.name)
    assert list((session / "cache" / "incoming").iterdir()) == []


def test_a_cache_that_changed_is_fetched_again(session):
    version = Workspace().store.add(dataset(), name="tank")
    pf.open_dataset("tank")
    path = session / "cache" / "objects" / version.sha256[:2] / version.sha256
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    xr.testing.assert_identical(bare(pf.open_dataset("tank")), dataset())
    assert sha256_of(path) == version.sha256


def test_a_download_that_was_cut_off_goes_on(api, ada, tmp_path, monkeypatch):
    content = np.random.default_rng(3).bytes(6 * 2**20)
    api.upload(ada, "big", content, file_name="big.npy")
    monkeypatch.setattr(calls_module, "ATTEMPTS", 1)
    monkeypatch.setattr("physforge.client.downloads.ATTEMPTS", 1)
    with cut(api, ada, up=[], down=[4 * 2**20]) as (_, proxy):
        store = RemoteStore(Login(proxy.url, ada), Cache(tmp_path / "cache"))
        with pytest.raises(RemoteError, match="does not answer"):
            store.export("big", tmp_path / "big.npy")
        got = proxy.passed["down"]
        assert store.export("big", tmp_path / "big.npy").read_bytes() == content
        store.close()
        assert proxy.passed["down"] < len(content) + 2**20
        assert got > 3 * 2**20


def test_what_was_not_used_for_longest_makes_room(tmp_path):
    contents = [bytes([number]) * 1000 for number in range(12)]
    keys = [hashlib.sha256(one).hexdigest() for one in contents]
    cache = Cache(tmp_path / "cache", limit=8500)
    pinned = None
    for number, (key, content) in enumerate(zip(keys, contents, strict=True)):
        cache.get(key, 1000, lambda part, content=content: part.write_bytes(content))
        # In the order of their use, whatever the clock's resolution.
        os.utime(cache.folder / "objects" / key[:2] / key, (number, number))
        if number == 1:
            pinned = cache.pin(key)
        if number == 5:
            cache.get(keys[0], 1000, pytest.fail)
    assert sum(cache.blobs().values()) <= 8500
    # The first was used again, the second is pinned; after them the oldest went.
    assert set(cache.blobs()) >= {keys[0], keys[1], *keys[-3:]}
    assert keys[2] not in cache.blobs()
    pinned.close()


def test_one_downloads_and_the_others_wait(tmp_path):
    content = b"x" * 1000
    key, fetched = hashlib.sha256(content).hexdigest(), []

    def fetch(part):
        fetched.append(part)
        time.sleep(0.2)
        part.write_bytes(content)

    caches = [Cache(tmp_path / "cache") for _ in range(4)]
    threads = [threading.Thread(target=one.get, args=(key, 1000, fetch)) for one in caches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetched) == 1
    assert set(caches[0].blobs()) == {key}


def test_what_comes_and_is_not_what_was_stored_is_not_kept(tmp_path):
    cache = Cache(tmp_path / "cache")
    with pytest.raises(StoreError, match="not what was stored"):
        cache.get("0" * 64, 3, lambda part: part.write_bytes(b"bad"))
    assert cache.blobs() == {}
    assert not list((tmp_path / "cache" / "incoming").glob("*.part"))


def test_the_size_of_the_cache_can_be_set():
    assert limit_from({"PHYSFORGE_CACHE_BYTES": "1000"}) == 1000
    for wrong in ("0", "-1", "1e9", "many", "٣"):
        with pytest.raises(SettingsError, match="PHYSFORGE_CACHE_BYTES is"):
            limit_from({"PHYSFORGE_CACHE_BYTES": wrong})


def test_a_file_that_is_read_bit_by_bit_stays_in_a_cache_that_is_full(session, monkeypatch):
    monkeypatch.setattr(lazy, "LAZY_BYTES", 1000)
    monkeypatch.setenv("PHYSFORGE_CACHE_BYTES", "20000")
    store = Workspace().store
    for number in range(4):
        store.add(dataset(number + 1), name=f"tank {number}")
    first = pf.open_dataset("tank 0")
    assert first["u"].chunks
    others = [pf.open_dataset(f"tank {number}", lazy=False).load() for number in (1, 2, 3)]
    assert len(others) == 3
    kept = set(Cache(session / "cache").blobs())
    assert first.attrs["sha256"] in kept
    assert len(kept) < 4
    xr.testing.assert_identical(bare(first), dataset(1))


# Folders


def field(rows: int = 64) -> xr.Dataset:
    values = np.random.default_rng(0).normal(size=(rows, 512))
    axes = {"t": np.arange(float(rows)), "x": np.arange(512.0)}
    return xr.Dataset({"u": (("t", "x"), values)}, axes, {"title": "field"}).chunk({"t": 1})


def test_of_a_folder_only_the_chunks_that_are_computed_with_are_fetched(api, ada, store_of):
    ds = field()
    store_of(ada).add(ds, name="field of chunks")
    reader = store_of(ada)
    opened = reader.open("field of chunks")
    before = requests(api, "/blobs/")
    assert opened["u"].chunks
    np.testing.assert_array_equal(opened["u"][5].compute(), ds["u"][5])
    assert requests(api, "/blobs/") - before == 1
    xr.testing.assert_equal(opened.load(), ds)
    assert requests(api, "/blobs/") - before == 64


def test_workers_of_another_process_fetch_the_chunks_that_they_compute_with(api, ada, store_of):
    ds = field(8)
    store_of(ada).add(ds, name="field for workers")
    opened = store_of(ada).open("field for workers")
    before = requests(api, "/blobs/")
    total = opened["u"].sum().compute(scheduler="processes", num_workers=1)
    np.testing.assert_allclose(total, ds["u"].sum())
    assert requests(api, "/blobs/") - before == 8


def test_one_changed_chunk_is_sent_alone(api, ada, store_of):
    store = store_of(ada)
    store.add(field(), name="field")
    changed = field().load().copy(deep=True)
    changed["u"][7, 100] += 1
    with cut(api, ada, up=[], down=[]) as (_, proxy):
        other = RemoteStore(Login(proxy.url, ada), Cache(store._cache.folder))
        version = other.add(changed.chunk({"t": 1}), name="field")
        other.close()
        assert proxy.passed["up"] < 25_000 < changed["u"].nbytes
    assert version.number == 2
    xr.testing.assert_equal(store_of(ada).open(version.id).load(), changed)


def test_a_folder_goes_up_and_down_by_the_command(session, api, monkeypatch):
    ds = field(8)
    ds.to_zarr("field.zarr", zarr_format=3, consolidated=False)

    def physforge(*arguments: str) -> str:
        result = CliRunner().invoke(main.app, list(arguments), env={"COLUMNS": "200"})
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    assert physforge("dataset", "upload", "field.zarr").startswith("field@1: ")
    (Path("field.zarr") / "u" / "c" / "3" / "0").unlink()
    sent = sum('"method": "PUT"' in line for line in api.lines)
    assert physforge("dataset", "upload", "field.zarr", "--message", "one less").startswith("field@2: ")
    assert sum('"method": "PUT"' in line for line in api.lines) == sent + 1
    physforge("dataset", "download", "field@2", "--to", "copy.zarr")
    assert sha256_of(Path("copy.zarr")) == sha256_of(Path("field.zarr"))
    assert not list(Path().glob(".*"))


def test_the_download_of_a_folder_goes_on_file_by_file(api, ada, store_of, tmp_path, monkeypatch):
    ds = field(1024).chunk({"t": 128})
    store_of(ada).add(ds, name="big folder")
    size = 128 * 512 * 8
    monkeypatch.setattr("physforge.client.downloads.ATTEMPTS", 1)
    with cut(api, ada, up=[], down=[4 * size]) as (bench, proxy):
        with pytest.raises(RemoteError, match="does not answer"):
            bench.download("big folder", tmp_path / "copy.zarr")
        assert not (tmp_path / "copy.zarr").exists()
        written = bench.download("big folder", tmp_path / "copy.zarr")
        assert proxy.passed["down"] < 9 * size
    xr.testing.assert_equal(xr.open_zarr(written, consolidated=False).load(), ds.load())
    assert not list(tmp_path.glob(".*"))


GOOD = b'{"zarr_format": 3, "node_type": "group", "attributes": {}}'


def packed(*files: tuple[str, bytes, str], claims: dict[str, tuple[str, int]] | None = None) -> bytes:
    """Return a packed folder as a hostile sender would make it."""
    lines = []
    for name, content, mark in files:
        digest, size = (claims or {}).get(name, (sha256(content), len(content)))
        lines.append(f"{digest} {size} {mark} {name}\n")
    header = "".join(lines).encode()
    sent = b"".join(content for _, content, mark in files if mark == "+")
    return b"physforge-folder 1 %d\n" % len(header) + header + sent


def send_folder(api, token: str, content: bytes, **facts):
    new = {"file_name": "a.zarr", "size": len(content), "name": somebody("folder"), "folder": True, **facts}
    begun = api.call("POST", "/uploads", token, json=new)
    assert begun.status_code == 201, begun.text
    path = f"/uploads/{begun.json()['id']}"
    assert api.call("PUT", f"{path}/content?offset=0", token, content=content).status_code == 200
    return api.call("POST", f"{path}/complete", token, json={"sha256": sha256(content)})


ROOT = ("zarr.json", GOOD, "+")
HOSTILE = {
    "no folder": (b"PK\x03\x04 a zip file", "no packed folder"),
    "a huge header": (b"physforge-folder 1 999999999\n", "no packed folder"),
    "a header that is cut off": (b"physforge-folder 1 500\nabc", "cut off"),
    "a line without a hash": (b"physforge-folder 1 5\nabcd\n", "which is refused"),
    "no UTF-8": (b"physforge-folder 1 2\n\xff\xff", "no UTF-8"),
    "more than it says": (packed(ROOT) + b"more", "length that its header says"),
    "less than it says": (packed(ROOT)[:-3], "length that its header says"),
    "another content": (packed(ROOT, claims={"zarr.json": ("0" * 64, len(GOOD))}), "SHA-256 that it should"),
    "twice": (packed(ROOT, ROOT), "order of its paths"),
    "not in order": (packed(ROOT, ("a", b"x", "+")), "order of its paths"),
    "a file that is a folder": (packed(("a", b"x", "+"), ("a/b", b"y", "+"), ROOT), "a file and a folder"),
    "no zarr": (packed(("a", b"x", "+")), "without zarr metadata"),
    "what was not sent": (packed(("a", b"x", "="), ROOT), "was not sent"),
    **{
        f"the path {name!a}": (packed((name, b"x", "+"), ROOT), "which is refused")
        for name in ("../a", "/etc/a", "a/../../b", "a\\b", "c:a", "a//b", "./a", "a\x1bb", "\u202ea", "a" * 1100)
    },
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_folder_is_refused_and_nothing_is_left(api, ada, what):
    content, reason = HOSTILE[what]
    refused = send_folder(api, ada, content)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:physforge:problem:refused-data")
    assert reason in refused.json()["detail"]
    assert api.call("GET", "/datasets", ada).json()["items"] == []
    assert api.app.state.services.blobs.temporaries() == []


def test_nobody_takes_the_content_of_others_by_its_hash(api, ada, grace):
    secret = packed(("secret", b"of a patient", "+"), ROOT)
    made = send_folder(api, ada, secret).json()
    stolen = packed(("secret", b"of a patient", "="), ROOT)
    for facts in ({}, {"unchanged_from": 1}):
        assert "was not sent" in send_folder(api, grace, stolen, **facts).json()["detail"]
    own = send_folder(api, grace, packed(ROOT)).json()
    facts = {"name": None, "dataset_id": own["dataset_id"], "unchanged_from": 1}
    assert "was not sent" in send_folder(api, grace, stolen, **facts).json()["detail"]
    new = {"file_name": "a.zarr", "size": 9, "folder": True, "dataset_id": made["dataset_id"], "unchanged_from": 1}
    assert api.call("POST", "/uploads", grace, json=new).status_code == 404
    # Whose it is need not send it again; a lie about its size counts for nothing.
    claims = {"secret": (sha256(b"of a patient"), 0)}
    again = packed(("more", b"x", "+"), ("secret", b"of a patient", "="), ROOT, claims=claims)
    mine = send_folder(api, ada, again, name=None, dataset_id=made["dataset_id"], unchanged_from=1).json()
    assert (mine["number"], mine["size"]) == (2, len(b"of a patient") + len(GOOD) + 1)


def test_what_is_not_sent_counts_for_the_quota(hub, tmp_path):
    from service.serving import running_api, settings_for

    (tmp_path / "state").mkdir()
    token = hub.add(somebody("ada"))
    with running_api(settings_for(tmp_path / "state", hub, quota_bytes=20_000), hub) as api:
        first = packed(("a", b"x" * 8000, "+"), ROOT)
        made = send_folder(api, token, first).json()
        facts = {"name": None, "dataset_id": made["dataset_id"], "unchanged_from": 1}
        unchanged = packed(("a", b"x" * 8000, "="), ("b", b"1", "+"), ROOT)
        assert send_folder(api, token, unchanged, **facts).status_code == 201
        refused = send_folder(api, token, packed(("a", b"x" * 8000, "="), ("b", b"2", "+"), ROOT), **facts)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:physforge:problem:quota")
        assert api.call("GET", f"/datasets/{made['dataset_id']}", token).json()["versions"] == 2


def test_a_folder_completed_twice_is_one_version(api, ada):
    content = packed(ROOT)
    new = {"file_name": "a.zarr", "size": len(content), "folder": True}
    path = f"/uploads/{api.call('POST', '/uploads', ada, json=new).json()['id']}"
    api.call("PUT", f"{path}/content?offset=0", ada, content=content)
    first, second = (api.call("POST", f"{path}/complete", ada, json={"sha256": sha256(content)}) for _ in range(2))
    assert first.json() == second.json()
    assert first.json()["sha256"] == sha256(f"zarr.json\0{sha256(GOOD)}\n".encode())
    assert api.call("POST", f"{path}/complete", ada, json={"sha256": "0" * 64}).status_code == 409
    manifest = api.call("GET", f"/datasets/{first.json()['dataset_id']}/versions/1/blobs/{first.json()['sha256']}", ada)
    assert read_manifest(manifest.content) == {"zarr.json": sha256(GOOD)}


def test_a_folder_with_links_out_of_it_is_not_sent(session):
    field(2).to_zarr("field.zarr", zarr_format=3, consolidated=False)
    (Path("field.zarr") / "secrets").symlink_to("/etc/passwd")
    with pytest.raises(DatasetError, match="a link that leaves the folder"):
        Workspace().store.add("field.zarr")


def test_a_stale_version_is_refused_before_it_is_sent(session, api):
    store = Workspace().store
    store.add("run7.csv")
    Path("run7.csv").write_bytes(CSV + b"2,5\n")
    store.add("run7.csv")
    sent = requests(api, "/uploads")
    Path("run7.csv").write_bytes(CSV + b"2,6\n")
    with pytest.raises(StaleVersionError, match="newer version 2"):
        store.add("run7.csv", parents=[1])
    assert requests(api, "/uploads") == sent
