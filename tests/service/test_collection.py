"""The service frees the space of what was deleted, by itself."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from e2e.bench import wait_for
from service.hub_double import running_hub
from service.serving import any_work, running_api, settings_for

from physforge.audit import AuditLog, AuditSettings
from physforge.client import Cache, Login
from physforge.database.tables import DatasetRow, JobRow
from physforge.database.tables.base import now
from physforge.errors import JobError
from physforge.jobs import JobSpec, Outcome, State
from physforge.jobs.remote_store import RemoteJobStore


@pytest.mark.parametrize(("days", "stays"), [(0, True), (2, False)])
def test_the_space_of_a_deleted_data_set_is_freed_after_a_day(tmp_path, days, stays):
    with running_hub() as hub, running_api(settings_for(tmp_path, hub, collect_seconds=0.3), hub) as api:
        ada = hub.add("ada")
        kept = api.upload(ada, "kept")
        gone = api.upload(ada, "gone", b"t,u\n0,1\n1,5\n")
        address = f"/datasets/{gone['dataset_id']}"
        assert api.call("DELETE", address, ada).status_code == 200
        assert api.call("POST", f"{address}/purge", ada).status_code == 204
        database = api.app.state.services.database
        with database.writing() as session:
            session.execute(
                sa.update(DatasetRow)
                .where(DatasetRow.purged_at.is_not(None))
                .values(purged_at=now() - timedelta(days=days))
            )
        blobs = api.app.state.services.blobs
        assert kept["sha256"] in blobs.blobs()
        if stays:
            with pytest.raises(AssertionError):
                wait_for(lambda: gone["sha256"] not in blobs.blobs(), "never", 1.5)
        else:
            wait_for(lambda: gone["sha256"] not in blobs.blobs(), "the space is free", 20)
        assert kept["sha256"] in blobs.blobs()
    log = AuditLog.of(AuditSettings.of(tmp_path))
    collected = [one for one in log.query(limit=100).entries if one.act == "store.collect"]
    log.close()
    assert [one.details["blobs"] for one in collected] == ([] if stays else [1])


def test_what_jobs_have_made_is_removed_in_time_and_that_they_ran_is_kept(tmp_path):
    with running_hub() as hub:
        settings = settings_for(tmp_path, hub, collect_seconds=0.3, artifact_days=30)
        with running_api(settings, hub) as api:
            api.app.state.services.check_jobs = any_work
            store = RemoteJobStore(Login(api.url, hub.add("ada")), Cache(tmp_path / "cache"))
            old, young = store.submit([JobSpec("work", {"a": number}) for number in range(2)])
            (tmp_path / "made").mkdir()
            (tmp_path / "made" / "result.json").write_text("{}")
            for job in (old, young):
                store.publish(store.claim("w", job_id=job.id), tmp_path / "made", Outcome(State.SUCCEEDED))
            with api.app.state.services.database.writing() as session:
                ended = now() - timedelta(days=31)
                session.execute(sa.update(JobRow).where(JobRow.id == uuid.UUID(old.id)).values(finished_at=ended))
            wait_for(lambda: store.get(old.id).artifact is None, "the old artifact is gone", 20)
            assert store.get(old.id).state is State.SUCCEEDED
            with pytest.raises(JobError, match="removed"):
                store.artifact(old.id)
            assert (store.artifact(young.id) / "result.json").is_file()
            store.close()
        log = AuditLog.of(AuditSettings.of(tmp_path))
        assert [one.details["jobs"] for one in log.query(limit=100).entries if one.act == "job.expire"] == [1]
        log.close()
