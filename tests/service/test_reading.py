"""Short reads are answered at once, whoever waits."""

import asyncio
import threading
import time

import httpx
from anyio import to_thread
from service.hub_double import running_hub
from service.serving import settings_for

from physforge.database import Database
from physforge.service import PREFIX, create_app

#: As many as may be waited with: more than there are connections for writers.
WRITERS = 30


def calling(app, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api", headers=headers)


def test_a_read_waits_neither_for_writers_nor_for_their_connections(tmp_path):
    with running_hub() as hub:
        token, app = hub.add("ada"), create_app(settings_for(tmp_path, hub))

        async def scenario() -> None:
            async with app.router.lifespan_context(app), calling(app, token) as client:
                database: Database = app.state.services.database
                assert (await client.get(f"{PREFIX}/me")).status_code == 200
                with database.writing() as session:
                    session.connection()
                    waiting = [threading.Thread(target=_write, args=(database,)) for _ in range(WRITERS)]
                    for one in waiting:
                        one.start()
                    await asyncio.sleep(0.3)
                    start = time.monotonic()
                    assert (await client.get(f"{PREFIX}/datasets")).status_code == 200
                    # The writers wait for thirty seconds, and so would whoever needs a connection of theirs.
                    assert time.monotonic() - start < 5
                for one in waiting:
                    await to_thread.run_sync(one.join)

        asyncio.run(scenario())


def _write(database: Database) -> None:
    with database.writing() as session:
        session.connection()
