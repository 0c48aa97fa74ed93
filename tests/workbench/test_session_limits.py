import os
import resource
import subprocess
import sys

import pytest

from physforge.workbench.session_limits import chosen_cores, limit_environment, limiter
from physforge.workbench.site_settings import Profile


def test_a_session_without_a_lease_sees_no_gpu():
    environment = limit_environment(Profile(name="a", title="A"), [])
    assert environment["CUDA_VISIBLE_DEVICES"] == ""
    assert environment["NVIDIA_VISIBLE_DEVICES"] == "void"


def test_a_session_sees_the_gpus_that_it_leased():
    assert limit_environment(Profile(name="a", title="A", gpus=2), ["3", "5"])["CUDA_VISIBLE_DEVICES"] == "3,5"


def test_libraries_start_as_many_threads_as_there_are_cores():
    environment = limit_environment(Profile(name="a", title="A", cores=3, memory_gib=2), [])
    assert environment["OMP_NUM_THREADS"] == "3"
    assert environment["MEM_LIMIT"] == str(2 * 2**30)


@pytest.mark.parametrize(
    ("count", "start", "expected"), [(None, 1, [0, 1, 2, 3]), (9, 1, [0, 1, 2, 3]), (2, 0, [0, 1]), (2, 1003, [0, 3])]
)
def test_sessions_are_spread_over_the_cores(count, start, expected):
    assert chosen_cores([0, 1, 2, 3], count, start) == expected


def test_the_limits_hold_in_a_new_process():
    show = "import os, resource; print(len(os.sched_getaffinity(0)), resource.getrlimit(resource.RLIMIT_DATA)[1])"
    limit = limiter(Profile(name="a", title="A", cores=1, memory_gib=1), 7)
    done = subprocess.run([sys.executable, "-c", show], preexec_fn=limit, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", str(2**30)]


def test_memory_beyond_the_limit_is_refused_to_the_process():
    limit = limiter(Profile(name="a", title="A", memory_gib=0.25), 0)
    done = subprocess.run(
        [sys.executable, "-c", "bytearray(2**29)"], preexec_fn=limit, capture_output=True, text=True, check=False
    )
    assert "MemoryError" in done.stderr
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] == resource.RLIM_INFINITY
    assert os.sched_getaffinity(0)
