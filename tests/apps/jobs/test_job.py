"""One job: its log and losses as they come, its end, and what is said."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from bokeh.document import Document

from physforge.apps.jobs import words
from physforge.apps.jobs.curve import LossCurve
from physforge.apps.jobs.job_state import JobState
from physforge.apps.jobs.job_view import JobView
from physforge.apps.jobs.losses import LossReader, thinned
from physforge.jobs import JobSpec, Outcome, Progress, State
from physforge.tasks.pinn.loss_lines import LossPoint, write_line

NASTY = '<img src=x onerror="alert(1)">'


def train(store, claim, count: int) -> None:
    """Write a log as a training does, in pieces that cut lines, and end in failure."""
    lines = "".join(f"INFO x: {write_line(LossPoint(step, 1 / (1 + step), 0.5))}\n" for step in range(count))
    for start in range(0, len(lines), 31):
        store.append_log(claim, start, lines[start : start + 31])
    store.heartbeat(claim, Progress(0.5, "half"))
    time.sleep(0.5)
    store.finish(claim, Outcome(State.FAILED, f"It broke: {NASTY}"))


def test_a_log_is_heard_once_with_its_losses_and_then_the_end(person, store):
    (record,) = store.submit([JobSpec("pinn", {"steps": 5})])
    claim = store.claim("w", job_id=record.id)
    heard: list[str] = []
    points: list[LossPoint] = []
    fractions: list[float] = []
    state = JobState(person, record.id)
    state.param.watch(lambda event: fractions.append(event.new["progress"]["fraction"]), "job")
    worker = threading.Thread(target=train, args=(store, claim, 8))

    async def walk() -> None:
        assert await state.begin()
        worker.start()
        async with asyncio.timeout(20.0):
            await state.follow(lambda text, found: (heard.append(text), points.extend(found)))

    asyncio.run(walk())
    worker.join()
    assert "".join(heard).count("\n") == 8
    assert [one.step for one in points] == list(range(8))
    assert 0.5 in fractions
    assert (state.job["state"], state.events[-1]["state"]) == ("failed", "failed")
    assert state.job["config"] == {"steps": 5}


@pytest.mark.parametrize("given", ["nonsense", "../me", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"])
def test_a_job_that_is_gone_has_a_sentence(person, given):
    view = JobView(person, given)
    asyncio.run(view.state.begin())
    assert "job" in view._said.words
    assert 'class="said error"' in view._said.words
    assert not view._all.visible


def test_what_people_wrote_stays_text_and_what_can_be_done_is_offered(person, store):
    (record,) = store.submit([JobSpec("work", {"name": NASTY})], batch=None)
    view = JobView(person, record.id)

    async def walk() -> None:
        await view.state.begin()
        assert (view.cancel.visible, view.retry.visible) == (True, False)
        claim = store.claim(NASTY, job_id=record.id)
        store.finish(claim, Outcome(State.FAILED, NASTY))
        await view.state.begin()

    asyncio.run(walk())
    assert (view.cancel.visible, view.retry.visible) == (False, True)
    shown = view._said.words + "".join(one.object for one in view._parts.values()) + view._heading.object
    assert NASTY not in shown
    assert "&lt;img src=x" in view._said.words
    assert "&lt;img src=x" in view._parts["settings"].object


def test_a_lost_worker_is_said(person, store):
    (record,) = store.submit([JobSpec("work", {"name": "x"})])
    store.lose(store.claim("w", job_id=record.id), "Its process was killed by SIGKILL.")
    view = JobView(person, record.id)
    asyncio.run(view.state.begin())
    assert "Its worker was lost, and it runs again: attempt 2 of 3." in view._said.words
    assert "SIGKILL" in view._parts["events"].object


def test_whoever_has_to_log_in_again_is_led_there_and_back(api, person, store):
    (record,) = store.submit([JobSpec("work", {"name": "over"})])
    api.hub.tokens.pop(person.login.token)
    time.sleep(0.6)
    view = JobView(person, record.id)
    asyncio.run(view.state.begin())
    assert "Your session is over." in view._said.words
    assert f"/hub/login?next=%2Fservices%2Fapps%2Fjobs%3Fjob%3D{record.id}" in view._said.words


def test_losses_are_read_across_pieces_and_thinned_to_the_last():
    reader = LossReader()
    log = "".join(f"{write_line(LossPoint(step, 0.5, float('nan')))}\nnoise\n" for step in range(100))
    found = [one for start in range(0, len(log), 7) for one in reader.read(log[start : start + 7])]
    assert [one.step for one in found] == list(range(100))
    few = thinned(found, 7)
    assert len(few) <= 7
    assert few[-1].step == 99


def test_only_new_points_are_sent_and_a_training_that_goes_on_replaces_what_came_after():
    curve, sent, document = LossCurve(), [], Document()
    document.add_root(curve._pane.object)
    document.on_change(lambda event: sent.append(len(event.data["step"])) if event.kind == "ColumnsStreamed" else None)
    curve.add([LossPoint(step, 1.0, 1.0) for step in range(5)])
    curve.add([LossPoint(5, 1.0, 1.0)])
    assert sent == [5, 1]
    curve.add([LossPoint(3, 0.5, 0.5), LossPoint(4, 0.4, 0.4)])
    assert list(curve.source.data["step"]) == [0, 1, 2, 3, 4]
    assert list(curve.source.data["loss"]) == [1.0, 1.0, 1.0, 0.5, 0.4]


@pytest.mark.parametrize(
    ("seconds", "said"), [(None, ""), (0.5, "0.5 s"), (59.6, "60 s"), (125.0, "2 min 5 s"), (7260.0, "2 h 1 min")]
)
def test_durations(seconds, said):
    assert words.duration(seconds) == said
