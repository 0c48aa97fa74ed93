from pathlib import Path

import pytest

from physforge.errors import SettingsError
from physforge.settings import Settings


def test_the_environment_names_the_folders(tmp_path):
    settings = Settings.from_environment({"PHYSFORGE_HOME": str(tmp_path), "PHYSFORGE_DATA_CACHE": str(tmp_path)})
    assert settings == Settings(home=tmp_path, data_cache=tmp_path)
    assert settings.download_folder.parent == tmp_path


def test_without_variables_there_is_a_home_and_no_cache():
    settings = Settings.from_environment({})
    assert settings.home.is_absolute()
    assert settings.home.name == "physforge"
    assert settings.data_cache is None


def test_a_relative_home_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Settings.from_environment({"PHYSFORGE_HOME": "state"}).home == tmp_path / "state"


def test_a_file_is_no_home(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"PHYSFORGE_HOME is .*which is a file"):
        Settings.from_environment({"PHYSFORGE_HOME": str(tmp_path / "file")})


def test_nothing_is_created_by_looking(tmp_path):
    home = tmp_path / "state"
    Settings.from_environment({"PHYSFORGE_HOME": str(home)})
    assert not Path(home).exists()
