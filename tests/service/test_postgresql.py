"""The same service on PostgreSQL: what its queries and its locks do there."""

import threading
import uuid
from collections.abc import Iterator

import httpx
import pytest
from database.server import running_server
from service.serving import CSV, Api, any_work, running_api, settings_for, sha256
from service.test_datasets import (  # noqa: F401
    test_a_second_upload_of_the_name_is_the_next_version,
    test_parts_of_a_list_and_words_to_look_for,
    test_the_trash_keeps_a_data_set_until_it_is_restored,
    test_what_is_uploaded_is_listed_shown_and_downloaded,
)
from service.test_jobs import (  # noqa: F401
    jobs,
    takes_anything,
    test_a_key_says_what_is_the_same_and_is_its_callers_alone,
    test_a_list_is_filtered_and_comes_in_parts,
    test_jobs_of_a_project_follow_its_rights,
    test_the_last_words_of_an_old_attempt_are_refused,
)
from service.test_policy import (  # noqa: F401
    test_a_role_in_a_project_is_a_role_on_its_data_sets_and_ends_with_it,
    test_sharing_with_a_group_follows_its_members,
    test_the_highest_of_several_roles_counts,
)


@pytest.fixture(scope="module")
def api(hub, tmp_path_factory) -> Iterator[Api]:
    home = tmp_path_factory.mktemp("state")
    with running_server() as server:
        settings = settings_for(home, hub, cache_seconds=0.5, database_url=server.new_database())
        with running_api(settings, hub) as api:
            yield api


def at_once(work, count: int = 8) -> list:
    answers: list = []
    threads = [threading.Thread(target=lambda: answers.append(work())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_the_same_call_many_times_at_once_makes_one_thing(api, ada):
    new, header = {"file_name": "a.csv", "size": 24}, {"Idempotency-Key": uuid.uuid4().hex}
    answers = at_once(lambda: api.call("POST", "/uploads", ada, json=new, headers=header))
    assert {one.status_code for one in answers} == {201}
    assert len({one.json()["id"] for one in answers}) == 1


def test_an_upload_completed_many_times_at_once_is_one_version(api, ada):
    begun = api.call("POST", "/uploads", ada, json={"file_name": "a.csv", "size": len(CSV)}).json()
    path = f"/uploads/{begun['id']}"
    sent = at_once(lambda: api.call("PUT", f"{path}/content?offset=0", ada, content=CSV))
    done = at_once(lambda: api.call("POST", f"{path}/complete", ada, json={"sha256": sha256(CSV)}))
    assert {one.status_code for one in (*sent, *done)} <= {200, 201, 409}
    (version,) = {one.json()["id"] for one in done if one.status_code == 201}
    (listed,) = api.call("GET", "/datasets", ada).json()["items"]
    assert (listed["versions"], listed["head"]["id"]) == (1, version)


def test_somebody_new_who_calls_many_times_at_once_is_one_principal(api, ada):
    assert len({one.json()["id"] for one in at_once(lambda: api.call("GET", "/me", ada))}) == 1


def test_few_threads_share_the_short_reads_and_a_long_one_takes_none(api, ada):
    readers = api.app.state.services.readers
    assert api.app.state.services.database.reads_wait
    assert api.call("GET", "/me", ada).status_code == 200
    for number in range(int(readers.total_tokens)):
        readers.acquire_on_behalf_of_nowait(number)
    try:
        assert api.call("GET", "/me/export", ada).status_code == 200
        with pytest.raises(httpx.ReadTimeout):
            api.call("GET", "/me", ada, timeout=1)
    finally:
        for number in range(int(readers.total_tokens)):
            readers.release_on_behalf_of(number)
    assert api.call("GET", "/me", ada).status_code == 200


def test_the_same_work_asked_for_many_times_at_once_is_one_job(api, ada, monkeypatch):
    monkeypatch.setattr(api.app.state.services, "check_jobs", any_work)
    new = {"jobs": [{"kind": "work", "config": {"a": 1}}, {"kind": "work", "config": {"a": 2}}]}
    answers = at_once(lambda: api.call("POST", "/jobs", ada, json=new), 12)
    assert {one.status_code for one in answers} == {201}
    assert len({one["id"] for answer in answers for one in answer.json()["items"]}) == 2
