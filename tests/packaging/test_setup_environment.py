"""The script that builds a checkout's environment explains itself when it cannot."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "physforge_lib" / "setup_environment.py"


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("setup_environment", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_this_interpreter_is_good_enough(script):
    script.check_interpreter()


def test_an_old_python_gets_a_sentence(script, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(script.SetupError, match=r"needs Python 3\.11 or newer; .* is 3\.9"):
        script.check_interpreter()


def test_a_python_without_venv_gets_a_sentence(script, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(script.SetupError, match="apt-get install python3-venv"):
        script.check_interpreter()


def test_a_full_disk_gets_a_sentence(script, tmp_path):
    with pytest.raises(script.SetupError, match="The disk is full"):
        script.check_disk(tmp_path, needed=10**18)


def test_an_interrupted_build_is_not_taken_for_a_complete_one(script, tmp_path):
    python = script.python_of(tmp_path)
    python.parent.mkdir(parents=True)
    python.touch()
    assert not script.is_ready(tmp_path, "workbench")


def test_a_complete_build_is_recognised_and_outdated_by_new_pins(script, tmp_path, monkeypatch):
    python = script.python_of(tmp_path)
    python.parent.mkdir(parents=True)
    python.touch()
    script.marker_of(tmp_path).write_text(f'{{"workbench": "{script.fingerprint("workbench")}"}}')
    assert script.is_ready(tmp_path, "workbench")
    assert not script.is_ready(tmp_path, "dev")
    monkeypatch.setattr(script, "fingerprint", lambda _extra: "other pins")
    assert not script.is_ready(tmp_path, "workbench")


def test_a_copy_is_outdated_by_any_change_of_the_checkout(script, tmp_path, monkeypatch):
    checkout, environment = tmp_path / "checkout", tmp_path / "environment"
    environment.mkdir()
    (checkout / "hub_config").mkdir(parents=True)
    (checkout / "hub_config" / "jupyterhub_config.py").write_text("first")
    monkeypatch.setattr(script, "ROOT", checkout)
    assert not script.copy_is_ready(environment)
    script.copy_marker_of(environment).write_text(script.sources_fingerprint())
    assert script.copy_is_ready(environment)
    (checkout / "hub_config" / "jupyterhub_config.py").write_text("second")
    assert not script.copy_is_ready(environment)


def test_a_failed_step_names_the_command_and_all_that_it_said(script, capfd):
    with pytest.raises(script.SetupError, match=r"This step failed .*-c import sys"):
        script.run([sys.executable, "-c", "import sys; print('no such package'); sys.exit(3)"])
    assert "no such package" in capfd.readouterr().err


def test_a_step_that_works_is_quiet_where_there_is_no_terminal(script, capfd):
    script.run([sys.executable, "-c", "print('Collecting')"])
    assert capfd.readouterr() == ("", "")


def test_a_wrong_python_ends_make_with_one_sentence():
    done = subprocess.run(
        ["make", "--no-print-directory", "-C", str(ROOT), "up", "PYTHON="], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "PhysForge needs Python 3.11 or newer" in done.stderr
