"""The command line: results on standard output, one sentence and an exit code for errors."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("physforge")


def test_the_catalog_is_listed(physforge):
    code, out, _ = physforge("dataset", "list")
    assert code == 0
    assert "lynx-hare" in out
    assert "burgers" in out


def test_the_catalog_is_searched(physforge):
    _, out, _ = physforge("dataset", "list", "hare", "--json")
    assert [entry["name"] for entry in json.loads(out)] == ["lynx-hare"]


def test_a_data_set_is_described(physforge):
    code, out, _ = physforge("dataset", "show", "lynx-hare", "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["axes"]["t"] == {"size": 21, "first": 1900.0, "last": 1920.0, "units": facts["axes"]["t"]["units"]}
    assert facts["fields"]["hare_thousands"]["max"] == 77.4


def test_a_description_for_people_names_fields_and_axes(physforge):
    _, out, _ = physforge("dataset", "show", "lynx-hare")
    assert "hare_thousands" in out
    assert "1900" in out


def test_lynx_and_hare_give_two_equations_that_21_points_cannot_settle(physforge):
    code, out, _ = physforge("discover", "lynx-hare")
    assert code == 0
    assert "hare_thousands_t = " in out
    assert "lynx_thousands_t = " in out
    assert "21 points cannot settle the form" in out


def test_discovery_as_json_says_the_same(physforge):
    _, out, _ = physforge("discover", "lynx-hare", "--json")
    facts = json.loads(out)
    assert set(facts["equations"]) == {"hare_thousands_t", "lynx_thousands_t"}
    assert facts["status"] != "ok"
    assert any("21 points cannot settle" in text for text in facts["diagnostics"])


@pytest.mark.skipif("PHYSFORGE_DATA_CACHE" not in os.environ, reason="PHYSFORGE_DATA_CACHE names no folder")
def test_the_published_burgers_file_gives_burgers_equation_to_two_percent(physforge):
    path = Path(os.environ["PHYSFORGE_DATA_CACHE"]) / "fields" / "burgers.mat"
    code, out, _ = physforge("discover", str(path), "--json")
    (equation,) = json.loads(out)["equations"].values()
    assert code == 0
    assert equation["terms"].keys() == {"u*u_x", "u_xx"}
    assert equation["terms"]["u*u_x"] == pytest.approx(-1.0, rel=0.02)
    assert equation["terms"]["u_xx"] == pytest.approx(0.1, rel=0.02)


def test_a_result_is_kept_where_asked(physforge, tmp_path):
    from physforge.discovery import DiscoveryResult

    physforge("discover", "lynx-hare", "--save", "kept")
    kept = DiscoveryResult.load(tmp_path / "kept")
    assert set(kept.equations) == {"hare_thousands_t", "lynx_thousands_t"}


BAD_FILES = {
    "a wrong delimiter": ("wrong.csv", "t|u\n0|1\n1|2\n2|3\n"),
    "ragged rows": ("ragged.csv", "t,u\n0,1\n1,2,3\n2,3\n"),
    "an empty column": ("empty.csv", "t,u,v\n0,1,\n1,2,\n2,3,\n"),
    "duplicate times": ("twice.csv", "t,u\n0,1\n1,2\n1,3\n2,4\n"),
    "time that runs back": ("back.csv", "t,u\n0,1\n2,2\n1,3\n3,4\n"),
    "one row": ("one.csv", "t,u\n0,1\n"),
    "text among numbers": ("text.csv", "t,u\n0,1\n1,two\n2,3\n"),
    "no rows": ("none.csv", ""),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_file_ends_with_two_and_names_itself(physforge, tmp_path, what):
    name, text = BAD_FILES[what]
    (tmp_path / name).write_text(text)
    code, out, err = physforge("discover", name, "--save", "kept")
    assert code == 2
    assert out == ""
    assert name in err
    assert "Traceback" not in err
    assert not (tmp_path / "kept").exists()
    assert not (tmp_path / "home").exists()


def test_text_among_numbers_is_named_with_line_and_variable(physforge, tmp_path):
    (tmp_path / "text.csv").write_text("t,u\n0,1\n1,two\n2,3\n")
    _, _, err = physforge("discover", "text.csv")
    assert "line 3" in err
    assert "u" in err
    assert "two" in err


def test_a_missing_file_is_named(physforge):
    code, _, err = physforge("dataset", "show", "nowhere/run7.csv")
    assert code == 2
    assert "nowhere/run7.csv" in err


def test_an_unknown_name_comes_with_the_nearest_ones(physforge):
    code, _, err = physforge("discover", "burgrs")
    assert code == 2
    assert "burgers" in err


def test_wrong_usage_ends_with_two():
    done = subprocess.run([PROGRAM, "discover"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Missing argument" in done.stderr


def test_a_missing_workbench_extra_says_what_to_install(physforge, monkeypatch):
    monkeypatch.setitem(sys.modules, "psutil", None)
    for name in [name for name in sys.modules if name.startswith("physforge.workbench")]:
        monkeypatch.delitem(sys.modules, name)
    code, _, err = physforge("status")
    assert code == 2
    assert "pip install 'physforge[workbench]'" in err


def test_doctor_names_a_port_that_is_held(physforge):
    import socket

    from physforge.workbench.ports import DEFAULT_BASE, can_bind

    if not can_bind(DEFAULT_BASE):
        code, out, _ = physforge("doctor", "--json")
    else:
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(("127.0.0.1", DEFAULT_BASE))
            server.listen(1)
            code, out, _ = physforge("doctor", "--json")
    findings = {one["topic"]: one for one in json.loads(out)}
    assert code == 1
    assert findings[f"port {DEFAULT_BASE}"]["verdict"] == "problem"
    assert findings["python"]["verdict"] == "ok"
    assert findings["other users"]["verdict"] in {"ok", "note"}
