"""The first page shows what the person has, and says what it cannot ask."""

import asyncio

from physforge.apps.home.state import HomeState, quotas
from physforge.apps.home.view import HomeView


def test_what_there_is_is_shown_and_what_fails_is_said(ada, tmp_path):
    (tmp_path / "run7.csv").write_text("t,u\n0,1\n0.5,3\n1,2\n")
    ada.workspace.store.add(tmp_path / "run7.csv", name="run7 <img src=x onerror=alert(1)>")
    job = ada.workspace.submit("discovery", {"dataset": "lynx-hare"})
    view = HomeView(ada, {})

    async def begin() -> None:
        await view.state.refresh()

    asyncio.run(begin())
    assert [one["name"] for one in view.state.datasets] == ["run7 <img src=x onerror=alert(1)>"]
    assert [one["id"] for one in view.state.jobs] == [job.id]
    shown = "".join(part.object for part in view._parts.values())
    assert "run7 &lt;img src=x onerror=alert(1)&gt;" in shown
    assert f"results?job={job.id}" in shown
    # There is no gateway beside this API.
    assert len(view.state.failures) == 1
    assert "Dask Gateway does not say" in view.state.failures[0]
    asyncio.run(ada.close())


def test_people_see_their_own_jobs_alone(ada, make_person):
    ada.workspace.submit("discovery", {"dataset": "lynx-hare"}, seed=7)
    state = HomeState(make_person("grace"))
    asyncio.run(state.refresh())
    assert (state.jobs, state.datasets) == ([], [])


def test_quotas_without_a_limit_are_shown_as_such():
    me = {"quota": {"used_bytes": 10, "limit_bytes": None}, "jobs": None}
    assert [(one.what, one.used, one.limit) for one in quotas(me)] == [("space of data sets", 10, None)]
