"""Short reads share few threads, and a long one takes none of them away."""

import asyncio

import httpx
import pytest
from service.hub_double import running_hub
from service.serving import settings_for

from physforge.service import PREFIX, create_app


def test_a_long_read_is_answered_beside_the_thread_of_the_short_ones(tmp_path):
    with running_hub() as hub:
        headers = {"Authorization": f"Bearer {hub.add('ada')}"}
        app = create_app(settings_for(tmp_path, hub))

        async def scenario() -> None:
            transport = httpx.ASGITransport(app)
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client,
            ):
                readers = app.state.services.readers
                # SQLite: one thread.
                await readers.acquire_on_behalf_of("somebody who reads")
                assert readers.available_tokens == 0
                assert (await client.get(f"{PREFIX}/me/export")).status_code == 200
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(client.get(f"{PREFIX}/me"), 1)
                readers.release_on_behalf_of("somebody who reads")
                assert (await client.get(f"{PREFIX}/me")).status_code == 200

        asyncio.run(scenario())
