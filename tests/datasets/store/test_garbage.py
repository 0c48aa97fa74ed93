"""Garbage collection takes what nothing refers to, and never what somebody is about to use."""

import subprocess
import sys
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
import xarray as xr

from physforge.database import Database
from physforge.database.tables import BlobClaim, BlobWriter
from physforge.database.tables.base import now
from physforge.datasets.store import DatabaseStore, capture, open_blobs
from physforge.datasets.store.liveness import is_alive, this_process
from physforge.datasets.store.local_blobs import LocalBlobs
from physforge.datasets.store.writing import writing_blobs
from physforge.errors import StaleVersionError, StoreError
from physforge.testing.dataset_store import bare, dataset


class Collected(LocalBlobs):
    """Runs the collector between any two steps of a write."""

    def __init__(self, root, database):
        super().__init__(root)
        self._other = DatabaseStore(database, LocalBlobs(root))
        self._threads = []
        self.taken = 0

    def collect(self):
        self.taken += self._other.collect_garbage(grace_s=0).blobs

    def collect_beside(self):
        # In the transaction that enters the rows the collector has to wait, so it goes on in a thread.
        thread = threading.Thread(target=self.collect)
        thread.start()
        thread.join(0.3)
        self._threads.append(thread)

    def wait(self):
        for thread in self._threads:
            thread.join()

    def write(self, temporary, source, description=""):
        self.collect()
        written = super().write(temporary, source, description)
        self.collect()
        return written

    def publish(self, written):
        self.collect_beside()
        super().publish(written)
        self.collect_beside()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("batch", [None, 256, 2])
@pytest.mark.parametrize("is_garbage_already", [False, True])
def test_the_collector_between_any_two_steps_takes_nothing_in_use(
    request, tmp_path, monkeypatch, kind, batch, is_garbage_already
):
    """A file, a folder that is published at the end, and one that is published two files at a time."""
    sqlite = f"sqlite:///{tmp_path}/home/physforge.sqlite"
    database = Database.open(sqlite if kind == "sqlite" else request.getfixturevalue("server").new_database())
    ds = dataset() if batch is None else dataset().chunk({"t": 6})
    if batch is not None:
        monkeypatch.setattr(capture, "BATCH_FILES", batch)
    root = tmp_path / "home" / "store"
    plain = DatabaseStore(database, LocalBlobs(root))
    if is_garbage_already:
        plain.add(ds, name="old")
        plain.remove("old")
        plain.empty_trash()
    blobs = Collected(root, database)
    DatabaseStore(database, blobs).add(ds, name="new")
    blobs.wait()
    assert (blobs.taken > 0) is is_garbage_already
    blobs.collect()
    xr.testing.assert_identical(bare(plain.open("new")), dataset())
    database.close()


def test_garbage_that_is_claimed_first_is_used_again(database, tmp_path):
    root = tmp_path / "home" / "store"
    store = DatabaseStore(database, LocalBlobs(root))
    version = store.add(dataset(), name="old")
    store.remove("old")
    store.empty_trash()
    with writing_blobs(database, LocalBlobs(root)) as writing:
        writing.put(LocalBlobs(root).read(version.sha256))
        writing.publish()
        assert store.collect_garbage(grace_s=0).blobs == 0
    assert store.collect_garbage(grace_s=0).blobs == 1


def test_many_writers_and_a_collector_for_a_while(server, tmp_path):
    """On PostgreSQL, where transactions really run beside each other."""
    database = Database.open(server.new_database())
    failures: list[Exception] = []
    working = [True, True]

    def write(who: int) -> None:
        store = DatabaseStore(database, LocalBlobs(tmp_path / "store"))
        try:
            for number in range(10):
                # Both write the same few contents again and again, and throw them away.
                name = f"{who}"
                store.add(dataset(number % 3), name=name)
                store.open(name)
                store.remove(name)
                store.empty_trash(name)
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        working[who] = False

    def collect() -> None:
        store = DatabaseStore(database, LocalBlobs(tmp_path / "store"))
        try:
            while any(working):
                taken[0] += store.collect_garbage(grace_s=0).blobs
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    taken = [0]
    threads = [threading.Thread(target=write, args=(who,)) for who in (0, 1)] + [threading.Thread(target=collect)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert taken[0] > 2
    database.close()


def test_what_a_dead_process_left_is_taken_at_once(database, tmp_path):
    root = tmp_path / "home" / "store"
    code = (
        "import os, sys; from physforge.database import Database;"
        "from physforge.datasets.store.local_blobs import LocalBlobs; from pathlib import Path;"
        "from physforge.datasets.store.writing import BlobWriting;"
        "w = BlobWriting(Database.open(sys.argv[1]), LocalBlobs(Path(sys.argv[2])));"
        "w.begin(); w.put(b'published'); w.publish(); w.put(b'temporary'); os._exit(1)"
    )
    url = f"sqlite:///{tmp_path}/home/physforge.sqlite"
    subprocess.run([sys.executable, "-c", code, url, str(root)], check=False)
    blobs = LocalBlobs(root)
    assert (len(blobs.blobs()), len(blobs.temporaries())) == (1, 1)
    found = DatabaseStore(database, blobs).collect_garbage()
    assert (found.blobs, found.temporaries, found.freed) == (1, 1, len(b"published") + len(b"temporary"))


def test_what_a_living_process_is_writing_stays(database, tmp_path):
    blobs = LocalBlobs(tmp_path / "home" / "store")
    store = DatabaseStore(database, blobs)
    with writing_blobs(database, blobs) as writing:
        writing.put(b"published")
        writing.publish()
        writing.put(b"temporary")
        found = store.collect_garbage(grace_s=0)
        assert (found.blobs, found.temporaries) == (0, 0)
        assert (len(blobs.blobs()), len(blobs.temporaries())) == (1, 1)
    assert blobs.temporaries() == []
    assert store.collect_garbage().blobs == 1


@pytest.mark.parametrize(("age", "is_taken"), [(timedelta(hours=1), False), (timedelta(days=2), True)])
def test_a_writer_on_another_machine_has_a_day(database, tmp_path, age, is_taken):
    blobs = LocalBlobs(tmp_path / "home" / "store")
    store = DatabaseStore(database, blobs)
    with writing_blobs(database, blobs) as writing:
        written = writing.put(b"content")
        writing.publish()
        with database.writing() as session:
            session.execute(sa.update(BlobWriter).values(place="elsewhere", seen_at=now() - age))
        assert (store.collect_garbage().blobs == 1) is is_taken
        assert blobs.exists(written.sha256) is not is_taken


class Forgotten(LocalBlobs):
    """Takes its own writer for dead, as a collector does after a day."""

    database: Database

    def write(self, temporary, source, description=""):
        written = super().write(temporary, source, description)
        self.forget()
        return written

    def forget(self):
        with self.database.writing() as session:
            session.execute(sa.delete(BlobClaim))
            session.execute(sa.delete(BlobWriter))


def test_a_writer_that_was_given_up_registers_nothing(database, tmp_path):
    blobs = Forgotten(tmp_path / "home" / "store")
    blobs.database = database
    store = DatabaseStore(database, blobs)
    with pytest.raises(StoreError, match="nothing was registered"):
        store.add(dataset(), name="wave")
    assert list(store.list()) == []


def test_a_process_is_told_from_a_later_one_with_its_number():
    number, _, start = this_process().partition(":")
    assert is_alive(this_process())
    assert not is_alive(f"{number}:{int(start or 0) + 1}")
    assert not is_alive("4194999:1")


def test_a_lost_race_leaves_no_garbage_behind(store, database, tmp_path):
    class Overtaken(LocalBlobs):
        def write(self, temporary, source, description=""):
            written = super().write(temporary, source, description)
            if not self.done:
                self.done = True
                store.add(dataset(2), name="wave")
            return written

        done = False

    store.add(dataset(1), name="wave")
    late = DatabaseStore(database, Overtaken(tmp_path / "home" / "store"))
    with pytest.raises(StaleVersionError, match="newer version 2"):
        late.add(dataset(3), name="wave")
    assert len(store.versions("wave")) == 2
    assert LocalBlobs(tmp_path / "home" / "store").temporaries() == []
    assert store.collect_garbage().kept == 2


def test_a_store_that_is_not_there_yet_has_no_garbage(database, tmp_path):
    found = DatabaseStore(database, open_blobs(tmp_path / "nothing")).collect_garbage()
    assert (found.blobs, found.temporaries, found.freed, found.kept) == (0, 0, 0, 0)
    assert not (tmp_path / "nothing").exists()
