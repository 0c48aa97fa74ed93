"""What is copied into a store, what is refused, and what is noticed later."""

import hashlib
import json
import os
import stat
import time
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
import xarray as xr

from physforge.datasets.files import sha256_of
from physforge.datasets.store import DatabaseStore, copying
from physforge.datasets.store.blobs import open_blobs
from physforge.datasets.store.copying import SMALL, copy_and_hash
from physforge.datasets.store.local_blobs import LocalBlobs
from physforge.datasets.store.tree import read_manifest, write_manifest
from physforge.errors import DatasetError, StoreError
from physforge.testing.dataset_store import bare, dataset

CSV = "t,u\n0,1\n1,2\n2,3\n"


def blob_path(tmp_path, sha256):
    return tmp_path / "home" / "store" / "objects" / sha256[:2] / sha256


def change_one_bit(path, at=-2):
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("size", [0, 1, SMALL - 1, SMALL, 3 * SMALL + 17, 8 * SMALL, 20 * SMALL + 1])
@pytest.mark.parametrize("way", ["past the cache", "through the cache", "without pwrite"])
def test_a_copy_and_its_hash_are_exact(tmp_path, monkeypatch, size, way):
    if way == "through the cache":
        monkeypatch.setattr(copying, "_bypass_cache", lambda _target, _bypass: False)
    if way == "without pwrite":
        monkeypatch.delattr(os, "pwrite")
    content = np.random.default_rng(size).bytes(size)
    (tmp_path / "source").write_bytes(content)
    source = os.open(tmp_path / "source", os.O_RDONLY)
    target = os.open(tmp_path / "target", os.O_RDWR | os.O_CREAT)
    assert copy_and_hash(source, target, size) == (hashlib.sha256(content).hexdigest(), size)
    assert os.lseek(source, 0, os.SEEK_CUR) == size
    os.close(source)
    os.close(target)
    assert (tmp_path / "target").read_bytes() == content


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="it looks open files up in /proc")
def test_adding_a_file_waits_for_the_disk_no_more_often_than_it_must(store, tmp_path, monkeypatch):
    """The content, its name, and (inside SQLite, which is not counted) the row: each before the next."""
    synced = []
    fsync = os.fsync

    def noted(handle):
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    for number in range(3):
        (tmp_path / "run.csv").write_text(f"{CSV}3,{number}\n")
        monkeypatch.setattr(os, "fsync", noted if number else fsync)  # the first also makes the folders
        version = store.add(tmp_path / "run.csv")
        if number:
            content, folder = synced
            assert "/incoming/" in content
            assert folder == str(blob_path(tmp_path, version.sha256).parent)
        synced.clear()


def test_a_changed_file_is_noticed_when_it_is_opened(store, tmp_path):
    (tmp_path / "run.csv").write_text(CSV)
    version = store.add(tmp_path / "run.csv")
    change_one_bit(blob_path(tmp_path, version.sha256))
    for use in (lambda: store.open("run"), lambda: store.export("run", tmp_path / "copy.csv")):
        with pytest.raises(
            StoreError, match=rf"{version.sha256} have changed since they were stored.*add the original"
        ):
            use()
    assert not (tmp_path / "copy.csv").exists()
    assert store.open("run", verify=False).sizes == {"t": 3}


def test_a_missing_file_is_noticed(store, tmp_path):
    (tmp_path / "run.csv").write_text(CSV)
    blob_path(tmp_path, store.add(tmp_path / "run.csv").sha256).unlink()
    with pytest.raises(StoreError, match=r"are missing\. Restore them from a backup"):
        store.open("run")


def test_a_changed_chunk_is_noticed_when_it_is_read_and_not_before(store, tmp_path):
    version = store.add(dataset().chunk({"t": 4}), name="wave")
    files = read_manifest(blob_path(tmp_path, version.sha256).read_bytes())
    change_one_bit(blob_path(tmp_path, files["u/c/1/0"]))
    ds = store.open("wave")
    np.testing.assert_array_equal(ds["u"][:4], dataset()["u"][:4])
    with pytest.raises(StoreError, match="have changed since they were stored"):
        ds["u"][5:].load()
    change_one_bit(blob_path(tmp_path, version.sha256))
    with pytest.raises(StoreError, match="have changed"):
        store.open("wave")


def test_a_manifest_that_leads_out_of_the_folder_is_refused():
    assert read_manifest(write_manifest({"a/b": "0" * 64, "a-b": "1" * 64})) == {"a/b": "0" * 64, "a-b": "1" * 64}
    for path in ("../outside", "/etc/passwd", "a/../../b", ""):
        with pytest.raises(StoreError, match="damaged"):
            read_manifest(f"{path}\0{'0' * 64}\n".encode())
    with pytest.raises(StoreError, match="no SHA-256"):
        read_manifest(b"u/c/0\0../../etc/passwd\n")


def test_stored_files_are_for_their_owner_to_read_and_nobody_to_write(store, tmp_path):
    (tmp_path / "run.csv").write_text(CSV)
    path = blob_path(tmp_path, store.add(tmp_path / "run.csv").sha256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert stat.S_IMODE((tmp_path / "home" / "store").stat().st_mode) == 0o700


def test_a_link_to_a_file_is_followed_and_its_own_name_kept(store, tmp_path):
    (tmp_path / "run.csv").write_text(CSV)
    (tmp_path / "link.csv").symlink_to("run.csv")
    version = store.add(tmp_path / "link.csv")
    (tmp_path / "run.csv").write_text("t,u\n0,0\n1,0\n")
    assert version.original_name == "link.csv"
    np.testing.assert_array_equal(store.open("link")["u"], [1, 2, 3])


def test_links_in_a_folder_must_stay_in_it(store, tmp_path):
    (tmp_path / "secret").write_text("secret")
    dataset().chunk({"t": 4}).to_zarr(tmp_path / "wave.zarr", zarr_format=3, consolidated=False)
    (tmp_path / "wave.zarr" / "u" / "inner").symlink_to("zarr.json")
    assert store.add(tmp_path / "wave.zarr").sha256 == sha256_of(tmp_path / "wave.zarr")
    (tmp_path / "wave.zarr" / "u" / "outer").symlink_to(tmp_path / "secret")
    with pytest.raises(DatasetError, match=r"'u/outer' is a link that leaves the folder"):
        store.add(tmp_path / "wave.zarr")


def test_pipes_devices_and_plain_folders_are_refused_at_once(store, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    start = time.monotonic()
    with pytest.raises(DatasetError, match=r"pipe\.csv: it is no regular file"):
        store.add(tmp_path / "pipe.csv")
    with pytest.raises(DatasetError, match="no regular file"):
        store.add("/dev/zero", name="zero", format="csv")
    (tmp_path / "folder").mkdir()
    with pytest.raises(DatasetError, match="a folder without zarr metadata"):
        store.add(tmp_path / "folder")
    assert time.monotonic() - start < 5
    assert LocalBlobs(tmp_path / "home" / "store").temporaries() == []


def test_a_file_that_only_points_to_others_is_refused(store, tmp_path):
    (tmp_path / "series.pvd").write_text("<VTKFile/>")
    with pytest.raises(DatasetError, match="only points to other files"):
        store.add(tmp_path / "series.pvd")


def test_a_file_that_cannot_be_read_is_kept_and_named_by_its_reference(store, tmp_path):
    (tmp_path / "run.csv").write_text("t,u\n0,1\n1,two\n2,3\n")
    store.add(tmp_path / "run.csv")
    with pytest.raises(DatasetError, match=r"run@1.*line 3.*two"):
        store.open("run")
    assert store.export("run", tmp_path / "copy.csv").read_text().count("two") == 1


def test_options_that_a_reader_does_not_take_and_values_that_cannot_be_kept(store, tmp_path):
    (tmp_path / "run.csv").write_text(CSV)
    store.add(tmp_path / "run.csv", sheet=2)
    with pytest.raises(DatasetError, match=r"run@1: its reader.*sheet"):
        store.open("run")
    with pytest.raises(DatasetError, match="cannot be kept"):
        store.add(tmp_path / "run.csv", name="other", attributes={"made": object()})


def test_a_large_dataset_is_opened_without_being_read(store, tmp_path):
    t, x = np.arange(256.0), np.arange(16_384.0)
    ds = xr.Dataset({"u": (("t", "x"), np.random.default_rng(0).normal(size=(256, 16_384)))}, {"t": t, "x": x})
    version = store.add(ds, name="large")
    assert (version.format, version.size > 16 * 2**20) == ("zarr", True)
    # Only what is asked for is read: all other chunks may as well be gone.
    opened = store.open("large")
    files = read_manifest(blob_path(tmp_path, version.sha256).read_bytes())
    chunks = [name for name in files if name.startswith("u/c/")]
    assert 60 < len(chunks) < 200
    for name in chunks:
        if name != "u/c/0/0":
            blob_path(tmp_path, files[name]).unlink(missing_ok=True)
    np.testing.assert_array_equal(opened["u"][0], ds["u"][0])
    with pytest.raises(StoreError, match="missing"):
        opened["u"][-1].load()


def test_one_changed_value_of_a_large_dataset_costs_at_most_two_percent(store, tmp_path):
    t, x = np.arange(512.0), np.arange(8192.0)
    ds = xr.Dataset({"u": (("t", "x"), np.random.default_rng(0).normal(size=(512, 8192)))}, {"t": t, "x": x})
    store.add(ds, name="field")
    before = used(tmp_path / "home")
    ds["u"][100, 100] += 1
    store.add(ds, name="field")
    assert 0 < used(tmp_path / "home") - before < 0.02 * before
    xr.testing.assert_equal(bare(store.open("field")), ds)


def used(folder) -> int:
    """Bytes on the disk, of the database as well."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def test_datasets_of_one_content_are_one_blob(store, tmp_path):
    store.add(dataset(), name="a")
    store.add(dataset(), name="b")
    assert len(LocalBlobs(tmp_path / "home" / "store").blobs()) == 1


def test_owners_and_projects_do_not_see_each_other(database, tmp_path):
    blobs = open_blobs(tmp_path / "home" / "store")
    ada, bo = (DatabaseStore(database, blobs, principal=name) for name in ("ada", "bo"))
    other = DatabaseStore(database, blobs, principal="ada", project="thesis")
    version = ada.add(dataset(1), name="wave")
    bo.add(dataset(2), name="wave")
    for store in (bo, other):
        with pytest.raises(DatasetError, match="no data set"):
            store.open(version.id)
    assert list(other.list()) == []
    assert version.author == "ada"
    bo.remove("wave")
    assert [one.name for one in ada.list()] == ["wave"]
    xr.testing.assert_identical(bare(ada.open("wave")), dataset(1))


def test_a_codec_that_could_run_code_is_refused(store, tmp_path):
    folder = tmp_path / "wave.zarr"
    dataset().chunk({"t": 4}).to_zarr(folder, zarr_format=3, consolidated=False)
    metadata = json.loads((folder / "u" / "zarr.json").read_text())
    metadata["codecs"] = [{"name": "numcodecs.pickle", "configuration": {}}]
    (folder / "u" / "zarr.json").write_text(json.dumps(metadata))
    store.add(folder)
    with pytest.raises(DatasetError, match=r"wave@1.*pickle"):
        store.open("wave")


def test_a_folder_that_unpacks_to_a_thousand_times_its_size_is_refused(store, tmp_path):
    bomb = xr.Dataset({"u": (("t", "x"), da.zeros((2**14, 2**13), chunks=(2**9, 2**13)))})
    bomb.assign_coords(t=np.arange(2.0**14), x=np.arange(2.0**13)).to_zarr(
        tmp_path / "bomb.zarr", zarr_format=3, consolidated=False
    )
    store.add(tmp_path / "bomb.zarr")
    with pytest.raises(DatasetError, match="bomb"):
        store.open("bomb")


def test_a_name_that_intake_would_run_is_not_exported_to_it(store, tmp_path):
    store.add(dataset(), name="{shell(date)}")
    with pytest.raises(DatasetError, match="braces"):
        store.export_intake_catalog(tmp_path / "shared")
    assert not (tmp_path / "shared").exists()
