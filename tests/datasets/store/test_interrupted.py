"""A write that is cut short leaves nothing visible, and nothing that stays."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from physforge.database import Database
from physforge.datasets.store import DatabaseStore, open_blobs
from physforge.datasets.store.local_blobs import LocalBlobs
from physforge.datasets.store.writing import writing_blobs
from physforge.errors import DatabaseError, DatasetError, StoreError
from physforge.testing.dataset_store import dataset

WRITER = """
import sys
import numpy as np
import xarray as xr
from physforge.database import Database
from physforge.datasets.store import DatabaseStore, open_blobs

home, seed = sys.argv[1:]
store = DatabaseStore(Database.open(f"sqlite:///{home}/physforge.sqlite"), open_blobs(f"{home}/store"))
rng = np.random.default_rng(int(seed))
t, x = np.arange(64.0), np.arange(24_000.0)
np.savez(f"{home}/{seed}.npz", t=t, x=x, u=rng.normal(size=(64, 24_000)))
folder = xr.Dataset({"u": (("t", "x"), rng.normal(size=(64, 200)))}, {"t": t, "x": x[:200]}).chunk({"t": 1})
folder.to_zarr(f"{home}/{seed}.zarr", zarr_format=3, consolidated=False)
for number in range(10_000):
    print("begins", flush=True)
    print(store.add(f"{home}/{seed}.{'zarr' if number % 2 else 'npz'}", name=f"{seed}-{number}").name, flush=True)
"""


@pytest.mark.faults
def test_kill_9_at_random_moments_loses_nothing_acknowledged_and_shows_nothing_partial(tmp_path):
    rng = random.Random(5)
    acknowledged: set[str] = set()
    seen: set[str] = set()
    left_over = 0
    for seed in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(seed)], stdout=subprocess.PIPE, text=True
        )
        said: list[str] = []
        for line in process.stdout:
            said.append(line.strip())
            if said.count("begins") > 2 + seed % 2:
                break
        time.sleep(rng.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        said += process.communicate()[0].split()
        acknowledged |= {word for word in said if word != "begins"}
        database = Database.open(f"sqlite:///{tmp_path}/physforge.sqlite")
        store = DatabaseStore(database, open_blobs(tmp_path / "store"))
        names = {one.name for one in store.list()}
        assert acknowledged <= names
        for name in names:
            if name not in seen:
                assert np.isfinite(store.open(name)["u"].to_numpy()).all()
        seen |= names
        found = store.collect_garbage()
        left_over += found.temporaries + found.blobs
        blobs = LocalBlobs(tmp_path / "store")
        assert blobs.temporaries() == []
        assert set(blobs.blobs()) == referred_to(database)
        database.close()
    assert acknowledged
    assert left_over, "no kill came in the middle of a write, so this test has shown nothing"


def referred_to(database: Database) -> set[str]:
    import sqlalchemy as sa

    from physforge.database.tables import BlobWriter, VersionBlobRow

    with database.reading() as session:
        assert session.scalars(sa.select(BlobWriter.id)).all() == []
        return set(session.scalars(sa.select(VersionBlobRow.sha256)))


def contents(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_an_error_in_the_middle_leaves_no_file(store, database, tmp_path):
    store.add(dataset(), name="wave")
    before = contents(tmp_path / "home" / "store")

    def fail_midway() -> None:
        with writing_blobs(database, open_blobs(tmp_path / "home" / "store")) as writing:
            writing.put(b"one")
            writing.put(b"two")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_midway()
    assert contents(tmp_path / "home" / "store") == before
    assert referred_to(database)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.faults
@pytest.mark.parametrize("kind", ["a large file", "a small file", "a zarr folder"])
def test_a_full_disk_gets_a_sentence_and_leaves_nothing(small_disk, database, tmp_path, kind):
    store = DatabaseStore(database, open_blobs(small_disk / "store"))
    store.add(dataset(), name="wave")
    before = contents(small_disk)
    size = {"a large file": 400_000, "a small file": 100_000, "a zarr folder": 300_000}[kind]
    x = np.arange(float(size))
    ds = dataset().isel(t=0, drop=True)[["u"]].interp(x=x / size)
    ds = ds.assign(u=("x", np.random.default_rng(0).normal(size=size)))
    if kind == "a zarr folder":
        ds.chunk({"x": 1000}).to_zarr(tmp_path / "run.zarr", zarr_format=3, consolidated=False)
        path = tmp_path / "run.zarr"
    else:
        np.savez(tmp_path / "run.npz", x=x, u=ds["u"])
        path = tmp_path / "run.npz"
    with pytest.raises(StoreError, match="disk is full; make room"):
        store.add(path)
    store.collect_garbage()
    assert contents(small_disk) == before
    assert [one.name for one in store.list()] == ["wave"]
    assert store.open("wave").sizes == {"t": 11, "x": 21}
    assert referred_to(database) == set(LocalBlobs(small_disk / "store").blobs())


@pytest.mark.faults
def test_a_full_disk_under_the_database_gets_a_sentence(small_disk, tmp_path):
    database = Database.open(f"sqlite:///{small_disk}/physforge.sqlite")
    store = DatabaseStore(database, open_blobs(tmp_path / "store"))
    fill(small_disk / "filler")

    def add_many() -> None:
        for number in range(500):
            store.add(dataset(number), name=f"wave {number}")

    with pytest.raises(DatabaseError, match="full"):
        add_many()
    names = [one.name for one in store.list()]
    (small_disk / "filler").unlink()
    for name in names:
        assert store.open(name).sizes == {"t": 11, "x": 21}
    store.collect_garbage()
    assert set(LocalBlobs(tmp_path / "store").blobs()) == referred_to(database)
    database.close()


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"0" * 4096)
        except OSError:
            return


class Meddling(LocalBlobs):
    """Appends to the source while it is copied."""

    source = Path()

    def write(self, temporary, source, description=""):
        written = super().write(temporary, source, description)
        with self.source.open("a") as stream:
            stream.write("2,3\n")
        return written


@pytest.mark.parametrize("size", [10, 200_000])
def test_a_file_that_changes_while_it_is_read_is_refused(database, tmp_path, size):
    path = tmp_path / "run.csv"
    path.write_text("t,u\n" + "".join(f"{row},{row}\n" for row in range(size)))
    blobs = Meddling(tmp_path / "home" / "store")
    blobs.source = path
    with pytest.raises(DatasetError, match=r"run\.csv: it changed while it was read"):
        DatabaseStore(database, blobs).add(path)
    assert blobs.temporaries() == []
    assert blobs.blobs() == {}
    assert referred_to(database) == set()


def test_what_grows_after_the_copy_is_not_part_of_it(store, tmp_path):
    path = tmp_path / "run.csv"
    path.write_text("t,u\n0,1\n1,2\n")
    store.add(path)
    with path.open("a") as stream:
        stream.write("2,3\n")
    assert store.open("run").sizes == {"t": 2}
    assert store.add(path).number == 2
