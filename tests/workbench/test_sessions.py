import os
import stat

from physforge.workbench import sessions


def test_the_environments_programs_come_first():
    assert sessions.session_path().split(os.pathsep)[0].endswith("bin")


def test_a_home_is_private_and_holds_the_notebooks(tmp_path):
    home = tmp_path / "ada"
    sessions.prepare_home(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert (home / "notebooks" / "01_quickstart.ipynb").is_file()


def test_a_notebook_that_the_user_changed_stays(tmp_path):
    sessions.prepare_home(tmp_path)
    notebook = tmp_path / "notebooks" / "01_quickstart.ipynb"
    notebook.write_text("mine")
    sessions.prepare_home(tmp_path)
    assert notebook.read_text() == "mine"


def test_pages_of_clusters_are_part_of_the_session(plan):
    link = sessions.session_environment(plan)["DASK_GATEWAY__PUBLIC_ADDRESS"]
    assert link.format(JUPYTERHUB_SERVICE_PREFIX="/user/ada/") == "http://127.0.0.1:21000/user/ada/physforge"
    (plan.state.home / "workbench.yaml").write_text("identity: {address: 'https://lab.example.org/'}")
    link = sessions.session_environment(plan)["DASK_GATEWAY__PUBLIC_ADDRESS"]
    assert link.format(JUPYTERHUB_SERVICE_PREFIX="/user/ada/") == "https://lab.example.org/user/ada/physforge"
