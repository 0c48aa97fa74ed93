"""What a kernel does for the page of data sets."""

import base64
import json
import zipfile

import numpy as np
import pytest
import xarray as xr

from physforge.apps import work
from physforge.apps.acts import opening
from physforge.apps.acts.preview import preview
from physforge.apps.data.preview_picture import picture, place_of, values_of
from physforge.workspace import Workspace

T, X, Y, Z = np.linspace(0.0, 1.0, 50), np.linspace(0.0, 2.0, 300), np.linspace(0.0, 3.0, 12), np.linspace(0.0, 4.0, 5)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    opening.workspace.cache_clear()
    opening.opened.cache_clear()
    yield Workspace().store
    opening.workspace.cache_clear()
    opening.opened.cache_clear()


def axes(*names):
    whole = {"t": ("t", T, {"units": "s"}), "x": X, "y": Y, "z": Z}
    return {name: whole[name] for name in names}


def field(*names):
    total = sum(weight * np.asarray(axis) for weight, axis in zip((1, 10, 100, 1000), np.ix_(T, X, Y, Z), strict=True))
    order = dict(zip("txyz", range(4), strict=True))
    index = tuple(slice(None) if name in names else 0 for name in "txyz")
    kept = [name for name in "txyz" if name in names]
    return xr.DataArray(total[index], dims=kept, coords=axes(*kept)).transpose(*sorted(names, key=order.get))


def asked(store, ds, **choice):
    version = store.add(ds, name="run")
    return json.loads(json.dumps(preview(version.dataset_id, version.number, **choice), allow_nan=False))


def test_a_plane_over_place_and_time_keeps_both_ends(store):
    found = asked(store, xr.Dataset({"u": field("t", "x")}))
    assert (found["kind"], found["dims"]) == ("plane", ["t", "x"])
    assert (found["axes"]["x"][0], found["axes"]["x"][-1]) == (0.0, 2.0)
    values = values_of(found)
    assert values.shape == (50, 240)
    assert values[-1, -1] == pytest.approx(1.0 + 20.0)
    assert found["said"] == "Shown are 240 of 300 along x."


def test_planes_go_through_time_or_another_dim(store):
    ds = xr.Dataset({"u": field("t", "x", "y")})
    found = asked(store, ds)
    assert found["dims"] == ["t", "x", "y"]
    assert values_of(found).shape == (40, 96, 12)
    assert place_of(found, 39) == "t = 1 s"
    through = asked(store, ds, through="y")
    assert through["dims"] == ["y", "t", "x"]
    assert values_of(through)[-1, 0, 0] == pytest.approx(300.0)


def test_of_space_and_time_one_place_is_cut(store):
    ds = xr.Dataset({"u": field("t", "x", "y", "z")})
    found = asked(store, ds, at=1.0)
    assert (found["dims"], found["fixed"]) == (["t", "x", "y"], [{"dim": "z", "value": 4.0}])
    assert values_of(found)[0, 0, 0] == pytest.approx(4000.0)
    assert asked(store, ds, through="z")["fixed"][0]["dim"] == "t"


def test_the_picture_has_x_across_and_time_up(store):
    image = picture(asked(store, xr.Dataset({"u": field("t", "x")})))
    assert [str(dim) for dim in image.kdims] == ["x", "t (s)"]
    assert image.dimension_values("u", flat=False)[-1, -1] == pytest.approx(21.0)
    assert image.dimension_values("u", flat=False)[0, -1] == pytest.approx(20.0)
    plane = picture(asked(store, xr.Dataset({"u": field("t", "x", "y")})), lambda: 0)[()]
    assert [str(dim) for dim in plane.kdims] == ["x", "y"]
    assert plane.dimension_values("u", flat=False)[0, -1] == pytest.approx(20.0)


def test_curves_of_all_fields_and_of_runs(store):
    ds = xr.Dataset({"hare": ("t", T), "lynx": ("t", 2.0 * T)}, axes("t"))
    found = asked(store, ds)
    assert (found["kind"], found["names"]) == ("curves", ["hare", "lynx"])
    assert [one.label for one in picture(found)] == ["hare", "lynx"]
    runs = asked(store, xr.Dataset({"u": (("trajectory", "t"), np.outer([1.0, 2.0], T))}, axes("t")))
    assert runs["names"] == ["u, run 1", "u, run 2"]


def test_gaps_stay_gaps_and_json_has_no_nan(store):
    values = np.where(T[:, None] > 0.5, np.nan, np.add.outer(T, X))
    found = asked(store, xr.Dataset({"u": (("t", "x"), values)}, axes("t", "x")))
    assert np.isnan(values_of(found)[-1]).all()
    assert found["limits"][1] < 3.0


def test_scattered_samples_are_points(store):
    coords = {"t": ("point", T), "x": ("point", T**2)}
    found = asked(store, xr.Dataset({"u": ("point", 3.0 * T)}, coords))
    assert (found["kind"], found["dims"]) == ("points", ["t", "x"])
    assert picture(found).dimension_values("u")[-1] == pytest.approx(3.0)


def test_findings_are_words(store):
    version = store.add(xr.Dataset({"u": field("t", "x")}, attrs={"title": "A run"}), name="run")
    found = work._ACTS["findings"](data=version.dataset_id, version=1)
    assert (found["title"], found["verdict"]) == ("A run", "note")
    assert any(one["topic"] == "units" for one in found["findings"])


@pytest.mark.parametrize("format_", ["netcdf", "csv", "hdf5"])
def test_what_is_exported_is_the_same_data(store, tmp_path, format_):
    version = store.add(xr.Dataset({"u": field("t", "y")}), name="run")
    found = work._ACTS["export"](data=version.dataset_id, version=1, format=format_)
    written = tmp_path / found["path"]
    assert written.stat().st_size == found["size"]
    assert Workspace().open_dataset(written)["u"].to_numpy() == pytest.approx(field("t", "y").to_numpy())


def test_a_zarr_folder_is_packed(store, tmp_path):
    version = store.add(xr.Dataset({"u": field("t", "y")}), name="run")
    found = work._ACTS["export"](data=version.dataset_id, version=1, format="zarr")
    assert found["path"] == "exports/run-v1.zarr.zip"
    with zipfile.ZipFile(tmp_path / found["path"]) as packed:
        assert any(name.startswith("run-v1.zarr/") for name in packed.namelist())
    assert [one.name for one in (tmp_path / "exports").iterdir()] == ["run-v1.zarr.zip"]


def test_a_picture_in_space_or_what_is_missing(store):
    version = store.add(xr.Dataset({"u": field("t", "x", "y", "z")}), name="run")
    try:
        found = work._ACTS["scene"](data=version.dataset_id, version=1)
    except ImportError as error:
        assert "PyVista" in str(error)  # noqa: PT017
    else:
        assert base64.b64decode(found["poster"])[8:12] == b"WEBP"
