import os

import pytest
from dask_gateway_server.models import User

from physforge.workbench.cluster_options import cluster_options


def configured(**chosen):
    options = cluster_options()
    return options.get_configuration(options.parse_options(chosen), User("ada"))


def test_without_a_choice_a_worker_is_small():
    assert configured() == {"worker_cores": 1, "worker_memory": 2 * 2**30, "environment": {}}


def test_environment_variables_reach_the_workers():
    assert configured(environment={"OMP_NUM_THREADS": 1})["environment"] == {"OMP_NUM_THREADS": "1"}


def test_scheduler_and_workers_run_in_the_chosen_python():
    chosen = configured(python="/home/ada/my optics/bin/python3")
    assert chosen["scheduler_cmd"] == ["/home/ada/my optics/bin/python3", "-m", "dask", "scheduler"]
    assert chosen["worker_cmd"] == ["/home/ada/my optics/bin/python3", "-m", "dask", "worker"]


@pytest.mark.parametrize("path", ["python", "bin/python", "~/python", "/a\nb", "/a\0b", "/\ud800", "/" + "a" * 5000])
def test_a_python_is_named_by_its_whole_path(path):
    with pytest.raises(ValueError, match="python must be the absolute path of a Python"):
        configured(python=path)


@pytest.mark.parametrize(
    "chosen",
    [
        {"python": 3},
        {"worker_cores": 0},
        {"worker_cores": os.cpu_count() + 1},
        {"worker_memory": 0.1},
        {"worker_memory": 1e6},
        {"image": "mine"},
    ],
)
def test_what_the_machine_does_not_have_is_refused(chosen):
    with pytest.raises((ValueError, TypeError), match=r".+"):
        configured(**chosen)
