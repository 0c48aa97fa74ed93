"""The list of jobs: filtered, in pages, and acted upon."""

from __future__ import annotations

import asyncio

from physforge.apps.jobs import list_state
from physforge.apps.jobs.list_state import JobsState
from physforge.apps.jobs.list_view import JobsList
from physforge.jobs import Input, JobSpec, Outcome, State

NASTY = '<img src=x onerror="alert(1)">'


def names(state: JobsState) -> list[str]:
    return [one["config"]["name"] for one in state.jobs]


def submit(store, *found: str, kind: str = "work", batch: str | None = None) -> list[str]:
    return [one.id for one in store.submit([JobSpec(kind, {"name": name}) for name in found], batch=batch)]


def test_pages_go_back_and_forth_and_keep_the_order(person, store, monkeypatch):
    monkeypatch.setattr(list_state, "ROWS", 2)
    submit(store, "a", "b", "c", "d", "e")
    state = JobsState(person)

    async def walk() -> list[list[str]]:
        await state.begin()
        shown = [names(state)]
        for step in (1, 1, 1, -1, -1, -1):
            await state.turn(step)
            shown.append(names(state))
        return shown

    first, second, last = ["e", "d"], ["c", "b"], ["a"]
    assert asyncio.run(walk()) == [first, second, last, last, second, first, first]
    assert (state.page, state.total, state.has_more) == (0, 5, True)
    assert "discovery" in state.kinds


def test_filters_join_and_a_text_means_its_signs(person, store):
    submit(store, "50 % glucose", "50 of glucose", "Größe", kind="work", batch="one")
    submit(store, "glucose", kind="play", batch="two")
    state = JobsState(person)

    async def found(**filters: str) -> list[str]:
        await state.filter(**{"text": "", "kind": "", "batch": "", "state": "", **filters})
        return names(state)

    async def walk() -> None:
        assert await found(text="GLUCOSE") == ["glucose", "50 of glucose", "50 % glucose"]
        assert await found(text="50 % g") == ["50 % glucose"]
        assert await found(text="_0 of") == []
        assert await found(text="Größe") == ["Größe"]
        assert await found(text="glucose", kind="play") == ["glucose"]
        assert await found(batch="two") == ["glucose"]
        assert (state.total, state.counts["queued"]) == (1, 1)
        assert await found(state="failed") == []
        assert state.total == 0

    asyncio.run(walk())


def test_only_what_may_change_by_itself_is_asked_for_often(person, store):
    (job_id,) = submit(store, "a")
    state = JobsState(person)

    async def walk() -> None:
        await state.begin()
        assert state.is_busy
        store.cancel(job_id)
        await state.look()
        assert not state.is_busy
        submit(store, "b")
        await state.look()
        assert names(state) == ["b", "a"]

    asyncio.run(walk())


def test_several_are_cancelled_and_asked_for_again(person, store):
    ids = submit(store, "a", "b", "c")
    claim = store.claim("w", job_id=ids[0])
    store.finish(claim, Outcome(State.FAILED, "It broke."))
    state = JobsState(person)

    async def walk() -> None:
        await state.begin()
        assert await state.act("cancel", ids[1:]) == 2
        assert [one["state"] for one in state.jobs] == ["cancelled", "cancelled", "failed"]
        assert await state.act("retry", ids) == 3
        assert await state.act("retry", ids[:1]) == 0
        assert "queued" in state.failure

    asyncio.run(walk())


def test_texts_of_people_reach_the_table_as_texts(person, store):
    store.submit([JobSpec("work", {"name": NASTY}, (Input("dataset", NASTY, "dataset", "catalog:x", "0" * 64),))])
    view = JobsList(person, {"state": "nonsense", "kind": NASTY})
    assert view.state.state == ""

    async def walk() -> None:
        await view.state.filter(kind="")

    asyncio.run(walk())
    view._draw()
    ((_, mark, _, reads, _, _),) = view.table.texts
    assert (mark, reads) == ("queued", NASTY)
    view.table.selected = ["1", "2"]
    assert 'href="compare?jobs=1%2C2"' in view._compare.object
