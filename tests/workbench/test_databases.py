"""One setting moves what a workbench remembers to PostgreSQL; what is wrong with it is said, and never the password."""

import asyncio
import base64
import contextlib
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from dask_gateway_server.backends.db_base import DataManager
from database.server import Server, running_server

from physforge.errors import MissingExtraError, SettingsError, WorkbenchError
from physforge.workbench import gateway, hub
from physforge.workbench.account_database import accounts_address
from physforge.workbench.accounts import Accounts
from physforge.workbench.api import api_environment
from physforge.workbench.cluster_records import fit_postgresql, is_same
from physforge.workbench.database_options import FALLBACK_VARIABLE
from physforge.workbench.databases import PARTS, Databases
from physforge.workbench.process_identity import identity_of
from physforge.workbench.site_settings import Site
from physforge.workbench.state import StateFolder

#: Signs that mean something in addresses and in PostgreSQL's password file.
PASSWORD = "s3:cr\\et %40@/#'\" ü"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def url(server: Server) -> str:
    return server.new_database()


@pytest.fixture
def locked(server: Server, url: str) -> str:
    """The same database, for a role that needs a password."""
    return server.require_password(url, "locked", PASSWORD)


def configure(state: StateFolder, url: str, **more: object) -> Databases:
    import yaml

    (state.home / "workbench.yaml").write_text(yaml.safe_dump({"database": {"url": url, **more}}))
    return Databases.of(state)


def add_ada(address: Path | str) -> None:
    with contextlib.closing(Accounts(address)) as accounts:
        accounts.set_password("ada", "correct horse battery staple")


def names(address: Path | str) -> list[str]:
    with contextlib.closing(Accounts(address)) as accounts:
        return accounts.names()


@pytest.fixture
def state(plan) -> StateFolder:
    return plan.state


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "database-password"
    path.write_text(PASSWORD + "\n")
    path.chmod(0o600)
    return path


def test_without_it_everything_is_in_files(state, plan, secrets):
    databases = Databases.of(state)
    databases.prepare()
    assert databases.hub == f"sqlite:///{state.database}"
    assert accounts_address(state) == state.accounts
    assert databases.audit_settings().url.startswith("sqlite:///")
    assert (
        gateway.gateway_settings(plan, secrets)["SingleUserBackend"]["db_url"]
        == f"sqlite:///{state.root}/gateway.sqlite"
    )
    assert not {"PHYSFORGE_DATABASE_URL", "PHYSFORGE_AUDIT_URL"} & set(api_environment(plan, secrets))


def test_each_part_has_a_schema_of_its_own(state, url):
    databases = configure(state, url, schema_prefix="optics")
    databases.prepare()
    databases.prepare()
    for part in PARTS:
        engine = sa.create_engine(databases.address(part))
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE one (x integer)"))
            assert sa.inspect(connection).get_table_names(schema=f"optics_{part}") == ["one"]
        engine.dispose()


def test_every_process_is_told_of_its_own(state, plan, secrets, url):
    configure(state, url).prepare()

    def schema(address: str) -> str:
        return sa.make_url(address).query["options"].removeprefix("-csearch_path=")

    assert schema(hub.hub_settings(plan, secrets)["JupyterHub"]["db_url"]) == "physforge_hub"
    backend = gateway.gateway_settings(plan, secrets)["SingleUserBackend"]
    assert schema(backend["db_url"]) == "physforge_gateway"
    assert base64.urlsafe_b64decode(backend["db_encrypt_keys"][0]).hex() == secrets.gateway_database_key
    assert schema(accounts_address(state)) == "physforge_accounts"
    assert hub.hub_settings(plan, secrets)["AccountKeeper"]["accounts_url"] == accounts_address(state)
    # In a workbench for one, hub and API write into one event log.
    assert schema(Databases.of(state).audit_settings().url) == "physforge_audit"
    environment = api_environment(plan, secrets)
    assert schema(environment["PHYSFORGE_AUDIT_URL"]) == "physforge_audit"
    assert schema(environment["PHYSFORGE_DATABASE_URL"]) == "physforge_api"


def test_what_is_set_for_one_database_goes_first(state, plan, secrets, url, monkeypatch):
    configure(state, url).prepare()
    for name in ("PHYSFORGE_ACCOUNTS_URL", "PHYSFORGE_AUDIT_URL", "PHYSFORGE_DATABASE_URL"):
        monkeypatch.setenv(name, "postgresql+psycopg:///elsewhere")
    assert accounts_address(state) == "postgresql+psycopg:///elsewhere"
    assert Databases.of(state).audit_settings().url == "postgresql+psycopg:///elsewhere"
    assert not {"PHYSFORGE_DATABASE_URL", "PHYSFORGE_AUDIT_URL"} & set(api_environment(plan, secrets))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://ada:hunter2@db/physforge", "must not hold a password"),  # pragma: allowlist secret
        ("postgresql://ada@db/physforge?password=hunter2", "must not hold a password"),
        ("mysql://db/hunter2", "must begin with postgresql://"),
        ("hunter2", "is no address"),
        ("postgresql://db", "names no database"),
        ("postgresql://db/physforge?options=-chunter2", "must not set options"),
    ],
)
def test_a_wrong_address_is_named_and_not_repeated(state, url, said):
    with pytest.raises(SettingsError, match=said) as refused:
        configure(state, url)
    assert "database.url" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_password_reaches_postgresql_and_no_address(state, locked, password_file):
    databases = configure(state, locked, password_file=str(password_file))
    databases.prepare()
    assert stat.S_IMODE(databases.passfile_of("hub").stat().st_mode) == 0o600
    engine = sa.create_engine(databases.hub)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT current_user || ' ' || current_schema()")) == "locked physforge_hub"
    engine.dispose()
    assert all("s3" not in databases.address(part) for part in PARTS)
    # The accounts work with it as they are used.
    add_ada(accounts_address(state))
    assert names(accounts_address(state)) == ["ada"]


def test_a_password_in_the_environment_is_kept_for_later_commands(state, locked, monkeypatch):
    monkeypatch.setenv(FALLBACK_VARIABLE, PASSWORD)
    configure(state, locked).prepare()
    monkeypatch.delenv(FALLBACK_VARIABLE)
    assert names(accounts_address(state)) == []


@pytest.mark.parametrize("wrong", ["wrong", ""])
def test_a_wrong_password(state, locked, monkeypatch, wrong):
    monkeypatch.setenv(FALLBACK_VARIABLE, wrong)
    with pytest.raises(WorkbenchError, match=f"Correct the password in {FALLBACK_VARIABLE}") as refused:
        configure(state, locked).prepare()
    assert "locked@" in str(refused.value)


def test_a_password_file_that_others_can_read(state, locked, password_file):
    password_file.chmod(0o640)
    with pytest.raises(WorkbenchError, match="can be read by others: chmod 600 it, and change the password") as refused:
        configure(state, locked, password_file=str(password_file)).prepare()
    assert PASSWORD not in str(refused.value)


def test_a_password_file_that_is_none(state, locked, password_file):
    databases = configure(state, locked, password_file=str(password_file))
    password_file.write_text("a\nb\n")
    with pytest.raises(WorkbenchError, match="must hold one line"):
        databases.prepare()
    password_file.unlink()
    with pytest.raises(WorkbenchError, match="cannot be read: No such file or directory"):
        databases.prepare()


def test_the_api_can_have_a_role_that_sees_nothing_else(state, server, url, locked, password_file, tmp_path):
    server.require_password(url, "api", "another secret")
    other = tmp_path / "api-password"
    other.write_text("another secret")
    other.chmod(0o600)
    more = {"password_file": str(password_file), "api_user": "api", "api_password_file": str(other)}
    databases = configure(state, locked, **more)
    databases.prepare()
    add_ada(accounts_address(state))
    engine = sa.create_engine(databases.address("api"))
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT current_user")) == "api"
        connection.execute(sa.text("CREATE TABLE things (x integer)"))
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied for schema physforge_accounts"):
            connection.execute(sa.text("SELECT * FROM physforge_accounts.account"))
    engine.dispose()
    other.chmod(0o604)
    with pytest.raises(WorkbenchError, match="api-password can be read by others"):
        databases.prepare()


def test_a_server_that_is_not_there(state, tmp_path):
    with pytest.raises(WorkbenchError, match=r"cannot be used: .*Start the server, or correct database.url"):
        configure(state, f"postgresql://ada@/physforge?host={tmp_path}").prepare()


def test_a_database_that_is_not_there(state, url):
    wrong = sa.make_url(url).set(database="missing").render_as_string()
    with pytest.raises(WorkbenchError, match=r'database "missing" does not exist\. Create it'):
        configure(state, wrong).prepare()


def test_a_role_that_may_make_no_schemas(state, locked, url, password_file):
    place = sa.make_url(url)
    with psycopg.connect(host=place.query["host"], user=place.username, dbname=place.database) as connection:
        connection.execute(f"REVOKE CREATE ON DATABASE {place.database} FROM locked")
    with pytest.raises(WorkbenchError, match=f"GRANT CREATE ON DATABASE {place.database} TO"):
        configure(state, locked, password_file=str(password_file)).prepare()


def test_a_missing_driver_is_named(state, url):
    configure(state, url)
    code = f"""
import sys
sys.modules["psycopg"] = None
from pathlib import Path
from physforge.workbench.databases import Databases
from physforge.workbench.state import StateFolder
try:
    Databases.of(StateFolder(Path({str(state.home)!r}))).prepare()
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{MissingExtraError.__name__} database in workbench.yaml needs PostgreSQL's driver")


def test_two_workbenches_do_not_share_schemas(state, url, tmp_path):
    configure(state, url).prepare()
    other = StateFolder(tmp_path / "other")
    other.create()
    with pytest.raises(WorkbenchError, match=r"belongs to another state folder .*schema_prefix"):
        configure(other, url).prepare()
    configure(other, url, schema_prefix="other").prepare()


def test_accounts_in_a_file_are_not_forgotten_in_silence(state, url):
    add_ada(state.accounts)
    with pytest.raises(WorkbenchError, match=r"accounts.sqlite, and .* is new: nothing is moved by itself"):
        configure(state, url).prepare()


def test_the_gateways_tables_fit_and_outlive_it(state, plan, secrets, url):
    configure(state, url).prepare()
    settings = gateway.gateway_settings(plan, secrets)["SingleUserBackend"]
    fit_postgresql()
    asyncio.run(keep_and_find_a_cluster(settings))


async def keep_and_find_a_cluster(settings: dict) -> None:
    before = DataManager(url=settings["db_url"], encrypt_keys=settings["db_encrypt_keys"])
    cluster = before.create_cluster("ada", {"python": ""}, {"idle_timeout": 60})
    before.update_cluster(cluster, state={"pid": os.getpid(), "process": identity_of(os.getpid())})
    worker = before.create_worker(cluster)
    before.db.dispose()
    after = DataManager(url=settings["db_url"], encrypt_keys=settings["db_encrypt_keys"])
    found = after.get_cluster(cluster.name)
    assert (found.username, found.token, found.tls_key) == ("ada", cluster.token, cluster.tls_key)
    assert found.start_time == cluster.start_time > 2**32
    assert set(found.workers) == {worker.name}
    assert is_same(found.state)
    with after.db.connect() as connection:
        stored = connection.scalar(sa.text("SELECT token FROM clusters"))
    assert cluster.token.encode() not in bytes(stored)
    after.db.dispose()


def test_a_process_id_that_is_somebody_elses_by_now_is_not_taken_for_the_cluster():
    own = {"pid": os.getpid(), "process": identity_of(os.getpid())}
    assert is_same(own)
    assert not is_same({**own, "process": "another-boot/1"})
    assert not is_same({"pid": os.getpid()})
    assert not is_same({})
    assert not is_same({"pid": 2**22 - 1, "process": None})


def test_the_setting_is_one_of_the_sites(state, url):
    configure(state, url)
    assert Site.read(state.home).database.url == url
