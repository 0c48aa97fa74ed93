"""Opening by name, path or address."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import physforge as pf
from physforge.errors import DatasetError, UnknownDatasetError
from physforge.settings import Settings
from physforge.workspace import Workspace

CONTENT = "t,u\n0,1\n1,2\n"


def test_a_name_a_text_path_and_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run7.csv").write_text(CONTENT)
    assert dict(pf.open_dataset("lynx-hare").sizes) == {"t": 21}
    assert pf.open_dataset("run7.csv", units={"u": "mm"})["u"].attrs["units"] == "mm"
    assert list(pf.open_dataset(tmp_path / "run7.csv", dims=("t",)).data_vars) == ["u"]


def test_a_catalog_name_goes_before_a_file_and_a_dot_asks_for_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lynx-hare").write_text(CONTENT)
    assert pf.open_dataset("lynx-hare").sizes["t"] == 21
    assert pf.open_dataset("./lynx-hare", format="csv").sizes["t"] == 2
    assert pf.open_dataset(Path("lynx-hare"), format="csv").sizes["t"] == 2


def test_neither_a_name_nor_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        UnknownDatasetError, match=r"no file lynx-hair.*no data set 'lynx-hair'; the nearest are lynx-hare"
    ):
        pf.open_dataset("lynx-hair")
    with pytest.raises(UnknownDatasetError, match=r"no file run8\.csv"):
        pf.open_dataset("run8.csv")
    with pytest.raises(DatasetError, match=r"no file .*run8\.csv"):
        pf.open_dataset(Path("run8.csv"))


@pytest.mark.parametrize("address", ["http://example.org/run.csv", "file:///etc/passwd", "s3://bucket/run.csv"])
def test_only_https_addresses_are_opened(address: str) -> None:
    with pytest.raises(DatasetError, match="https://"):
        pf.open_dataset(address)


def test_an_address_downloaded_before_is_checked_against_the_hash_given(tmp_path: Path) -> None:
    address = "https://127.0.0.1:9/run.csv"
    workspace = Workspace(tmp_path)
    kept = workspace.settings.download_folder / "addresses" / hashlib.sha256(address.encode()).hexdigest()[:16]
    kept.mkdir(parents=True)
    (kept / "run.csv").write_text(CONTENT)
    assert workspace.open_dataset(address, sha256=hashlib.sha256(CONTENT.encode()).hexdigest()).sizes["t"] == 2
    with pytest.raises(DatasetError, match="not the registered file"):
        workspace.open_dataset(address, sha256="0" * 64)


def test_home_and_settings(tmp_path: Path) -> None:
    assert Workspace(tmp_path / "here").settings.home == tmp_path / "here"
    assert not (tmp_path / "here").exists()
    settings = Settings(home=tmp_path / "there", data_cache=tmp_path)
    assert Workspace(settings=settings).settings == settings
    assert "there" in repr(Workspace(settings=settings))
    workspace = Workspace(tmp_path / "here", settings=settings)
    assert workspace.settings == Settings(home=tmp_path / "here", data_cache=tmp_path)
    assert workspace.catalog is workspace.catalog


def test_the_claimed_equation_is_carried() -> None:
    assert "Lotka-Volterra" in pf.open_dataset("lynx-hare").attrs["equation"]
