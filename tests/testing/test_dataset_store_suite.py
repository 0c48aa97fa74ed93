"""The suite for stores of data sets notices stores that break their promises."""

import pytest

from physforge.database import Database
from physforge.datasets.store import DatabaseStore, open_blobs
from physforge.testing import DatasetStoreTests


class AlwaysBranches(DatabaseStore):
    def add(self, data, **options):
        return super().add(data, **{**options, "branch": True})


class ForgetsGrace(DatabaseStore):
    def collect_garbage(self, *, grace_s=0.0):  # noqa: ARG002
        return super().collect_garbage(grace_s=0)


SUITE = DatasetStoreTests()


@pytest.fixture
def make(tmp_path):
    opened = []

    def make(kind=DatabaseStore):
        opened.append(Database.open(f"sqlite:///{tmp_path}/home/physforge.sqlite"))
        return kind(opened[-1], open_blobs(tmp_path / "home" / "store"))

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "run7.csv"
    path.write_text("t,u\n0,1\n0.5,3\n1,\n1.5,2\n")
    return path


def test_a_store_that_keeps_its_promises_passes(make, csv):
    SUITE.test_versions_follow_each_other(make())


def test_a_store_that_never_says_stale_fails(make):
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        SUITE.test_a_version_on_a_stale_head_says_so_unless_it_branches(make(AlwaysBranches), "ada")


def test_a_store_that_forgets_the_grace_time_fails(make, csv):
    with pytest.raises(AssertionError):
        SUITE.test_emptied_trash_is_garbage_after_the_grace_time(make(ForgetsGrace), csv)
