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


@pytest.mark.parametrize(
    "chosen",
    [
        {"worker_cores": 0},
        {"worker_cores": os.cpu_count() + 1},
        {"worker_memory": 0.1},
        {"worker_memory": 1e6},
        {"image": "mine"},
    ],
)
def test_what_the_machine_does_not_have_is_refused(chosen):
    with pytest.raises(ValueError, match=r".+"):
        configured(**chosen)
