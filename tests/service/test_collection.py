"""The service frees the space of what was deleted, by itself."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from e2e.bench import wait_for
from service.hub_double import running_hub
from service.serving import running_api, settings_for

from physforge.audit import AuditLog, AuditSettings
from physforge.database.tables import DatasetRow
from physforge.database.tables.base import now


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
