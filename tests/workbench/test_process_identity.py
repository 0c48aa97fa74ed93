import subprocess
import sys
import time

from physforge.workbench.process_identity import identity_of


def test_a_process_keeps_its_identity_and_no_other_has_it():
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as one:
        first = identity_of(one.pid)
        assert first == identity_of(one.pid)
        # Starts are told apart by the kernel's ticks, of which there are a hundred a second.
        time.sleep(0.05)
        with subprocess.Popen(command, stdin=subprocess.PIPE) as other:
            assert identity_of(other.pid) != first
            other.communicate(b"\n")
        one.communicate(b"\n")
    assert identity_of(one.pid) is None
