"""Upload, find, show, download, share and delete data sets over HTTP."""

import io
import time
import uuid
import zipfile

import numpy as np
import pytest
import xarray as xr
from service.serving import CSV, sha256

from physforge.datasets.store import DatabaseStore, open_blobs


def begin(api, token, **facts):
    new = {"file_name": "run7.csv", "size": len(CSV), **facts}
    return api.call("POST", "/uploads", token, json=new)


def test_what_is_uploaded_is_listed_shown_and_downloaded(api, ada):
    version = api.upload(ada, "run7", message="raw", attributes={"title": "Decay"}, options={"units": {"u": "mm"}})
    assert (version["number"], version["sha256"], version["size"]) == (1, sha256(CSV), len(CSV))
    assert (version["original_name"], version["options"]) == ("run.csv", {"units": {"u": "mm"}})
    (listed,) = api.call("GET", "/datasets", ada).json()["items"]
    assert (listed["name"], listed["role"], listed["head"]["id"]) == ("run7", "owner", version["id"])
    assert api.call("GET", f"/datasets/{listed['id']}", ada).json() == listed
    content = api.call("GET", f"/datasets/{listed['id']}/versions/1/content", ada)
    assert content.content == CSV
    assert content.headers["content-type"] == "application/octet-stream"
    assert content.headers["etag"] == f'"{sha256(CSV)}"'


def test_a_second_upload_of_the_name_is_the_next_version(api, ada):
    first = api.upload(ada, "run")
    second = api.upload(ada, "run", CSV + b"2,5\n")
    again = api.upload(ada, "run", CSV + b"2,5\n")
    assert (second["dataset_id"], second["number"], again["id"]) == (first["dataset_id"], 2, second["id"])
    versions = api.call("GET", f"/datasets/{first['dataset_id']}/versions", ada).json()["items"]
    assert [(one["number"], one["sha256"]) for one in versions] == [(1, sha256(CSV)), (2, sha256(CSV + b"2,5\n"))]
    one = api.call("GET", f"/datasets/{first['dataset_id']}/versions/1", ada).json()
    assert one == versions[0]


def test_a_version_that_goes_on_from_an_old_one_is_refused(api, ada):
    first = api.upload(ada, "run")
    api.upload(ada, "run", CSV + b"2,5\n")
    begun = begin(api, ada, dataset_id=first["dataset_id"], parent=1).json()
    api.call("PUT", f"/uploads/{begun['id']}/content?offset=0", ada, content=CSV)
    done = api.call("POST", f"/uploads/{begun['id']}/complete", ada, json={"sha256": sha256(CSV)})
    assert (done.status_code, done.json()["type"]) == (409, "urn:physforge:problem:stale-version")


def test_chunks_that_are_cut_off_repeated_or_out_of_turn(api, ada):
    content = bytes(range(256)) * 40
    begun = begin(api, ada, file_name="a.npy", size=len(content)).json()
    path = f"/uploads/{begun['id']}/content"

    def send(offset, chunk):
        answer = api.call("PUT", f"{path}?offset={offset}", ada, content=chunk)
        return answer.status_code, answer.headers.get("upload-offset"), answer.json().get("offset")

    assert send(0, content[:1000]) == (200, None, 1000)
    # The answer was lost, and the chunk comes again; then one that overlaps what is there.
    assert send(0, content[:1000]) == (200, None, 1000)
    assert send(500, content[500:3000]) == (200, None, 3000)
    assert send(4000, content[4000:]) == (409, "3000", None)
    assert send(100, b"other bytes") == (409, "3000", None)
    assert send(3000, content[3000:] + b"!")[0] == 413
    early = api.call("POST", f"/uploads/{begun['id']}/complete", ada, json={"sha256": sha256(content)})
    assert (early.status_code, early.json()["type"]) == (409, "urn:physforge:problem:incomplete")
    cut_off(api, f"{path}?offset=3000", ada, content[3000:9000])
    assert api.call("GET", f"/uploads/{begun['id']}", ada).json()["offset"] == 3000
    assert send(3000, content[3000:]) == (200, None, len(content))
    wrong = api.call("POST", f"/uploads/{begun['id']}/complete", ada, json={"sha256": "0" * 64})
    assert (wrong.status_code, wrong.json()["type"]) == (409, "urn:physforge:problem:differs")
    done = api.call("POST", f"/uploads/{begun['id']}/complete", ada, json={"sha256": sha256(content)})
    twice = api.call("POST", f"/uploads/{begun['id']}/complete", ada, json={"sha256": sha256(content)})
    assert (done.status_code, twice.json()) == (201, done.json())
    assert not (api.settings.uploads / begun["id"].replace("-", "")).exists()


def cut_off(api, path, token, chunk):
    """Announce a chunk, send half of it, and break the connection."""
    import socket
    from urllib.parse import urlsplit

    place = urlsplit(api.url)
    with socket.create_connection((place.hostname, place.port)) as connection:
        head = f"PUT /services/api/v1{path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
        connection.sendall(f"{head}Content-Length: {len(chunk)}\r\n\r\n".encode() + chunk[: len(chunk) // 2])
        time.sleep(0.2)


def test_a_chunk_beyond_the_limit_is_refused_and_leaves_nothing(api, ada):
    limit = api.settings.chunk_bytes
    begun = begin(api, ada, size=2 * limit).json()
    path = f"/uploads/{begun['id']}/content?offset=0"
    announced = api.call("PUT", path, ada, content=bytes(limit + 1))
    streamed = api.call("PUT", path, ada, content=(bytes(2**20) for _ in range(limit // 2**20 + 1)))
    assert [announced.status_code, streamed.status_code] == [413, 413]
    assert announced.json()["type"] == streamed.json()["type"] == "urn:physforge:problem:body-too-large"
    assert api.call("GET", f"/uploads/{begun['id']}", ada).json()["offset"] == 0
    assert api.call("PUT", path, ada, content=bytes(limit)).json()["offset"] == limit
    assert api.call("DELETE", f"/uploads/{begun['id']}", ada).status_code == 204
    assert api.call("GET", f"/uploads/{begun['id']}", ada).status_code == 404


@pytest.mark.parametrize(
    ("range_", "status", "expected"),
    [
        ("bytes=2-5", 206, CSV[2:6]),
        ("bytes=-3", 206, CSV[-3:]),
        ("bytes=5-", 206, CSV[5:]),
        ("bytes=1000-", 416, None),
    ],
)
def test_ranges(api, ada, range_, status, expected):
    version = api.upload(ada)
    path = f"/datasets/{version['dataset_id']}/versions/1/content"
    part = api.call("GET", path, ada, headers={"Range": range_})
    assert part.status_code == status
    if expected is not None:
        assert part.content == expected
        whole = api.call("GET", path, ada, headers={"Range": range_, "If-Range": '"another"'})
        same = api.call("GET", path, ada, headers={"Range": range_, "If-Range": f'"{sha256(CSV)}"'})
        assert (whole.status_code, whole.content, same.content) == (200, CSV, expected)


def test_what_the_caller_has_is_not_sent_again(api, ada):
    version = api.upload(ada)
    shown = f"/datasets/{version['dataset_id']}"
    for path in ("/datasets", shown, f"{shown}/versions/1/content"):
        first = api.call("GET", path, ada)
        again = api.call("GET", path, ada, headers={"If-None-Match": f'"x", {first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
    api.upload(ada, "run", CSV + b"2,5\n")
    changed = api.call("GET", "/datasets", ada, headers={"If-None-Match": api.call("GET", "/me", ada).text})
    assert changed.status_code == 200


def test_a_link_downloads_without_a_token_until_it_expires_or_its_maker_may_not(api, ada, grace):
    version = api.upload(ada)
    path = f"/datasets/{version['dataset_id']}/versions/1/links"
    api.share(ada, version["dataset_id"], api.id_of(grace), "viewer")
    links = {who: api.call("POST", path, who, json={}).json()["path"] for who in (ada, grace)}
    assert [api.call("GET", link).content for link in links.values()] == [CSV, CSV]
    api.call("DELETE", f"/datasets/{version['dataset_id']}/grants/principal/{api.id_of(grace)}", ada)
    assert [api.call("GET", link).status_code for link in links.values()] == [200, 404]
    assert api.call("GET", links[ada][:-2] + "AA").status_code == 404
    short = api.call("POST", path, ada, json={"seconds": 1}).json()["path"]
    assert api.call("GET", short).status_code == 200
    time.sleep(1.1)
    assert api.call("GET", short).status_code == 404
    assert not [line for line in api.lines if links[ada].rpartition("/")[2] in line]


def test_the_trash_keeps_a_data_set_until_it_is_restored(api, ada):
    version = api.upload(ada, "run")
    path = f"/datasets/{version['dataset_id']}"
    assert api.call("DELETE", path, ada).json()["removed"] is not None
    assert api.call("GET", "/datasets", ada).json()["items"] == []
    assert [one["name"] for one in api.call("GET", "/datasets?trash=true", ada).json()["items"]] == ["run"]
    assert api.call("GET", f"{path}/versions/1/content", ada).status_code == 404
    api.upload(ada, "run")
    taken = api.call("POST", f"{path}/restore", ada, json={})
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:physforge:problem:name-taken")
    assert api.call("POST", f"{path}/restore", ada, json={"name": "run 2"}).json()["name"] == "run 2"
    assert [one["name"] for one in api.call("GET", "/datasets", ada).json()["items"]] == ["run", "run 2"]


def test_parts_of_a_list_and_words_to_look_for(api, ada):
    for name in ("ä", "c", "a%", "b_", "a"):
        api.upload(ada, name, attributes={"title": "Süd" if name == "c" else "x"})
    found, cursor = [], ""
    while cursor is not None:
        part = api.call("GET", f"/datasets?limit=2{cursor and f'&cursor={cursor}'}", ada).json()
        found += [one["name"] for one in part["items"]]
        cursor = part["next"]
    assert found == ["a", "a%", "b_", "c", "ä"]

    def search(words):
        return [one["name"] for one in api.call("GET", "/datasets", ada, params={"search": words}).json()["items"]]

    assert (search("%"), search("_"), search("RUN a%"), search("' OR 1=1 --")) == (["a%"], ["b_"], ["a%"], [])
    assert api.call("GET", "/datasets?cursor=bm9uc2Vuc2U=", ada).status_code == 404


def test_a_zarr_folder_is_downloaded_as_a_zip_file(api, ada, hub, tmp_path):
    name = hub.tokens[ada][0]
    api.call("GET", "/me", ada)
    ds = xr.Dataset({"u": ("t", np.arange(5.0))}, {"t": np.arange(5.0)})
    ds.to_zarr(tmp_path / "a.zarr", zarr_format=3, consolidated=False)
    services = api.app.state.services
    store = DatabaseStore(services.database, open_blobs(api.settings.store_address), principal=name)
    added = store.add(tmp_path / "a.zarr", name="folder")
    answer = api.call("GET", f"/datasets/{added.dataset_id}/versions/1/content", ada)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        packed.extractall(tmp_path / "b.zarr")
    xr.testing.assert_identical(xr.open_zarr(tmp_path / "b.zarr", consolidated=False).load(), ds)


def test_lineage_names_only_what_the_caller_may_see(api, ada, grace, hub):
    secret = api.upload(ada, "secret raw")
    store = api.app.state.services.dataset(uuid.UUID(secret["dataset_id"]))[1]
    derived = store.add(
        xr.Dataset({"u": ("t", [1.0, 2.0])}, {"t": [0.0, 1.0]}), name="derived", derived_from="secret raw"
    )
    api.share(ada, derived.dataset_id, api.id_of(grace), "viewer")
    path = f"/datasets/{derived.dataset_id}/versions/1/lineage"
    names = {who: [one["name"] for one in api.call("GET", path, who).json()["versions"]] for who in (ada, grace)}
    assert sorted(map(str, names[ada])) == ["derived", "secret raw"]
    assert sorted(map(str, names[grace])) == ["None", "derived"]
    assert "secret" not in api.call("GET", path, grace).text


def test_quota_and_size_of_a_file(hub, tmp_path):
    from service.serving import running_api, settings_for, somebody

    token = hub.add(somebody("ada"))
    with running_api(settings_for(tmp_path, hub, quota_bytes=60, max_upload_bytes=100), hub) as api:
        api.upload(token, "a")
        assert begin(api, token, size=101).json()["type"] == "urn:physforge:problem:file-too-large"
        open_one = begin(api, token, name="b")
        full = begin(api, token, name="c")
        assert (open_one.status_code, full.status_code, full.json()["type"]) == (
            201,
            403,
            "urn:physforge:problem:quota",
        )
        assert api.call("GET", "/me", token).json()["quota"] == {"used_bytes": 2 * len(CSV), "limit_bytes": 60}


def test_the_event_log_has_who_was_refused_what(api, ada, grace, hub):
    auditor = hub.add("auditor", groups=("auditors",))
    dataset = api.upload(ada)["dataset_id"]
    assert api.call("DELETE", f"/datasets/{dataset}", grace).status_code == 404
    assert api.call("GET", "/users", grace).status_code == 403
    events = api.call("GET", f"/audit/events?actor={api.id_of(grace)}&act=access.refused", auditor).json()["items"]
    assert [(one["outcome"], one["object_id"], one["details"]["route"]) for one in events] == [
        ("refused", None, "/users"),
        ("refused", dataset, "/datasets/{dataset_id}"),
    ]


def test_the_event_log_has_who_did_what(api, ada, hub):
    auditor = hub.add("auditor", groups=("auditors",))
    version = api.upload(ada, "audited")
    api.call(
        "GET", f"/datasets/{version['dataset_id']}/versions/1/content", ada, headers={"X-Request-ID": "my-request-1"}
    )
    path = f"/audit/events?object_id={version['dataset_id']}&personal=true"
    events = api.call("GET", path, auditor).json()["items"]
    assert [(one["act"], one["outcome"]) for one in events] == [("dataset.download", "ok"), ("dataset.create", "ok")]
    assert events[0]["request_id"] == "my-request-1"
    assert {one["actor"] for one in events} == {api.id_of(ada)}
    assert events[0]["personal"] == {"name": hub.tokens[ada][0]}
