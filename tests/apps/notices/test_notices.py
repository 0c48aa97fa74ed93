"""Notices: of jobs that took long, once, and until they are dismissed."""

from __future__ import annotations

import asyncio

import pytest

from physforge.apps.notices import state as notices_state
from physforge.apps.notices.state import NoticesState, notice_of
from physforge.apps.notices.view import Notices
from physforge.errors import RemoteError
from physforge.jobs import JobSpec, Outcome, State

NASTY = '<img src=x onerror="alert(1)">'


def job(state: str, seconds: float, **changes) -> dict:
    finished = f"2026-11-30T09:30:{seconds:06.3f}+00:00"
    facts = {"id": "8b0d9f0e-6e0c-4a51-9d0a-4f2f1e1f8a11", "kind": "pinn", "state": state}
    return {**facts, "started": "2026-11-30T09:30:00+00:00", "finished": finished, **changes}


@pytest.mark.parametrize(
    ("ended", "words", "to"),
    [
        (job("succeeded", 12.0), "pinn 8b0d9f0e is done after 12 s.", "results?"),
        (job("failed", 12.0), "pinn 8b0d9f0e failed after 12 s.", "jobs?"),
        (job("cancelled", 12.0), "pinn 8b0d9f0e was cancelled after 12 s.", "jobs?"),
    ],
)
def test_words_and_ways(ended, words, to):
    notice = notice_of(ended)
    assert notice.words == words
    assert notice.link.to.startswith(to)


@pytest.mark.parametrize("ended", [job("succeeded", 9.9), job("running", 20.0, finished=None), job("queued", 20.0)])
def test_what_is_short_or_goes_on_has_none(ended):
    assert notice_of(ended) is None


def test_a_job_is_told_once_and_can_be_dismissed(person, store, monkeypatch):
    monkeypatch.setattr(notices_state, "LONG_S", -1.0)
    specs = [JobSpec("work", {"a": 1}), JobSpec("work", {"a": 2}), JobSpec("work", {"a": 3})]
    done, lost, before = store.submit(specs)
    store.finish(store.claim("w", job_id=before.id), Outcome(State.FAILED, NASTY))
    claims = [store.claim("w", job_id=one.id) for one in (done, lost)]
    notices = Notices(person)
    state = notices.state

    async def walk() -> None:
        await state.look()
        assert state.watches
        assert state.notices == []
        store.finish(claims[0], Outcome(State.FAILED, NASTY))
        store.lose(claims[1], "killed")
        await state.look()
        assert [one.job for one in state.notices] == [done.id]
        await state.look()
        assert len(state.notices) == 1
        assert len(notices._list.notices) == 1
        notices._list._handle_msg({"dismiss": done.id})
        assert notices._list.notices == []

    asyncio.run(walk())


def test_a_workbench_that_is_away_for_a_moment_loses_no_notice(person, store, monkeypatch):
    monkeypatch.setattr(notices_state, "LONG_S", -1.0)
    (one,) = store.submit([JobSpec("work", {"a": 1})])
    claim = store.claim("w", job_id=one.id)
    state = NoticesState(person)
    asked = person.get

    async def away(path: str, **query) -> dict:
        raise RemoteError("The workbench does not answer.")

    async def walk() -> None:
        await state.look()
        store.finish(claim, Outcome(State.FAILED, "It broke."))
        monkeypatch.setattr(person, "get", away)
        await state.look()
        monkeypatch.setattr(person, "get", asked)
        await state.look()
        assert len(state.notices) == 1

    asyncio.run(walk())
