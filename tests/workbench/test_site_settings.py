from pathlib import Path

import pytest

from physforge.errors import SettingsError
from physforge.workbench.site_settings import Site


def write(folder: Path, text: str) -> Path:
    (folder / "workbench.yaml").write_text(text)
    return folder


def test_without_a_file_the_defaults_hold(tmp_path):
    site = Site.read(tmp_path)
    assert site.homes == Path("/home")
    assert site.existing == ()
    assert site.spawner == "local"
    assert site.servers.idle_hours == 12
    assert site.clusters.per_user == 4


def test_an_empty_file_is_no_error(tmp_path):
    assert Site.read(write(tmp_path, "")) == Site()


def test_a_file_says_what_differs(tmp_path):
    site = Site.read(
        write(
            tmp_path,
            """
            homes: /srv/homes
            existing_users: all
            gpus: ["0", "1"]
            profiles:
              - {name: small, title: Small, cores: 2, memory_gib: 4}
              - {name: gpu, title: One GPU, gpus: 1}
            """,
        )
    )
    assert site.homes == Path("/srv/homes")
    assert site.existing == ("all",)
    assert site.gpu_ids() == ["0", "1"]
    assert [profile.gpus for profile in site.profiles] == [0, 1]
    assert site.profiles[0].cores == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("homes: relative/folder", "homes: Value error, must be an absolute path"),
        ("homs: /home", "homs: Extra inputs are not permitted"),
        ("spawner: docker", "spawner: Input should be 'local', 'sudo' or 'systemd'"),
        ("profiles: [{name: A B, title: x}]", "profiles.0.name: String should match"),
        ("profiles: [{name: a, title: x}, {name: a, title: y}]", "two profiles have the same name"),
        ("clusters: {per_user: 0}", "clusters.per_user: Input should be greater than or equal to 1"),
        ("- a\n- b", "the whole file: Input should be"),
        ("a: [", "cannot be read"),
        ("!!python/object/apply:os.system ['true']", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, words):
    with pytest.raises(SettingsError, match=r"workbench\.yaml") as caught:
        Site.read(write(tmp_path, text))
    assert words in str(caught.value)
