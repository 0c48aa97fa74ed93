"""What the page knows, asked of a real REST API."""

import asyncio

from physforge.apps.data import state as module
from physforge.apps.data.state import DataState
from physforge.client import Login


def run(work):
    return asyncio.run(work)


def test_parts_of_the_list_follow_each_other(api, ada, person, monkeypatch):
    monkeypatch.setattr(module, "ROWS", 2)
    for name in ("a", "b", "c", "quail", "zebra"):
        api.upload(ada, name)

    async def walk() -> list[list[str]]:
        state, seen = DataState(person), []
        await state.find()
        seen.append([one["name"] for one in state.rows])
        while state.has_next:
            await state.find(state.part + 1)
            seen.append([one["name"] for one in state.rows])
        await state.find(1)
        seen.append([one["name"] for one in state.rows])
        state.search = "quail"
        await state.find()
        return [*seen, [one["name"] for one in state.rows]]

    assert run(walk()) == [["a", "b"], ["c", "quail"], ["zebra"], ["c", "quail"], ["quail"]]


def test_a_data_set_is_opened_with_its_versions(api, ada, person):
    first = api.upload(ada, "run")
    api.upload(ada, content=b"t,u\n0,1\n1,2\n", dataset_id=first["dataset_id"], parent=1)

    async def walk() -> DataState:
        state = DataState(person)
        assert await state.open("run")
        assert (state.version, state.is_mine) == (2, True)
        assert await state.open(first["dataset_id"], 1)
        return state

    state = run(walk())
    assert state.version == 1
    assert [one["number"] for one in state.versions] == [2, 1]
    assert state.lineage["root"] == first["id"]


def test_what_is_not_there_has_a_sentence(person):
    async def walk(name: str) -> str:
        state = DataState(person)
        assert not await state.open(name)
        assert state.opened is None
        return state.failure

    assert "There is no data set 'gone'" in run(walk("gone"))
    assert "may not see it" in run(walk("8b0d9f0e-6e0c-4a51-9d0a-4f2f1e1f8a11"))


def test_into_the_trash_and_back(api, ada, person):
    api.upload(ada, "run")

    async def walk() -> None:
        state = DataState(person)
        await state.open("run")
        key = state.opened["id"]
        assert await state.remove()
        assert (state.opened, state.rows) == (None, [])
        state.trash = True
        await state.find()
        assert [one["id"] for one in state.rows] == [key]
        assert await state.restore(key)
        assert state.rows == []
        assert await state.open(key)

    run(walk())


def test_a_name_that_was_taken_meanwhile_is_said(api, ada, person):
    removed = api.upload(ada, "run")
    api.call("DELETE", f"/datasets/{removed['dataset_id']}", ada)
    api.upload(ada, "run")

    async def walk() -> None:
        state = DataState(person)
        assert not await state.restore(removed["dataset_id"])
        assert "run" in state.failure
        assert await state.restore(removed["dataset_id"], "run-2")

    run(walk())


def test_shared_with_a_person_and_no_more(api, hub, ada, person):
    grace = hub.add("grace-who-reads")
    subject = api.id_of(grace)
    version = api.upload(ada, "run")
    place = f"/datasets/{version['dataset_id']}"

    async def walk() -> None:
        state = DataState(person)
        await state.open("run")
        assert not await state.share("nobody-at-all", "viewer")
        assert state.failure == "No person is called 'nobody-at-all'; write the name exactly."
        assert not await state.share("grace-who-reads", "viewer", "group")
        assert await state.share(" grace-who-reads ", "viewer")
        assert [(one["subject"], one["role"]) for one in state.grants] == [("grace-who-reads", "viewer")]
        assert api.call("GET", place, grace).status_code == 200
        assert await state.unshare(subject)
        assert state.grants == []
        assert api.call("GET", place, grace).status_code == 404

    run(walk())


def test_a_session_that_is_over_is_told_from_other_failures(api, person):
    person.login = Login(api.url, "no-such-token")

    async def walk() -> DataState:
        state = DataState(person)
        await state.find()
        return state

    state = run(walk())
    assert state.session_over
    assert state.failure == "Your session is over."
