"""A workbench for many users whose databases are all on a PostgreSQL server that wants a password."""

import json
import os
import secrets
import shutil
import signal
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
import sqlalchemy as sa
import yaml
from database.server import Server, running_server
from e2e.bench import Workbench, wait_for
from e2e.kernel import execute

from physforge.workbench.many_users import unix_users
from physforge.workbench.site_settings import Site
from physforge.workbench.state import Plan

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.getuid() != 0, reason="only root can run sessions as different Unix users"),
]

ADA = f"pf-ada-{secrets.token_hex(3)}"
PASSWORD = f"s3:cr\\et %40 {secrets.token_hex(8)}"

API_PASSWORD = secrets.token_hex(8)

CLUSTER = """
    from dask_gateway import Gateway
    cluster = Gateway().new_cluster(shutdown_on_close=False)
    cluster.scale(1)
    client = cluster.get_client()
    print(client.submit(sum, [40, 2]).result(timeout=90))
"""


@pytest.fixture(scope="module")
def database() -> Iterator[tuple[Server, str]]:
    with running_server() as server:
        empty = server.new_database()
        server.require_password(empty, "api", API_PASSWORD)
        url = server.require_password(empty, "workbench", PASSWORD)
        # The API is another user than root, and than the server.
        Path(sa.make_url(url).query["host"]).chmod(0o711)
        yield server, url


@pytest.fixture(scope="module")
def bench(database: tuple[Server, str]) -> Iterator[Workbench]:
    folder = Path(tempfile.mkdtemp(prefix="pf-"))
    folder.chmod(0o755)
    bench = Workbench(folder / "state")
    bench.home.mkdir()
    secret = folder / "database-password"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    apis = folder / "api-password"
    apis.write_text(API_PASSWORD)
    apis.chmod(0o600)
    setting = {
        "url": database[1],
        "password_file": str(secret),
        "api_user": "api",
        "api_password_file": str(apis),
    }
    (bench.home / "workbench.yaml").write_text(yaml.safe_dump({"homes": str(folder / "homes"), "database": setting}))
    try:
        yield bench
    finally:
        bench.down()
        if bench.state.plan.exists():
            plan = Plan.read(bench.state)
            unix_users(plan, Site.read(bench.home)).retire(ADA)
            shutil.rmtree(plan.clusters.parent, ignore_errors=True)
        shutil.rmtree(folder)


def test_five_databases_on_postgresql(bench: Workbench, database: tuple[Server, str]):
    refuse_an_open_password(bench)
    bench.up("--many-users", "--user", ADA)
    token = bench.token_of(ADA, bench.password)
    headers = {"Authorization": f"token {token}"}
    kernel = start_a_kernel(bench, headers)
    run = lambda code: execute(bench.url, kernel, textwrap.dedent(code), token, ADA)  # noqa: E731
    assert run(CLUSTER) == "42\n"
    project = create_project(bench, token)
    outlive_the_gateway(bench, token, run)
    before = verify(bench)
    assert every_schema_has_rows(database[1])
    assert list(bench.home.rglob("*.sqlite*")) == []
    assert list(Plan.read(bench.state).clusters.parent.rglob("*.sqlite*")) == []
    told = everything_that_tells(bench)
    assert PASSWORD not in told
    assert API_PASSWORD not in told

    bench.down()
    said = bench.up()
    # No new first account: the accounts were found again.
    assert "shown this once" not in said
    assert httpx.get(f"{bench.url}/hub/api/user", headers=headers, timeout=30).json()["name"] == ADA
    found = httpx.get(f"{api(bench)}/projects/{project}", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert found.status_code == 200, found.text
    assert verify(bench) >= before > 0
    with httpx.Client(base_url=bench.url, follow_redirects=True, timeout=30) as client:
        assert bench.log_in(client, ADA, bench.password).status_code == 200


def refuse_an_open_password(bench: Workbench) -> None:
    secret = Path(yaml.safe_load((bench.home / "workbench.yaml").read_text())["database"]["password_file"])
    secret.chmod(0o644)
    done = bench.command("up", "--port-base", str(bench.base), "--many-users", check=False)
    assert done.returncode == 1
    assert "can be read by others: chmod 600 it, and change the password" in done.stderr
    assert bench.processes() == []
    secret.chmod(0o600)


def start_a_kernel(bench: Workbench, headers: dict[str, str]) -> str:
    httpx.post(f"{bench.url}/hub/api/users/{ADA}/server", headers=headers, timeout=90).raise_for_status()
    wait_for(lambda: bench.answers(f"/user/{ADA}/api/kernels", headers=headers), "ada's server", 60)
    kernels = f"{bench.url}/user/{ADA}/api/kernels"
    return httpx.post(kernels, headers=headers, timeout=30).raise_for_status().json()["id"]


def api(bench: Workbench) -> str:
    return f"{bench.url}/services/api/v1"


def create_project(bench: Workbench, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "once-and-only-once"}
    answer = httpx.post(f"{api(bench)}/projects", headers=headers, json={"name": "optics"}, timeout=30)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def outlive_the_gateway(bench: Workbench, token: str, run) -> None:
    """Its database remembers clusters: they go on, and are stopped by the gateway that comes after."""
    before = bench.pid_of("gateway")
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: bench.pid_of("gateway") not in (0, before), "the gateway started again", 60)
    address = f"http://127.0.0.1:{bench.ports.gateway}/api/v1/clusters/"
    own = {"Authorization": f"jupyterhub {token}"}

    def clusters() -> list[str]:
        try:
            answer = httpx.get(address, headers=own, timeout=10)
        except httpx.HTTPError:
            return []
        facts = answer.json() if answer.status_code == 200 else {}
        return [name for name, one in facts.items() if one["status"] == "RUNNING"]

    (name,) = wait_for(clusters, "the cluster in the list again", 60)
    assert run("print(client.submit(sum, [1, 2]).result(timeout=60))") == "3\n"
    run("client.close()")
    httpx.delete(address + name, headers=own, timeout=30).raise_for_status()
    wait_for(lambda: "dask scheduler" not in bench.programs(), "the scheduler stopped", 60)


def verify(bench: Workbench) -> int:
    """Verify the event log by the command, and return how many events it has."""
    return json.loads(bench.command("audit", "verify", "--json").stdout)["events"]


def every_schema_has_rows(url: str) -> bool:
    place = sa.make_url(url)
    tables = "SELECT count(*) FROM pg_stat_user_tables WHERE schemaname = %s AND n_tup_ins > 0"
    with psycopg.connect(
        host=place.query["host"], user=place.username, dbname=place.database, password=PASSWORD
    ) as connection:
        # What sessions did is counted when they are idle.
        connection.execute("SELECT pg_stat_clear_snapshot()")
        parts = ("hub", "gateway", "accounts", "audit", "api")
        return all(connection.execute(tables, [f"physforge_{part}"]).fetchone()[0] for part in parts)


def everything_that_tells(bench: Workbench) -> str:
    """Logs, settings, command lines and environments: all but the two files of the password itself."""
    plan = Plan.read(bench.state)
    files = [*bench.state.root.rglob("*"), *plan.clusters.parent.rglob("*"), *plan.proxy_folder.rglob("*")]
    texts = [path.read_bytes() for path in files if path.is_file() and not path.name.endswith("database-password")]
    assert len(texts) > 20
    for process in bench.processes():
        texts += [" ".join(process.cmdline()).encode(), json.dumps(process.environ()).encode()]
    # As it is in PostgreSQL's own file of passwords, too.
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:").encode()
    assert not any(escaped in text for text in texts)
    return b"\n".join(texts).decode(errors="replace")
