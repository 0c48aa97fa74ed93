"""Settings of a job, from a file and from the command line."""

import json

import pytest

from physforge.cli.config_reading import read_config
from physforge.errors import JobError


def test_yaml_and_json_say_the_same(tmp_path):
    config = {"dataset": "burgers", "library": {"polynomial": 3}, "symmetries": ["x -> -x"], "units": True}
    (tmp_path / "c.json").write_text(json.dumps(config))
    (tmp_path / "c.yaml").write_text(
        "dataset: burgers\nlibrary:\n  polynomial: 3\nsymmetries:\n  - 'x -> -x'\nunits: true\n"
    )
    assert read_config(tmp_path / "c.json", []) == read_config(tmp_path / "c.yaml", []) == config


def test_the_command_line_goes_before_the_file(tmp_path):
    (tmp_path / "c.yaml").write_text("dataset: burgers\nlibrary:\n  polynomial: 3\n  derivatives: 4\n")
    settings = ["library.polynomial=2", "method=weak", "rtol=1e-6", "units=true", 'target=["u_t"]', "x.y.z=a=b"]
    assert read_config(tmp_path / "c.yaml", settings) == {
        "dataset": "burgers",
        "library": {"polynomial": 2, "derivatives": 4},
        "method": "weak",
        "rtol": 1e-6,
        "units": True,
        "target": ["u_t"],
        "x": {"y": {"z": "a=b"}},
    }


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("c.yaml", "dataset: !!python/object/apply:os.system [ls]", "tag"),
        ("c.yaml", "a: &x 1\nb: *x", "anchors"),
        ("c.yaml", "- burgers", "holds no settings"),
        ("c.yaml", "dataset: a\ndataset: b", "dataset"),
        ("c.json", "{", "is no JSON"),
        ("c.json", "[" * 100_000, "is no JSON"),
        ("c.json", "[1]", "holds no settings"),
        ("c.json", '"' + "x" * 2**20 + '"', "larger"),
    ],
)
def test_a_bad_file_is_refused_by_its_name(tmp_path, name, content, said):
    (tmp_path / name).write_text(content)
    with pytest.raises(JobError, match=name) as refused:
        read_config(tmp_path / name, [])
    assert said in str(refused.value)
    assert "catalog" not in str(refused.value)


@pytest.mark.parametrize("name", ["none.yaml", "none.json"])
def test_a_missing_file_is_named(tmp_path, name):
    with pytest.raises(JobError, match=name):
        read_config(tmp_path / name, [])


@pytest.mark.parametrize(
    ("setting", "said"),
    [("dataset", "name=value"), ("=burgers", "name=value"), ("a=[1,", "is no JSON"), ("a=1", None)],
)
def test_a_setting_is_a_name_and_a_value(setting, said):
    if said is None:
        assert read_config(None, [setting]) == {"a": 1}
        return
    with pytest.raises(JobError, match=said):
        read_config(None, [setting])


def test_a_setting_inside_a_plain_value_is_refused():
    with pytest.raises(JobError, match="no settings of its own"):
        read_config(None, ["library=3", "library.polynomial=2"])
