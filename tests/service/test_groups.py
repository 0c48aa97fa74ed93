"""Whom one can share with."""

import pytest
from service.serving import Api, somebody

from physforge.client import Login, RemoteWorkbench


def names(api: Api, token: str, query: str = "") -> set[str]:
    return {one["name"] for one in api.call("GET", f"/groups{query}", token).json()["items"]}


@pytest.fixture
def groups(api, hub):
    """Three groups that somebody is in."""
    several = tuple(somebody(f"{letter}-group") for letter in "abc")
    api.id_of(hub.add(somebody("founder"), groups=several))
    return several


def test_members_see_their_own_groups_and_administrators_all(api, hub, groups):
    ada = hub.add(somebody("ada"), groups=groups[:2])
    assert names(api, ada) == set(groups[:2])
    assert names(api, hub.add(somebody("lonely"))) == set()
    boss = hub.add(somebody("boss"), admin=True)
    assert names(api, boss, "?limit=200") >= set(groups)
    # A key that does not administer sees what its owner sees as anybody.
    key = api.call("POST", "/me/keys", boss, json={"name": "k", "scopes": ["read"]}).json()["key"]
    assert names(api, key) == set()
    key = api.call("POST", "/me/keys", boss, json={"name": "k", "scopes": ["read", "admin"]}).json()["key"]
    assert names(api, key, "?limit=200") >= set(groups)


def test_a_group_that_is_listed_can_be_shared_with(api, hub, groups):
    ada, grace = (hub.add(somebody(name), groups=groups[:1]) for name in ("ada", "grace"))
    dataset = api.upload(ada)["dataset_id"]
    with RemoteWorkbench(Login(api.url, ada)) as bench:
        (group,) = bench.groups()
    api.share(ada, dataset, group["id"], "viewer", "group")
    assert api.call("GET", f"/datasets/{dataset}", grace).json()["role"] == "viewer"


def test_the_list_comes_in_parts(api, hub, groups):
    ada = hub.add(somebody("ada"), groups=groups)
    first = api.call("GET", "/groups?limit=2", ada).json()
    second = api.call("GET", f"/groups?limit=2&cursor={first['next']}", ada).json()
    assert [one["name"] for one in first["items"] + second["items"]] == sorted(groups)
    assert second["next"] is None
