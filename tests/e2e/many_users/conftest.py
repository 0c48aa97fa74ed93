"""The workbench of this folder, and three people in it."""

import json
import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from e2e.bare_api import CACHE_SECONDS, WITH_API, BareApi, bare_api
from e2e.bare_hub import BareHub, Hub
from e2e.bench import Workbench
from e2e.for_many import workbench_for_many
from e2e.people import Person

from physforge.audit import AuditLog, AuditSettings, Event
from physforge.workbench.state import Plan
from physforge.workbench.unix_users import ensure_service_user

#: Names that no Unix user of the machine has.
ADMIN, ADA, BEA = (f"pf-{name}-{secrets.token_hex(3)}" for name in ("admin", "ada", "bea"))

SITE = {
    # Whoever runs the tests may be called Bob.
    "existing_users": "all",
    "gpus": ["GPU-fake-0"],
    "profiles": [
        {"name": "small", "title": "One core", "cores": 1, "memory_gib": 6},
        {"name": "gpu", "title": "One GPU", "gpus": 1},
    ],
    "clusters": {"per_user": 1},
    "identity": {"registration": "request"},
}

CLUSTER = """
import json, os
from dask_gateway import Gateway
gateway = Gateway()
cluster = gateway.new_cluster()
cluster.scale(1)
client = cluster.get_client()
client.wait_for_workers(1, timeout=60)
try:
    gateway.new_cluster()
    second = "allowed"
except Exception as error:
    second = str(error)
uid, folder, umask = list(client.run(lambda: (os.getuid(), os.getcwd(), oct(os.umask(0o077)))).values())[0]
print(json.dumps({
    "name": cluster.name,
    "dashboard": cluster.dashboard_link,
    "worker": uid,
    "folder": folder,
    "umask": umask,
    "second": second,
    "scheduler": client.run_on_scheduler(lambda: os.getuid()),
    "computed": client.submit(pow, 7, 2).result(),
}))
"""


@pytest.fixture(scope="package")
def bench() -> Iterator[Workbench]:
    if os.getuid() != 0:
        pytest.skip("only root can run sessions as different Unix users")
    environment = {"PHYSFORGE_API_CACHE_SECONDS": str(CACHE_SECONDS)}
    with workbench_for_many((ADMIN, ADA, BEA), SITE, environment, leave_an_earlier_log) as bench:
        yield bench


def leave_an_earlier_log(bench: Workbench) -> None:
    """Put an event log of its own into the API's folder, as earlier versions kept one."""
    folder, service = Path("/var/lib/physforge") / bench.state.identity / "api", ensure_service_user()
    folder.parent.parent.mkdir(exist_ok=True, mode=0o711)
    folder.parent.mkdir(exist_ok=True, mode=0o711)
    folder.mkdir(mode=0o700)
    with AuditLog.of(AuditSettings.of(folder, {})) as log:
        for number in range(3):
            log.append(Event(act="dataset.create", object_kind="dataset", object_id=f"run{number}"))
    for path in (folder, *folder.rglob("*")):
        os.chown(path, service.uid, service.gid)


@pytest.fixture(scope="package")
def hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The workbench's hub; without root one by itself, which has the same accounts."""
    if os.getuid() == 0:
        bench = request.getfixturevalue("bench")
        hub = Hub(Plan.read(bench.state), bench.state.logs / "hub.log")
        yield hub
        hub.close()
        return
    settings = yaml.safe_dump({"identity": SITE["identity"]})
    alone = BareHub(tmp_path_factory.mktemp("accounts") / "state", settings=settings, extra=WITH_API)
    alone.accounts.set_password(alone.plan.user, "one password for the first")
    try:
        yield alone.start().wait()
    finally:
        alone.stop()


@pytest.fixture(scope="package")
def api(hub: Hub) -> Iterator[BareApi]:
    """The API beside that hub, on its own port."""
    if isinstance(hub, BareHub):
        with bare_api(hub) as alone:
            yield alone
    else:
        yield BareApi(f"http://127.0.0.1:{hub.plan.ports.api}", hub.state.logs / "api.log")


@pytest.fixture(scope="package")
def people(bench: Workbench, hub: Hub) -> tuple[Person, Person]:
    """Two who were invited, each with a server that is started."""
    said = {name: hub.command("account", "invite", name) for name in (ADA, BEA)}
    ada, bea = (Person.invited(bench, name, text) for name, text in said.items())
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda person, profile: person.start(profile), (ada, bea), ("gpu", "small")))
    return ada, bea


@pytest.fixture(scope="package")
def ada(people: tuple[Person, Person]) -> Person:
    return people[0]


@pytest.fixture(scope="package")
def bea(people: tuple[Person, Person]) -> Person:
    return people[1]


@pytest.fixture(scope="package")
def kernels(people: tuple[Person, Person]) -> dict[str, str]:
    return {person.name: person.new_kernel() for person in people}


@pytest.fixture(scope="package")
def clusters(people: tuple[Person, Person], kernels: dict[str, str]) -> dict[str, dict]:
    """A Dask cluster of each, with a worker."""
    with ThreadPoolExecutor() as pool:
        said = pool.map(lambda person: person.run(kernels[person.name], CLUSTER), people)
    return {person.name: json.loads(text) for person, text in zip(people, said, strict=True)}
