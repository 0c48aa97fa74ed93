"""Jobs over REST: asking for them, running them with a token of one job, logs and artifacts."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from e2e.bench import wait_for
from service.serving import CSV, Api, any_work, running_api, settings_for, sha256, somebody

from physforge.client import Cache, Login, RemoteStore
from physforge.client import calls as calls_module
from physforge.errors import JobError, LostClaimError, RemoteError, UnknownDatasetError, UnknownJobError
from physforge.jobs import Claim, Input, JobSpec, Outcome, Progress, Selection, State, find_task
from physforge.jobs.access import Access
from physforge.jobs.quota import Quota, Quotas
from physforge.jobs.remote_store import RemoteJobStore
from physforge.jobs.worker import run_job

ARTIFACT = {"result.json": b'{"kind": "work"}', "arrays/u.npy": bytes(range(256)) * 40, "empty.txt": b""}
#: A line with the slope 2.
WAVES = b"t,u\n" + b"".join(b"%g,%g\n" % (number / 10, number / 5) for number in range(60))
BURGERS = {"dataset": "burgers", "names": ["u_t"]}
FENCE = {"attempt": 1, "worker": "w"}


@pytest.fixture(scope="module")
def api(hub, tmp_path_factory) -> Iterator[Api]:
    home = tmp_path_factory.mktemp("state")
    with running_api(settings_for(home, hub, cache_seconds=0.5), hub) as api:
        yield api


@pytest.fixture
def takes_anything(api, monkeypatch):
    """Kinds that no science stands behind."""
    monkeypatch.setattr(api.app.state.services, "check_jobs", any_work)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(calls_module, "PAUSE_S", 0.01)


@pytest.fixture
def jobs(api, ada, tmp_path, takes_anything) -> Iterator[RemoteJobStore]:
    store = RemoteJobStore(Login(api.url, ada), Cache(tmp_path / "cache"))
    yield store
    store.close()


def made(folder: Path) -> Path:
    for name, content in ARTIFACT.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def a_spec(**config) -> JobSpec:
    return JobSpec("work", config or {"name": somebody("j")})


def store_with(api: Api, token: str, tmp_path: Path) -> RemoteJobStore:
    return RemoteJobStore(Login(api.url, token), Cache(tmp_path / "cache"))


def test_one_or_many_are_asked_for_and_equal_work_is_one_job(api, ada, takes_anything):
    new = {"jobs": [{"kind": "work", "config": {"a": 1}}, {"kind": "work", "config": {"a": 2}}], "batch": "two"}
    first = api.call("POST", "/jobs", ada, json=new)
    assert first.status_code == 201, first.text
    ids = [one["id"] for one in first.json()["items"]]
    assert len(set(ids)) == 2
    again = api.call("POST", "/jobs", ada, json=new)
    assert [one["id"] for one in again.json()["items"]] == ids
    counts = api.call("GET", "/jobs/counts?batch=two", ada).json()["counts"]
    assert (counts["queued"], sum(counts.values())) == (2, 2)


def test_a_key_says_what_is_the_same_and_is_its_callers_alone(api, ada, grace, takes_anything):
    key, new = {"Idempotency-Key": uuid.uuid4().hex}, {"jobs": [{"kind": "work", "config": {"a": 1}}]}
    first, again = (api.call("POST", "/jobs", ada, json=new, headers=key).json()["items"][0]["id"] for _ in range(2))
    assert first == again
    other = api.call("POST", "/jobs", ada, json={"jobs": [{"kind": "work", "config": {"a": 2}}]}, headers=key)
    assert (other.status_code, other.json()["type"]) == (409, "urn:physforge:problem:refused-job")
    assert api.call("POST", "/jobs", grace, json=new, headers=key).json()["items"][0]["id"] != first
    # Without a key the same work is another job: the one with the key is the key's.
    assert api.call("POST", "/jobs", ada, json=new).json()["items"][0]["id"] != first


def test_a_list_is_filtered_and_comes_in_parts(api, jobs, ada):
    made = [jobs.submit([a_spec(a=number)], batch="odd" if number % 2 else "even")[0] for number in range(5)]
    jobs.cancel(made[0].id)
    newest = [one.id for one in jobs.find(Selection())]
    assert newest == [one.id for one in reversed(made)]
    part = api.call("GET", "/jobs?limit=2", ada).json()
    rest = api.call("GET", f"/jobs?limit=200&cursor={part['next']}", ada).json()
    assert [one["id"] for one in part["items"] + rest["items"]] == newest
    assert rest["next"] is None
    assert [one.id for one in jobs.find(Selection(batch="odd", newest_first=False))] == [made[1].id, made[3].id]
    assert [one.id for one in jobs.find(Selection(states=frozenset({State.CANCELLED})))] == [made[0].id]
    assert jobs.count(Selection())[State.QUEUED] == 4
    assert jobs.get(made[2].id[:13]).id == made[2].id
    with pytest.raises(UnknownJobError, match="begins"):
        jobs.get("ffffffff0")
    assert api.call("GET", "/jobs?cursor=nonsense", ada).status_code == 404


def test_what_cannot_run_is_refused_with_all_reasons_and_nothing_is_stored(api, ada):
    bad = [
        ({"kind": "alchemy"}, "no kind of job called 'alchemy'"),
        ({"kind": "derivatives", "config": {"dataset": "no-such-data", "names": ["u_t"]}}, "no-such-data"),
        ({"kind": "simulation", "config": {"equation": 5, "colour": "red"}}, "colour"),
        (
            {"kind": "derivatives", "config": {"dataset": "burgers", "names": ["u_t"]}, "executor": "a-friend"},
            "executor",
        ),
    ]
    for job, words in bad:
        answer = api.call("POST", "/jobs", ada, json={"jobs": [{"kind": "work"}, job][1:]})
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:physforge:problem:refused-job"), answer.text
        assert words in answer.json()["detail"]
    two = api.call("POST", "/jobs", ada, json={"jobs": [bad[2][0]]}).json()["detail"]
    assert "equation" in two
    assert "colour" in two
    assert api.call("GET", "/jobs", ada).json()["items"] == []


def test_kinds_are_listed_with_the_schema_of_their_settings(api, ada):
    found = {one["kind"]: one for one in api.call("GET", "/jobs/kinds", ada).json()["items"]}
    assert "discovery" in found
    assert "dataset" in found["discovery"]["config"]["properties"]


def test_inputs_are_pinned_to_versions_that_the_caller_may_see(api, ada, grace):
    first = api.upload(ada, "mine")
    new = {"kind": "derivatives", "config": {"dataset": "mine", "names": ["u_t"]}}
    (job,) = api.call("POST", "/jobs", ada, json={"jobs": [new]}).json()["items"]
    (given,) = job["inputs"]
    assert (given["reference"], given["sha256"]) == (first["id"], first["sha256"])
    api.upload(ada, "", CSV + b"2,3\n", dataset_id=first["dataset_id"], parent=1)
    # As it was looked up before, whatever is the newest by now.
    (pinned,) = api.call("POST", "/jobs", ada, json={"jobs": [{**new, "inputs": [given], "seed": 1}]}).json()["items"]
    assert pinned["inputs"] == [given]
    wrong = {**given, "sha256": "0" * 64}
    assert api.call("POST", "/jobs", ada, json={"jobs": [{**new, "inputs": [wrong]}]}).status_code == 422
    by_id = {"kind": "derivatives", "config": {"dataset": first["id"], "names": ["u_t"]}}
    assert api.call("POST", "/jobs", grace, json={"jobs": [by_id]}).status_code == 422
    assert api.call("POST", "/jobs", ada, json={"jobs": [by_id]}).status_code == 201


def test_a_worker_with_a_jobs_token_runs_it_and_can_do_nothing_else(api, ada, jobs, tmp_path):
    version = api.upload(ada, "input")
    (needed,) = jobs.submit([a_spec()])
    claim = jobs.claim("first", job_id=needed.id)
    jobs.publish(claim, made(tmp_path / "needed"), Outcome(State.SUCCEEDED))
    inputs = (
        Input("dataset", "input", "dataset", version["id"], version["sha256"]),
        Input("before", "before", "job", needed.id, needed.spec.sha256),
    )
    job, other = jobs.submit([JobSpec("work", {"a": 1}, inputs), a_spec()])
    login = jobs.login_for(job.id)
    assert login.is_for_one_job
    worker, data = store_with(api, login.token, tmp_path), RemoteStore(login, Cache(tmp_path / "data"))
    claim = worker.claim("a worker", job_id=job.id)
    assert worker.heartbeat(claim, Progress(0.5, "half")).cancel is False
    worker.append_log(claim, 0, "one\n")
    assert data.open(version["id"]).sizes == {"t": 4}
    assert (worker.artifact(needed.id) / "result.json").read_bytes() == ARTIFACT["result.json"]
    for refused in (
        lambda: worker.get(other.id),
        lambda: worker.claim("a worker", job_id=other.id),
        lambda: worker.cancel(job.id),
        lambda: worker.submit([a_spec()]),
        lambda: worker.find(Selection()),
        lambda: worker.login_for(job.id),
        lambda: worker.append_log(claim.__class__(needed, 1, "first"), 0, "a"),
        lambda: data.list(),
        lambda: data.get(api.upload(ada, "secret")["id"]),
        lambda: data.remove(version["dataset_id"]),
    ):
        with pytest.raises((RemoteError, UnknownJobError, UnknownDatasetError)):
            refused()
    assert api.call("GET", f"/datasets/{version['dataset_id']}", login.token).status_code == 404
    assert api.call("GET", "/me", login.token).status_code == 403
    done = worker.publish(claim, made(tmp_path / "made"), Outcome(State.SUCCEEDED, cpu_s=2.5, run={"seed": 0}))
    assert (done.state, done.cpu_s, done.run) == (State.SUCCEEDED, 2.5, {"seed": 0})
    with pytest.raises(UnknownDatasetError):
        data.get(version["id"])
    assert {path.name for path in jobs.artifact(job.id).rglob("*") if path.is_file()} == {
        Path(name).name for name in ARTIFACT
    }
    worker.close()
    data.close()


def test_a_token_ends_with_its_time_and_with_its_makers_rights(api, hub, jobs, monkeypatch):
    (job,) = jobs.submit([a_spec()])
    token = jobs.login_for(job.id, seconds=60).token
    path = f"/jobs/{job.id}"
    assert api.call("GET", path, token).status_code == 200
    for changed in (token[:-1] + ("A" if token[-1] != "A" else "B"), f"pfj_{'A' * 96}", token + "A"):
        assert api.call("GET", path, changed).status_code == 401
    now = time.time()
    monkeypatch.setattr("physforge.service.jobs.tokens.time.time", lambda: now + 61)
    assert api.call("GET", path, token).status_code == 401
    monkeypatch.undo()
    hub.accounts.pop(hub.tokens[jobs.calls.login.token][0])
    api.app.state.services.identities.forget()
    assert api.call("GET", path, token).status_code == 401


def test_a_collaborator_who_made_a_token_and_is_let_go_has_it_no_more(api, ada, grace, jobs):
    (job,) = jobs.submit([a_spec()])
    grants = f"/jobs/{job.id}/grants/principal/{api.id_of(grace)}"
    api.call("PUT", grants, ada, json={"role": "collaborator"})
    token = api.call("POST", f"/jobs/{job.id}/token", grace, json={}).json()["token"]
    assert api.call("POST", f"/jobs/{job.id}/claim", token, json={"worker": "w"}).json()["attempt"] == 1
    api.call("PUT", grants, ada, json={"role": "viewer"})
    assert api.call("POST", f"/jobs/{job.id}/heartbeat", token, json=FENCE).status_code == 404
    assert api.call("GET", f"/jobs/{job.id}", grace).json()["role"] == "viewer"


def test_the_last_words_of_an_old_attempt_are_refused(api, jobs, tmp_path):
    (job,) = jobs.submit([a_spec()])
    old = jobs.claim("slow", job_id=job.id, lease_s=0.2)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "state").write_bytes(b"1")
    jobs.checkpoint(old, tmp_path / "kept")
    # Nobody asks for it: the service looks itself.
    wait_for(lambda: jobs.get(job.id).state is State.QUEUED, "the service released the lease", 10)
    new = jobs.claim("quick", job_id=job.id)
    assert new.attempt == 2
    late = (
        lambda: jobs.heartbeat(old),
        lambda: jobs.append_log(old, 0, "late"),
        lambda: jobs.checkpoint(old, tmp_path / "kept"),
        lambda: jobs.publish(old, made(tmp_path / "late"), Outcome(State.SUCCEEDED)),
        lambda: jobs.finish(old, Outcome(State.FAILED, "late")),
        lambda: jobs.give_back(old, "late"),
        lambda: jobs.last_checkpoint(old, tmp_path / "nothing"),
    )
    for words in late:
        with pytest.raises(LostClaimError):
            words()
    assert jobs.last_checkpoint(new, tmp_path / "back")
    assert (tmp_path / "back" / "state").read_bytes() == b"1"
    jobs.publish(new, made(tmp_path / "new"), Outcome(State.SUCCEEDED))
    parts = api.settings.settings.home / "jobs" / "parts"
    assert not any(one.name.startswith(job.id.replace("-", "")) for one in parts.iterdir())
    # Said twice, since the answer was lost: the same.
    assert jobs.publish(new, made(tmp_path / "new2"), Outcome(State.SUCCEEDED)).attempt == 2


def events_of(api: Api, token: str, job_id: str, last: str = "") -> Iterator[tuple[str, str, dict]]:
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream", "Last-Event-ID": last}
    with api.client.stream("GET", f"{api.url}/services/api/v1/jobs/{job_id}/log", headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        key = name = ""
        for line in response.iter_lines():
            field, _, value = line.partition(": ")
            key, name = (value if field == "id" else key), (value if field == "event" else name)
            if field == "data":
                yield key, name, json.loads(value)


def test_a_log_is_followed_and_gone_on_with(api, ada, jobs):
    (job,) = jobs.submit([a_spec()])
    claim = jobs.claim("w", job_id=job.id)
    jobs.append_log(claim, 0, "one\ntwo\n")
    seen = events_of(api, ada, job.id)
    first = next(one for one in seen if one[1] == "log")
    assert (first[0], first[2]["text"]) == ("1-8", "one\ntwo\n")
    jobs.append_log(claim, 8, "\u00fc\n")
    assert next(one for one in seen if one[1] == "log")[2]["text"] == "\u00fc\n"
    seen.close()

    def go_on() -> None:
        time.sleep(0.3)
        jobs.give_back(claim, "a test")
        again = jobs.claim("w2", job_id=job.id)
        jobs.append_log(again, 0, "anew\n")
        jobs.finish(again, Outcome(State.FAILED, "it broke"))

    thread = threading.Thread(target=go_on)
    thread.start()
    rest = list(events_of(api, ada, job.id, "1-8"))
    thread.join()
    assert [one[2]["text"] for one in rest if one[1] == "log"] == ["\u00fc\n", "anew\n"]
    assert rest[-1][1:] == ("end", {"state": "failed", "error": "it broke"})
    followed = list(jobs.calls.follow(job.id, "1-10"))
    assert [facts["text"] for name, facts in followed if name == "log"] == ["anew\n"]


def test_a_stream_ends_when_its_caller_may_see_the_job_no_more(api, ada, grace, jobs):
    (job,) = jobs.submit([a_spec()])
    grants = f"/jobs/{job.id}/grants/principal/{api.id_of(grace)}"
    api.call("PUT", grants, ada, json={"role": "viewer"})
    seen = events_of(api, grace, job.id)
    assert next(seen)[1] == "job"
    api.call("DELETE", grants, ada)
    assert [one[1] for one in seen if one[1] == "end"] == []


def test_a_stream_ends_well_when_the_service_does(hub, tmp_path):
    with running_api(settings_for(tmp_path, hub), hub) as api:
        api.app.state.services.check_jobs = any_work
        ada = hub.add(somebody("ada"))
        (job,) = api.call("POST", "/jobs", ada, json={"jobs": [{"kind": "work", "config": {}}]}).json()["items"]
        seen: list[str] = []
        began = threading.Event()

        def follow() -> None:
            with httpx.stream(
                "GET",
                f"{api.url}/services/api/v1/jobs/{job['id']}/log",
                headers={"Authorization": f"Bearer {ada}", "Accept": "text/event-stream"},
            ) as response:
                for line in response.iter_lines():
                    seen.append(line)
                    began.set()
            # Cut off, it would have raised an error before this.
            seen.append("ended well")

        thread = threading.Thread(target=follow)
        thread.start()
        assert began.wait(10)
    thread.join()
    assert seen[-1] == "ended well"
    assert "event: end" not in seen


def test_an_artifact_is_listed_and_downloaded_by_ranges_and_no_path_leads_out(api, ada, jobs, tmp_path):
    (job,) = jobs.submit([a_spec()])
    jobs.publish(jobs.claim("w", job_id=job.id), made(tmp_path / "made"), Outcome(State.SUCCEEDED))
    path = f"/jobs/{job.id}/artifact"
    listed = {one["path"]: one for one in api.call("GET", path, ada).json()["files"]}
    assert {name: (one["size"], one["sha256"]) for name, one in listed.items()} == {
        name: (len(content), sha256(content)) for name, content in ARTIFACT.items()
    }
    part = api.call("GET", f"{path}/arrays/u.npy", ada, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, ARTIFACT["arrays/u.npy"][100:200])
    tag = part.headers["etag"]
    assert tag == f'"{listed["arrays/u.npy"]["sha256"]}"'
    assert api.call("GET", f"{path}/arrays/u.npy", ada, headers={"If-None-Match": tag}).status_code == 304
    secret = api.settings.settings.home / "physforge.sqlite"
    assert secret.is_file()
    up = "..%2f" * 4
    for name in (f"{up}physforge.sqlite", "%2e%2e/%2e%2e", "arrays", "arrays%5cu.npy", "/etc/passwd", "result.json%00"):
        assert api.call("GET", f"{path}/{name}", ada).status_code == 404, name


@pytest.mark.parametrize(
    "paths",
    [["../out"], ["/etc/out"], ["a/../../out"], ["a\\b"], ["a", "A"], ["a", "a/b"], ["a//b"], ["\u202ea"], ["."]],
)
def test_an_artifact_whose_files_lead_out_is_not_published(api, ada, jobs, paths):
    (job,) = jobs.submit([a_spec()])
    jobs.claim("w", job_id=job.id)
    sent = {**FENCE, "offset": 0, "size": len(CSV)}
    assert api.call("PUT", f"/jobs/{job.id}/parts/{sha256(CSV)}", ada, params=sent, content=CSV).status_code == 200
    files = [{"path": one, "size": len(CSV), "sha256": sha256(CSV)} for one in paths]
    answer = api.call("POST", f"/jobs/{job.id}/publish", ada, json={**FENCE, "files": files})
    assert answer.status_code == 422, answer.text
    assert jobs.get(job.id).state is State.RUNNING
    assert not list(api.settings.settings.home.rglob("out"))


def test_a_file_that_is_not_what_it_is_said_to_be_is_not_published(api, ada, jobs):
    (job,) = jobs.submit([a_spec()])
    jobs.claim("w", job_id=job.id)
    publish = lambda: api.call(  # noqa: E731
        "POST",
        f"/jobs/{job.id}/publish",
        ada,
        json={**FENCE, "files": [{"path": "a", "size": 3, "sha256": sha256(b"abc")}]},
    )
    address = f"/jobs/{job.id}/parts/{sha256(b'abc')}"
    assert publish().json()["type"].endswith("incomplete")
    sent = api.call("PUT", address, ada, params={**FENCE, "offset": 0, "size": 3}, content=b"ab")
    assert sent.json()["offset"] == 2
    assert publish().json()["type"].endswith("incomplete")
    api.call("PUT", address, ada, params={**FENCE, "offset": 2, "size": 3}, content=b"d")
    assert publish().json()["type"].endswith("differs")
    api.call("PUT", address, ada, params={**FENCE, "offset": 0, "size": 3}, content=b"abc")
    assert publish().status_code == 200


def test_what_a_session_sends_of_an_artifact_may_break_off(api, ada, jobs, tmp_path, monkeypatch):
    monkeypatch.setattr("physforge.client.jobs.CHUNK_BYTES", 1000)
    (job,) = jobs.submit([a_spec()])
    claim = jobs.claim("w", job_id=job.id)
    content = ARTIFACT["arrays/u.npy"]
    sent = {**FENCE, "offset": 0, "size": len(content)}
    api.call("PUT", f"/jobs/{job.id}/parts/{sha256(content)}", ada, params=sent, content=content[:3000])
    jobs.publish(claim, made(tmp_path / "made"), Outcome(State.SUCCEEDED))
    assert (jobs.artifact(job.id) / "arrays" / "u.npy").read_bytes() == content


def test_what_the_cache_has_of_an_artifact_is_no_truth(jobs, tmp_path):
    (job,) = jobs.submit([a_spec()])
    with pytest.raises(JobError, match="queued"):
        jobs.artifact(job.id)
    jobs.publish(jobs.claim("w", job_id=job.id), made(tmp_path / "made"), Outcome(State.SUCCEEDED))
    folder = jobs.artifact(job.id)
    (folder / "result.json").write_bytes(b"other")
    assert (jobs.artifact(job.id) / "result.json").read_bytes() == ARTIFACT["result.json"]
    assert not [one for one in folder.parent.iterdir() if one != folder]


def test_jobs_of_a_project_follow_its_rights(api, hub, ada, grace, takes_anything):
    project = api.call("POST", "/projects", ada, json={"name": somebody("lab")}).json()["id"]
    new = {"jobs": [{"kind": "work", "config": {"a": 1}}], "project_id": project}
    assert api.call("POST", "/jobs", grace, json=new).status_code == 404
    grants = f"/projects/{project}/grants/principal/{api.id_of(grace)}"
    api.call("PUT", grants, ada, json={"role": "viewer"})
    assert api.call("POST", "/jobs", grace, json=new).status_code == 403
    (job,) = api.call("POST", "/jobs", ada, json=new).json()["items"]
    assert api.call("GET", f"/jobs/{job['id']}", grace).json()["role"] == "viewer"
    assert api.call("POST", f"/jobs/{job['id']}/cancel", grace).status_code == 403
    api.call("PUT", grants, ada, json={"role": "collaborator"})
    assert api.call("POST", f"/jobs/{job['id']}/cancel", grace).json()["state"] == "cancelled"
    assert [one["id"] for one in api.call("GET", "/jobs", grace).json()["items"]] == [job["id"]]
    assert api.call("GET", "/jobs?mine=true", grace).json()["items"] == []
    api.call("DELETE", grants, ada)
    assert api.call("GET", f"/jobs/{job['id']}", grace).status_code == 404
    assert api.call("GET", "/jobs", grace).json()["items"] == []


def test_quotas_are_kept_and_shown(hub, tmp_path):
    quotas = Quotas(Quota(queued=2, artifact_bytes=10), Quota(running=1))
    with running_api(settings_for(tmp_path, hub, job_quotas=quotas), hub) as api:
        api.app.state.services.check_jobs = any_work
        ada = hub.add(somebody("ada"))
        new = [{"kind": "work", "config": {"a": number}} for number in range(3)]
        refused = api.call("POST", "/jobs", ada, json={"jobs": new})
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:physforge:problem:refused-job")
        assert api.call("GET", "/jobs", ada).json()["items"] == []
        assert api.call("POST", "/jobs", ada, json={"jobs": new[:2]}).status_code == 201
        shown = api.call("GET", "/me", ada).json()["jobs"]
        assert (shown["user"]["limits"]["queued"], shown["user"]["used"]["queued"]) == (2, 2)
        assert shown["project"]["limits"]["running"] == 1
        store = RemoteJobStore(Login(api.url, ada), Cache(tmp_path / "cache"))
        claim = store.claim("w")
        assert store.claim("w") is None
        with pytest.raises(JobError, match="artifacts"):
            store.publish(claim, made(tmp_path / "made"), Outcome(State.SUCCEEDED))
        store.close()
        metrics = api.call("GET", "/metrics", hub.add(somebody("boss"), admin=True)).text
        assert 'physforge_jobs{state="running"} 1.0' in metrics


def test_what_is_done_with_jobs_is_in_the_event_log(api, hub, ada, jobs, tmp_path):
    (job,) = jobs.submit([a_spec()])
    jobs.cancel(job.id)
    jobs.retry(job.id)
    jobs.login_for(job.id)
    jobs.publish(jobs.claim("w", job_id=job.id), made(tmp_path / "made"), Outcome(State.SUCCEEDED))
    auditor = hub.add(somebody("auditor"), groups=("auditors",))
    found = api.call("GET", f"/audit/events?object_id={job.id}&limit=100", auditor).json()["items"]
    acts = [one["act"] for one in found if one["object_id"] == job.id]
    assert acts[::-1] == ["job.submit", "job.cancel", "job.retry", "job.token", "job.publish"]
    assert not any("pfj_" in line for line in api.lines)


def test_what_an_attempt_sent_that_is_over_is_swept_away(api, ada, jobs):
    going, over = jobs.submit([a_spec(), a_spec()])
    for job in (going, over):
        jobs.claim("w", job_id=job.id)
        sent = {**FENCE, "offset": 0, "size": len(CSV)}
        assert api.call("PUT", f"/jobs/{job.id}/parts/{sha256(CSV)}", ada, params=sent, content=CSV).status_code == 200
    services = api.app.state.services
    # Ended by somebody who knows nothing of what was sent.
    services.jobs_with(uuid.UUID(over.id)).finish(
        Claim(services.jobs_with(uuid.UUID(over.id)).get(over.id), 1, "w"), Outcome(State.FAILED)
    )
    services.sweep_parts()
    assert {job_id for job_id, _ in services.parts.kept()} >= {uuid.UUID(going.id)}
    assert uuid.UUID(over.id) not in {job_id for job_id, _ in services.parts.kept()}


def test_a_cluster_runs_a_job_on_a_stored_data_set_with_the_jobs_token_alone(api, hub, tmp_path, monkeypatch):
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "of the worker"))
    ada = hub.add(somebody("ada"))
    version = api.upload(ada, "waves", WAVES)
    new = {"kind": "derivatives", "config": {"dataset": "waves", "names": ["u_t"]}}
    answer = api.call("POST", "/jobs", ada, json={"jobs": [new]})
    assert answer.status_code == 201, answer.text
    job_id = answer.json()["items"][0]["id"]
    access = Access(url=api.url, token=ada).for_job(job_id)
    assert ada not in str(access.as_document())
    done = run_job(access.as_document(), job_id)
    jobs = store_with(api, ada, tmp_path)
    assert done == {"job": job_id, "state": "succeeded", "attempt": 1}, jobs.get(job_id).error
    record = jobs.get(job_id)
    assert record.spec.inputs[0].reference == version["id"]
    task = find_task("derivatives")
    result = task.load_result().load(jobs.artifact(job_id)).value
    assert abs(float(result["u_t"].mean()) - 2.0) < 1e-6
    assert not list((tmp_path / "of the worker").rglob("*.sqlite*"))
    jobs.close()
