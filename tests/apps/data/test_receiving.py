"""Files in parts: each refusal has its sentence, what was cut off goes on, and no other page can send."""

import hashlib
import uuid

import pytest

from physforge.apps.receiving import LARGEST_CHUNK, TICKET_HEADER

CSV = b"t,u\n" + b"".join(b"%d,%d\n" % (k, k * k) for k in range(400))


def begin(routes, token, content=CSV, **facts):
    new = {"file_name": "run.csv", "size": len(content), "key": f"run/{len(content)}", **facts}
    return routes.call("POST", "/uploads", token, json=new)


def send(routes, token, content=CSV, **facts):
    upload = begin(routes, token, content, **facts).json()
    place = f"/uploads/{upload['id']}"
    assert routes.call("PUT", f"{place}?offset=0", token, content=content).json()["offset"] == len(content)
    digest = hashlib.sha256(content).hexdigest()
    return routes.call("POST", f"{place}/complete", token, json={"sha256": digest})


def test_what_was_cut_off_goes_on_where_it_was(routes, api, ada):
    first = begin(routes, ada).json()
    place = f"/uploads/{first['id']}"
    routes.call("PUT", f"{place}?offset=0", ada, content=CSV[:1000])
    again = begin(routes, ada).json()
    assert (again["id"], again["offset"]) == (first["id"], 1000)
    assert routes.call("GET", place, ada).json()["offset"] == 1000
    routes.call("PUT", f"{place}?offset=1000", ada, content=CSV[1000:])
    end = {"sha256": hashlib.sha256(CSV).hexdigest()}
    version = routes.call("POST", f"{place}/complete", ada, json=end).json()
    assert (version["name"], version["number"], version["size"]) == ("run", 1, len(CSV))
    content = api.call("GET", f"/datasets/{version['dataset_id']}/versions/1/content", ada)
    assert content.content == CSV


def test_a_known_name_is_asked_about(routes, ada):
    first = send(routes, ada).json()
    known = begin(routes, ada)
    assert known.status_code == 409
    assert known.json()["type"].endswith(":name-known")
    assert (known.json()["version"], known.json()["free"]) == (2, "run-2")
    second = send(routes, ada, CSV + b"400,1\n", choice="version").json()
    assert (second["dataset_id"], second["number"]) == (first["dataset_id"], 2)
    beside = send(routes, ada, CSV, choice="new").json()
    assert (beside["name"], beside["number"]) == ("run-2", 1)
    assert begin(routes, ada).json()["free"] == "run-3"


def test_a_name_of_the_catalog_is_asked_about(routes, ada):
    known = begin(routes, ada, file_name="burgers.csv").json()
    assert (known["version"], known["free"]) == (None, "burgers-2")
    assert "catalog" in known["detail"]


def test_what_was_completed_before_can_be_sent_again(routes, ada):
    send(routes, ada)
    assert send(routes, ada, choice="new").json()["name"] == "run-2"
    assert begin(routes, ada, choice="version").json()["version_id"] is None


@pytest.mark.parametrize(
    ("facts", "status", "words"),
    [
        ({"file_name": "run.pkl"}, 422, "pkl"),
        ({"file_name": "a/b.csv"}, 422, "file_name"),
        ({"size": 0}, 422, "size"),
        ({"size": "12"}, 422, "no request"),
        ({"choice": "steal"}, 422, "no request"),
        ({"dataset_id": "../me"}, 422, "no request"),
        ({"dataset_id": str(uuid.uuid4())}, 404, "no such data set"),
    ],
)
def test_refusals_are_said(routes, ada, facts, status, words):
    answer = begin(routes, ada, **facts)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_a_part_is_not_larger_than_the_limit(routes, ada):
    upload = begin(routes, ada, size=LARGEST_CHUNK * 2).json()
    answer = routes.call("PUT", f"/uploads/{upload['id']}?offset=0", ada, content=bytes(LARGEST_CHUNK + 1))
    assert answer.status_code == 413
    assert str(LARGEST_CHUNK) in answer.json()["detail"]


def test_other_bytes_than_those_that_were_promised_are_refused(routes, ada):
    upload = begin(routes, ada, b"abcd").json()
    place = f"/uploads/{upload['id']}"
    routes.call("PUT", f"{place}?offset=0", ada, content=b"abcd")
    answer = routes.call("POST", f"{place}/complete", ada, json={"sha256": hashlib.sha256(b"abce").hexdigest()})
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (409, "differs")
    assert routes.call("DELETE", place, ada).status_code == 204
    assert routes.call("GET", place, ada).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Cookie": ""}, 401),
        ({TICKET_HEADER: ""}, 403),
        ({TICKET_HEADER: "0" * 64}, 403),
        ({"Origin": "http://evil.example"}, 403),
    ],
)
def test_no_other_page_can_send(routes, api, ada, headers, status):
    new = {"file_name": "run.csv", "size": 4, "key": "k"}
    answer = routes.call("POST", "/uploads", ada, json=new, headers=headers)
    assert answer.status_code == status
    assert answer.json()["detail"]
    upload = begin(routes, ada).json()
    refused = routes.call("PUT", f"/uploads/{upload['id']}?offset=0", ada, content=b"t,u\n", headers=headers)
    assert refused.status_code == status
    assert api.call("GET", f"/uploads/{upload['id']}", ada).json()["offset"] == 0


def test_nobody_sends_to_the_upload_of_another(routes, hub, ada):
    upload = begin(routes, ada).json()
    eve = hub.add("eve-who-listens")
    assert routes.call("PUT", f"/uploads/{upload['id']}?offset=0", eve, content=b"t,u\n").status_code == 404


@pytest.mark.parametrize("path", ["/uploads/../me", "/uploads/abc", "/downloads/abc/1"])
def test_paths_are_ids(routes, ada, path):
    assert routes.call("GET", path, ada).status_code == 404


def test_the_bytes_come_from_a_link_of_the_api(routes, api, hub, ada):
    version = send(routes, ada).json()
    place = f"/downloads/{version['dataset_id']}/1"
    answer = routes.call("GET", place, ada)
    assert answer.status_code == 302
    assert api.call("GET", answer.headers["Location"]).content == CSV
    stranger = routes.call("GET", place, hub.add("mallory"))
    assert stranger.status_code == 404
    assert "may not see it" in stranger.text
    assert routes.call("GET", place, ada, headers={"Cookie": ""}).headers["Location"].startswith("/hub/login")
