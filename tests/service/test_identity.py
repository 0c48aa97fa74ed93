"""Ids of accounts are the ids here; what was filed under a name before goes along."""

import uuid

from service.hub_double import HubDouble
from service.serving import running_api, settings_for, somebody


def account_id(hub: HubDouble, name: str) -> str:
    return hub.accounts[name]["account_id"]


def test_an_account_has_one_id_everywhere(api, hub, ada):
    name = hub.tokens[ada][0]
    assert api.id_of(ada) == account_id(hub, name)
    assert api.call("GET", f"/directory?name={name}", ada).json()["entries"][0]["id"] == account_id(hub, name)


def test_what_was_filed_by_name_is_the_accounts_after_an_update(hub, tmp_path):
    name = somebody("ada")
    token, grace = hub.add(name), hub.add(somebody("grace"))
    auditor = hub.add(somebody("auditor"), groups=("auditors",))
    with running_api(settings_for(tmp_path, hub, hub_accounts=False), hub) as before:
        old = before.id_of(token)
        project = before.call("POST", "/projects", token, json={"name": "lab"}).json()["id"]
        path = f"/projects/{project}/grants/principal/{before.id_of(grace)}"
        before.call("PUT", path, token, json={"role": "collaborator"})
        dataset = before.upload(token, "mine", project_id=project)["dataset_id"]
        key = before.call("POST", "/me/keys", token, json={"name": "k", "scopes": ["read", "write"]}).json()["key"]
    assert old != account_id(hub, name)
    with running_api(settings_for(tmp_path, hub), hub) as after:
        # Somebody else works in it before its owner comes; the store that the service opened holds ids of owners.
        after.upload(grace, "hers", project_id=project)
        assert after.call("GET", "/me", key).json()["id"] == after.id_of(token) == account_id(hub, name)
        assert after.call("GET", f"/datasets/{dataset}", key).json()["role"] == "owner"
        added = after.upload(grace, "more", project_id=project)
        assert after.call("GET", f"/datasets/{added['dataset_id']}", token).json()["role"] == "owner"
        events = after.call("GET", f"/audit/events?act=principal.renumber&object_id={old}", auditor).json()["items"]
        assert [one["details"]["account"] for one in events] == [account_id(hub, name)]


def test_another_account_of_the_same_name_is_another_person(api, hub):
    name = somebody("ada")
    old = hub.add(name)
    first, dataset = api.id_of(old), api.upload(old)["dataset_id"]
    key = api.call("POST", "/me/keys", old, json={"name": "k", "scopes": ["read"]}).json()["key"]
    new = hub.add(name)
    assert api.id_of(new) != first
    assert api.call("GET", f"/datasets/{dataset}", new).status_code == 404
    assert api.call("GET", "/me", key).status_code == 401
    boss = hub.add(somebody("boss"), admin=True)
    assert api.call("GET", f"/users/{first}", boss).json()["name"] == f"deleted:{first}"


def test_a_retired_account_is_let_in_no_more_under_its_id(api, hub, ada):
    me = api.id_of(ada)
    teller = hub.add("accounts", kind="service")
    assert api.call("DELETE", f"/users/{me}", teller).status_code == 204
    assert api.call("DELETE", f"/users/{me}", teller).status_code == 204
    assert api.call("DELETE", f"/users/{uuid.uuid4()}", teller).status_code == 404
    assert api.call("GET", "/me", ada).status_code == 401
    # That it says so of itself does not make another service the hub.
    other = hub.add(somebody("accounts"), kind="service")
    assert api.call("DELETE", f"/users/{me}", other).status_code == 403


def test_a_hub_that_does_not_say_whose_account_it_is_lets_nobody_in(api, hub, ada):
    hub.accounts[hub.tokens[ada][0]]["account_id"] = "nonsense"
    answer = api.call("GET", "/me", ada)
    assert (answer.status_code, answer.json()["detail"]) == (503, "The hub does not say whose account it is.")
