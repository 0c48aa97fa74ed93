"""What is remembered holds no longer than its time, and whoever comes often does not wait for it to be renewed."""

import threading
import time

import pytest

from physforge.service.problems import RefusedError
from physforge.service.remembering import ABSENT, Remembered

SECONDS = 0.6


@pytest.fixture
def known():
    known = Remembered(SECONDS)
    yield known
    known.close()


def test_who_comes_often_is_asked_about_by_a_thread_alone(known):
    threads = []

    def ask() -> str:
        threads.append(threading.current_thread())
        return f"answer {len(threads)}"

    assert known.glance("ada", ask) is ABSENT
    assert known.find("ada", ask) == "answer 1"
    end = time.monotonic() + 3 * SECONDS
    while time.monotonic() < end:
        assert known.glance("ada", ask) is not ABSENT
        time.sleep(0.01)
    assert known.find("ada", ask) != "answer 1"
    assert threads[0] is threading.current_thread()
    assert threading.current_thread() not in threads[1:]
    # In its last part, and not at each call.
    assert 3 <= len(threads) <= 8


def test_who_does_not_come_is_not_asked_about(known):
    asked = []
    known.find("ada", lambda: asked.append(1))
    time.sleep(1.2 * SECONDS)
    assert asked == [1]
    assert known.glance("ada", lambda: None) is ABSENT


@pytest.mark.parametrize(("status", "is_kept"), [(403, False), (503, True)])
def test_a_renewal_that_is_refused_ends_the_answer_and_one_that_fails_leaves_it_its_time(known, status, is_kept):
    tried = []

    def refuse() -> str:
        tried.append(1)
        raise RefusedError(status, "kind", "No.")

    begun = time.monotonic()
    assert known.find("ada", lambda: "in") == "in"
    while known.glance("ada", refuse) is not ABSENT and time.monotonic() < begun + 5:
        time.sleep(0.005)
    lasted = time.monotonic() - begun
    assert tried
    # Never longer than its time, whatever becomes of the renewal.
    assert (lasted >= SECONDS) == is_kept
    assert lasted < SECONDS + 0.5


def test_what_was_asked_before_everything_was_forgotten_is_not_kept(known):
    asking, go_on = threading.Event(), threading.Event()

    def slow() -> str:
        asking.set()
        go_on.wait(10)
        return "before"

    thread = threading.Thread(target=known.find, args=("ada", slow))
    thread.start()
    asking.wait(10)
    known.forget()
    go_on.set()
    thread.join()
    assert known.glance("ada", slow) is ABSENT
