"""What Dask Gateway answers to tokens, with a real server in the hub's place."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, make_mocked_request

from physforge.workbench.gateway_login import HubTokens

SCOPE = "access:services!service=dask-gateway"
KNOWN = {
    "good": {"name": "ada", "kind": "user", "scopes": [SCOPE]},
    "narrow": {"name": "ada", "kind": "user", "scopes": ["self"]},
}


async def user(request: web.Request) -> web.Response:
    model = KNOWN.get(request.headers["Authorization"].removeprefix("token "))
    return web.json_response(model, status=200 if model else 403)


def ask(header: str | None, *, hub_runs: bool = True) -> str:
    """Return who the gateway takes the sender for."""

    async def answer() -> str:
        app = web.Application()
        app.router.add_get("/hub/api/user", user)
        async with TestServer(app) as server:
            tokens = HubTokens(
                jupyterhub_api_url=str(server.make_url("/hub/api")),
                jupyterhub_api_token="-",
                jupyterhub_service_name="dask-gateway",
            )
            await tokens.setup(app)
            try:
                if not hub_runs:
                    await server.close()
                headers = {} if header is None else {"Authorization": header}
                return (await tokens.authenticate(make_mocked_request("GET", "/", headers=headers))).name
            finally:
                await tokens.cleanup()

    return asyncio.run(answer())


def test_a_good_token_says_who_it_is():
    assert ask("jupyterhub good") == "ada"


@pytest.mark.parametrize(
    "header", [None, "", "jupyterhub", "jupyterhub ", "token good", "jupyterhub narrow", "jupyterhub " + "0" * 64]
)
def test_what_is_no_token_for_the_gateway_is_refused(header):
    with pytest.raises(web.HTTPUnauthorized):
        ask(header)


def test_a_hub_that_is_away_is_named():
    with pytest.raises(web.HTTPBadGateway) as error:
        ask("jupyterhub good", hub_runs=False)
    assert "The hub does not answer" in error.value.reason
