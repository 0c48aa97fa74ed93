"""What every store of data sets is held to."""

from __future__ import annotations

import hashlib
import json
import threading
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from physforge.datasets.files import open_file, sha256_of
from physforge.datasets.store.interface import DatasetStore
from physforge.datasets.store.records import Derivation
from physforge.datasets.store.serialise import PROVENANCE
from physforge.errors import DatasetError, PhysForgeError, StaleVersionError, UnknownDatasetError

CSV = "t,u\n0,1\n0.5,3\n1,\n1.5,2\n"

BAD_NAMES = {
    "empty": "",
    "blank": "  ",
    "a path": "../outside",
    "a Windows path": "..\\outside",
    "an absolute path": "/etc/passwd",
    "dots": "..",
    "NUL": "run\x00.csv",
    "a line end": "run\n7",
    "right-to-left override": "run\u202efdp",
    "right-to-left mark": "run\u200f",
    "zero width": "ru\u200bn",
    "half a character": "run\ud800",
    "256 bytes": "é" * 128,
    "a version": "run@2",
    "an id": "8b0d9f0e-6e0c-4a51-9d0a-4f2f1e1f8a11",
    "an address": "https://example.org/run",
}


def dataset(scale: float = 1.0) -> xr.Dataset:
    """Return a small field over t and x with a missing sample, units and attributes.

    Parameters
    ----------
    scale : float, default 1.0
        Factor of the field.

    Returns
    -------
    xarray.Dataset
        Following the conventions.
    """
    t, x = np.linspace(0, 1, 11), np.linspace(0, 2, 21)
    u = scale * np.sin(x) * np.exp(-t)[:, None]
    u[3, 4] = np.nan
    return xr.Dataset(
        {"u": (("t", "x"), u, {"units": "m/s"}), "u_sd": (("t", "x"), np.full_like(u, 0.01))},
        {"t": ("t", t, {"units": "s"}), "x": ("x", x, {"units": "mm"})},
        {"title": "wave", "licence": "CC0", "equation": "u_t = -u", "run": 7, "gains": [1.5, 2.5]},
    )


def bare(ds: xr.Dataset) -> xr.Dataset:
    """Return a dataset without what a store adds.

    Parameters
    ----------
    ds : xarray.Dataset
        As opened.

    Returns
    -------
    xarray.Dataset
        In memory.
    """
    attrs = {key: value for key, value in ds.attrs.items() if key not in (*PROVENANCE, "source")}
    return ds.load().drop_attrs(deep=False).assign_attrs(attrs)


class DatasetStoreTests:
    """Tests of a `DatasetStore`; a subclass gives the fixture `store`, fresh and empty."""

    @pytest.fixture
    def store(self) -> DatasetStore:
        """Give a fresh, empty store; to be overridden."""
        raise NotImplementedError

    @pytest.fixture
    def author(self) -> str:
        """Give who adds versions, for stores that note it themselves."""
        return "ada"

    @pytest.fixture
    def csv(self, tmp_path: Path) -> Path:
        """Write a file of four rows, with a missing sample."""
        path = tmp_path / "run7.csv"
        path.write_text(CSV)
        return path

    # Adding and opening

    def test_a_file_comes_back_with_its_hash_and_history(self, store: DatasetStore, csv: Path, author: str) -> None:
        version = store.add(csv, message="as measured", author=author)
        assert (version.name, version.number, version.reference) == ("run7", 1, "run7@1")
        assert (version.author, version.message, version.parents) == (author, "as measured", ())
        assert (version.original_name, version.format, version.size) == ("run7.csv", "csv", len(CSV))
        assert version.sha256 == hashlib.sha256(CSV.encode()).hexdigest()
        ds = store.open("run7")
        np.testing.assert_array_equal(ds["u"], [1, 3, np.nan, 2])
        assert ds.attrs["sha256"] == version.sha256
        assert (ds.attrs["store_dataset"], ds.attrs["store_version"]) == ("run7@1", version.id)
        assert ds.attrs["source"] == "run7.csv"

    def test_the_original_may_go(self, store: DatasetStore, csv: Path) -> None:
        store.add(csv)
        csv.unlink()
        assert store.open("run7").sizes == {"t": 4}

    def test_a_dataset_in_memory_comes_back_identical(self, store: DatasetStore) -> None:
        store.add(dataset(), name="wave")
        xr.testing.assert_identical(bare(store.open("wave")), dataset())

    def test_runs_and_points_come_back_identical(self, store: DatasetStore) -> None:
        t = np.linspace(0, 1, 5)
        runs = xr.Dataset(
            {"u": (("trajectory", "t"), np.outer([1.0, 2.0], t))}, {"t": t, "trajectory": [0, 1]}, {"title": "runs"}
        )
        points = xr.Dataset(
            {"u": ("point", t**2)}, {"t": ("point", t), "x": ("point", t[::-1].copy())}, {"title": "points"}
        )
        for ds in (runs, points):
            name = ds.attrs["title"]
            store.add(ds)
            opened = bare(store.open(name))
            xr.testing.assert_equal(opened, ds)
            assert set(opened.coords) == set(ds.coords)

    def test_a_dask_dataset_comes_back_equal_and_lazy(self, store: DatasetStore) -> None:
        store.add(dataset().chunk({"t": 4}), name="wave")
        opened = store.open("wave")
        assert opened["u"].chunks is not None
        xr.testing.assert_identical(bare(opened), dataset())

    def test_a_zarr_folder_is_known_by_the_hash_of_the_folder(self, store: DatasetStore, tmp_path: Path) -> None:
        folder = tmp_path / "wave.zarr"
        dataset().chunk({"t": 4}).to_zarr(folder, zarr_format=3, consolidated=False)
        version = store.add(folder)
        assert version.sha256 == sha256_of(folder)
        xr.testing.assert_identical(bare(store.open("wave")), dataset())

    def test_what_the_reader_is_told_is_remembered(self, store: DatasetStore, tmp_path: Path) -> None:
        path = tmp_path / "field.npy"
        np.save(path, np.arange(12.0).reshape(3, 4))
        coords = {"t": [0.0, 1.0, 2.0], "x": [0.0, 1.0, 2.0, 3.0]}
        store.add(path, dims=("t", "x"), units={"x": "mm"}, coords=coords, attributes={"title": "a field"})
        ds = store.open("field")
        assert dict(ds.sizes) == {"t": 3, "x": 4}
        assert ds["x"].attrs["units"] == "mm"
        assert ds.attrs["title"] == "a field"
        assert store.open("field", units={"x": "cm"})["x"].attrs["units"] == "cm"

    def test_a_missing_file_and_one_of_no_known_format_are_refused(self, store: DatasetStore, tmp_path: Path) -> None:
        (tmp_path / "run.unknown").write_text(CSV)
        for name, reason in (("none.csv", "no file"), ("run.unknown", "unknown")):
            with pytest.raises(DatasetError, match=reason):
                store.add(tmp_path / name)
        assert list(store.list()) == []

    # Versions

    def test_versions_follow_each_other(self, store: DatasetStore) -> None:
        first, second, third = (store.add(dataset(scale), name="wave") for scale in (1, 2, 3))
        assert [version.number for version in (first, second, third)] == [1, 2, 3]
        assert (second.parents, third.parents) == ((first.id,), (second.id,))
        assert list(store.versions("wave")) == [first, second, third]
        for reference in ("wave@2", second.id):
            xr.testing.assert_identical(bare(store.open(reference)), dataset(2))
        xr.testing.assert_identical(bare(store.open("wave", version=1)), dataset(1))
        assert store.get("wave") == store.get(third.dataset_id) == third

    def test_the_same_once_more_is_no_new_version(self, store: DatasetStore, csv: Path) -> None:
        first = store.add(csv)
        assert store.add(csv, message="again") == first
        assert store.add(csv, units={"u": "mm"}).number == 2
        assert store.add(csv, units={"u": "mm"}, parents=[2]).number == 3

    def test_a_version_on_a_stale_head_says_so_unless_it_branches(self, store: DatasetStore, author: str) -> None:
        store.add(dataset(1), name="wave")
        store.add(dataset(2), name="wave", author=author, message="recalibrated")
        with pytest.raises(StaleVersionError, match=rf"newer version 2, by {author} \(recalibrated\).*branch=True"):
            store.add(dataset(3), name="wave", parents=[1])
        assert len(store.versions("wave")) == 2
        branch = store.add(dataset(3), name="wave", parents=["wave@1"], branch=True)
        assert (branch.number, store.get("wave").number) == (3, 2)
        merged = store.add(dataset(4), name="wave", parents=[2, 3])
        assert (merged.parents, store.get("wave").number) == ((store.get("wave@2").id, branch.id), 4)

    def test_of_many_that_add_at_once_none_is_lost_or_overwritten(self, store: DatasetStore) -> None:
        store.add(dataset(), name="wave")
        outcomes: list[int | None] = []

        def add(scale: int) -> None:
            try:
                outcomes.append(store.add(dataset(scale), name="wave", message=str(scale)).number)
            except StaleVersionError:
                outcomes.append(None)

        threads = [threading.Thread(target=add, args=(scale,)) for scale in range(2, 8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        versions = store.versions("wave")
        added = sorted(number for number in outcomes if number is not None)
        assert len(outcomes) == 6
        assert added == list(range(2, 2 + len(added)))
        assert added, "one of them must get through"
        assert [version.parents for version in versions[1:]] == [(before.id,) for before in versions[:-1]]
        for version in versions[1:]:
            xr.testing.assert_identical(bare(store.open(version.id)), dataset(int(version.message)))

    def test_of_many_that_make_a_data_set_at_once_one_does(self, store: DatasetStore) -> None:
        outcomes: list[str] = []

        def add(scale: int) -> None:
            try:
                outcomes.append(store.add(dataset(scale), name="wave").name)
            except StaleVersionError:
                outcomes.append("stale")

        threads = [threading.Thread(target=add, args=(scale,)) for scale in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == 4
        assert len(store.list()) == 1
        assert len(store.versions("wave")) == outcomes.count("wave")

    def test_parents_and_sources_must_exist(self, store: DatasetStore, csv: Path) -> None:
        store.add(csv)
        with pytest.raises(DatasetError, match="no versions to go on from"):
            store.add(csv, name="other", parents=[1])
        with pytest.raises(UnknownDatasetError, match="no version 5; it has 1 to 1"):
            store.add(csv, parents=[5])
        with pytest.raises(UnknownDatasetError, match="no data set 'none'"):
            store.add(csv, name="other", derived_from="none")
        store.add(dataset(), name="wave")
        with pytest.raises(DatasetError, match="derived_from='wave'"):
            store.add(csv, name="run7", parents=["wave"])

    # Names

    @pytest.mark.parametrize("what", BAD_NAMES)
    def test_bad_names_are_refused(self, store: DatasetStore, csv: Path, what: str) -> None:
        with pytest.raises(DatasetError, match="name"):
            store.add(csv, name=BAD_NAMES[what])
        assert list(store.list()) == []

    def test_names_that_look_the_same_are_the_same(self, store: DatasetStore, csv: Path) -> None:
        composed, apart = (unicodedata.normalize(form, "Résonance Å") for form in ("NFC", "NFD"))
        assert composed != apart
        store.add(csv, name=apart)
        assert store.add(csv, name=composed, message="twin").number == 1
        assert [one.name for one in store.list()] == [composed]
        assert store.open(apart).attrs["store_dataset"] == f"{composed}@1"

    def test_a_name_may_have_255_bytes_and_a_file_any_name(self, store: DatasetStore, tmp_path: Path) -> None:
        path = tmp_path / "..%2f $(touch x);\u202e.csv"
        path.write_text(CSV)
        version = store.add(path, name="é" * 127 + "e")
        assert version.original_name == path.name
        assert store.open(version.name).sizes == {"t": 4}

    def test_an_unknown_name_comes_with_the_nearest(self, store: DatasetStore, csv: Path) -> None:
        store.add(csv, name="lynx-hare")
        with pytest.raises(UnknownDatasetError, match="nearest are lynx-hare"):
            store.open("lynx-hair")
        with pytest.raises(UnknownDatasetError, match="no version 2"):
            store.open("lynx-hare@2")

    # Looking

    def test_lists_and_searches(self, store: DatasetStore, csv: Path) -> None:
        store.add(dataset(), name="wave", message="from the tank")
        store.add(csv, attributes={"source": "Instrument 7"})
        store.add(csv, units={"u": "mm"})
        assert [(one.name, one.versions) for one in store.list()] == [("run7", 2), ("wave", 1)]
        assert [one.name for one in store.search("TANK from")] == ["wave"]
        assert [one.name for one in store.search("run7.csv")] == ["run7"]
        assert list(store.search("tank instrument")) == []
        store.describe("wave")
        assert [one.name for one in store.search("u_sd")] == ["wave"]

    def test_fields_are_described(self, store: DatasetStore) -> None:
        store.add(dataset(), name="wave")
        for _ in range(2):
            found = store.describe("wave")
            fields = {field.name: field for field in found.fields}
            u = dataset()["u"].to_numpy()
            assert (fields["u"].dims, fields["u"].shape, fields["u"].units) == (("t", "x"), (11, 21), "m/s")
            figures = np.array(
                [fields["u"].minimum, fields["u"].maximum, fields["u"].mean, fields["u"].sd], dtype=float
            )
            np.testing.assert_allclose(figures, [np.nanmin(u), np.nanmax(u), np.nanmean(u), np.nanstd(u)], rtol=1e-12)
            assert (fields["u"].missing, fields["t"].role, fields["t"].units) == (1, "axis", "s")
            assert any(finding["topic"] == "axis t" for finding in found.findings)
            assert found.attributes["licence"] == "CC0"
        json.dumps(found.to_dict(), allow_nan=False)

    def test_a_preview_can_be_drawn(self, store: DatasetStore) -> None:
        x = np.linspace(0, 1, 500)
        wide = xr.Dataset({"u": (("t", "x"), np.outer(x[:300], x))}, {"t": x[:300], "x": x}, {"title": "wide"})
        store.add(wide)
        for _ in range(2):
            shown = store.preview("wide")
            (field,) = shown["fields"]
            values = np.array(field["values"])
            assert values.shape == (60, 63)
            assert len(json.dumps(shown, allow_nan=False)) < 100_000
            t, x_shown = (np.array(field["axes"][name]["values"]) for name in ("t", "x"))
            np.testing.assert_allclose(values, np.outer(t, x_shown), rtol=1e-4, atol=1e-6)

    def test_lineage_leads_back_to_the_bytes(self, store: DatasetStore, csv: Path) -> None:
        raw = store.add(csv, message="as measured")
        store.add(csv, message="with units", units={"u": "mm"})
        smooth = store.add(
            dataset(), name="smooth", derived_from=Derivation("run7", "differentiate", {"method": "gp", "order": 2})
        )
        derived = store.open("smooth").map(np.square)
        derived.attrs = store.open("smooth").attrs
        energy = store.add(derived, name="energy")
        graph = store.lineage("energy")
        assert graph.root == energy.id
        assert [version.id for version in graph.raw] == [raw.id]
        assert graph.raw[0].sha256 == hashlib.sha256(CSV.encode()).hexdigest()
        edges = {(edge.child, edge.kind, edge.operation) for edge in graph.edges}
        assert (smooth.id, "derived", "differentiate") in edges
        assert (energy.id, "derived", "") in edges
        (how,) = (edge.settings for edge in graph.edges if edge.operation)
        assert how == {"method": "gp", "order": 2}
        assert "run7.csv" in str(graph)
        json.dumps(graph.to_dict())

    # Trash

    def test_the_trash_can_be_undone(self, store: DatasetStore, csv: Path) -> None:
        version = store.add(csv)
        assert store.remove("run7").removed is not None
        assert list(store.list()) == []
        assert list(store.search("run7")) == []
        with pytest.raises(UnknownDatasetError, match="in the trash; restore it first"):
            store.open("run7")
        assert [one.name for one in store.trash()] == ["run7"]
        assert store.collect_garbage(grace_s=0).blobs == 0
        assert store.restore("run7").head == version
        assert list(store.trash()) == []
        assert store.open("run7").sizes == {"t": 4}

    def test_a_taken_name_is_not_restored_over(self, store: DatasetStore, csv: Path) -> None:
        store.add(csv)
        store.remove("run7")
        store.add(dataset(), name="run7")
        with pytest.raises(DatasetError, match="another data set 'run7' now; restore this one under a new name"):
            store.restore("run7")
        store.restore("run7", name="old run")
        assert [one.name for one in store.list()] == ["old run", "run7"]
        assert store.open("old run").sizes == {"t": 4}

    def test_emptied_trash_is_garbage_after_the_grace_time(self, store: DatasetStore, csv: Path) -> None:
        store.add(csv)
        store.add(dataset(), name="wave")
        store.remove("run7")
        assert [one.name for one in store.empty_trash()] == ["run7"]
        assert list(store.trash()) == []
        with pytest.raises(UnknownDatasetError):
            store.restore("run7")
        assert store.collect_garbage(grace_s=60).blobs == 0
        found = store.collect_garbage(grace_s=0)
        assert (found.blobs, found.freed) == (1, len(CSV))
        xr.testing.assert_identical(bare(store.open("wave")), dataset())
        assert store.add(csv).number == 1
        assert store.open("run7").sizes == {"t": 4}

    def test_bytes_that_another_version_uses_are_no_garbage(self, store: DatasetStore, csv: Path) -> None:
        store.add(csv)
        store.add(csv, name="copy")
        store.remove("run7")
        store.empty_trash("run7")
        assert store.collect_garbage(grace_s=0).blobs == 0
        assert store.open("copy").sizes == {"t": 4}

    def test_lineage_still_names_what_was_deleted(self, store: DatasetStore, csv: Path) -> None:
        store.add(csv)
        store.add(dataset(), name="wave", derived_from="run7")
        store.remove("run7")
        store.empty_trash()
        store.collect_garbage(grace_s=0)
        assert "run7@1 (deleted)" in str(store.lineage("wave"))

    # Storage

    def test_one_changed_chunk_costs_that_chunk(self, store: DatasetStore) -> None:
        ds = xr.Dataset(
            {"u": (("t", "x"), np.random.default_rng(0).normal(size=(64, 512)))},
            {"t": np.arange(64.0), "x": np.arange(512.0)},
            {"title": "field"},
        ).chunk({"t": 1})
        store.add(ds)
        before = store.collect_garbage().kept
        assert before > 64
        changed = ds.load().copy(deep=True)
        changed["u"][7, 100] += 1
        second = store.add(changed.chunk({"t": 1}))
        assert store.collect_garbage().kept - before <= 2
        xr.testing.assert_equal(store.open(second.id).load(), changed)

    # Export

    def test_the_original_bytes_are_exported(self, store: DatasetStore, csv: Path, tmp_path: Path) -> None:
        store.add(csv)
        assert store.export("run7", tmp_path / "copy.csv").read_bytes() == CSV.encode()
        folder = tmp_path / "wave.zarr"
        dataset().chunk({"t": 4}).to_zarr(folder, zarr_format=3, consolidated=False)
        store.add(folder)
        assert sha256_of(store.export("wave", tmp_path / "copy.zarr")) == sha256_of(folder)

    @pytest.mark.parametrize(("format_", "suffix"), [("netcdf", ".nc"), ("hdf5", ".h5"), ("csv", ".csv")])
    def test_other_formats_are_exported(self, store: DatasetStore, tmp_path: Path, format_: str, suffix: str) -> None:
        store.add(dataset(), name="wave")
        path = store.export("wave", tmp_path / f"copy{suffix}", format_)
        xr.testing.assert_equal(open_file(path), dataset())

    def test_an_unknown_format_is_refused(self, store: DatasetStore, csv: Path, tmp_path: Path) -> None:
        store.add(csv)
        with pytest.raises(DatasetError, match="original, netcdf"):
            store.export("run7", tmp_path / "copy", "parquet")
        assert not (tmp_path / "copy").exists()

    def test_an_rocrate_holds_bytes_fields_and_history(
        self, store: DatasetStore, csv: Path, tmp_path: Path, author: str
    ) -> None:
        store.add(csv, author=author)
        raw = store.add(csv, units={"u": "mm"}, message="with units", author=author)
        store.add(dataset().chunk({"t": 4}), name="wave", derived_from=Derivation("run7", "smooth", {"order": 2}))
        crate = store.export_rocrate(["run7", "wave"], tmp_path / "crate")
        graph = {one["@id"]: one for one in json.loads((crate / "ro-crate-metadata.json").read_text())["@graph"]}
        assert (crate / "data" / "1.csv").read_bytes() == CSV.encode()
        xr.testing.assert_equal(open_file(crate / "data" / "2.zarr"), dataset())
        entry = graph["data/1.csv"]
        assert (entry["name"], entry["sha256"], graph[entry["author"]["@id"]]["name"]) == ("run7", raw.sha256, author)
        fields = [graph[one["@id"]] for one in entry["variableMeasured"]]
        assert [(one["name"], one.get("unitText"), one["maxValue"]) for one in fields] == [
            ("t", None, 1.5),
            ("u", "mm", 3.0),
        ]
        (made,) = (one for one in graph.values() if one["@type"] == "CreateAction")
        assert (made["name"], json.loads(made["description"])) == ("smooth", {"order": 2})
        assert (made["object"], made["result"]) == ([{"@id": "data/1.csv"}], [{"@id": "data/2.zarr/"}])
        (before,) = (graph[one["@id"]] for one in entry["isBasedOn"])
        assert (before["version"], before["sha256"]) == ("1", raw.sha256)

    def test_plain_intake_reads_the_catalog(self, store: DatasetStore, csv: Path, tmp_path: Path) -> None:
        from intake.readers.entry import Catalog

        store.add(csv, units={"u": "mm"}, attributes={"title": "a {env(HOME)} title"})
        store.add(dataset().chunk({"t": 4}), name="wave")
        store.export_intake_catalog(tmp_path / "shared")
        moved = (tmp_path / "shared").rename(tmp_path / "moved")
        text = (moved / "catalog.yaml").read_text()
        assert "env(HOME)" in text
        assert "{env" not in text
        catalog = Catalog.from_yaml_file(str(moved / "catalog.yaml"))
        assert list(catalog) == ["run7", "wave"]
        with catalog["run7"].read() as run:
            np.testing.assert_array_equal(run["u"], [1, 3, np.nan, 2])
            assert run["u"].attrs["units"] == "mm"
        with catalog["wave"].read() as wave:
            xr.testing.assert_equal(wave.load(), dataset())

    def test_every_error_is_physforges_own(self, store: DatasetStore) -> None:
        for call in (store.open, store.describe, store.versions, store.lineage, store.remove, store.restore):
            with pytest.raises(PhysForgeError):
                call("nothing")
