"""The Python that a user chooses for a cluster: who runs it, and which ones are refused."""

import asyncio
import os
import pwd
import re
import sys
import time
import venv
from importlib.metadata import version
from pathlib import Path

import pytest
from dask_gateway_server.backends.base import PublicException

from physforge.workbench import cluster_python
from physforge.workbench.cluster_backend import SingleUserBackend, UnixUserBackend
from physforge.workbench.unix_users import UnixUser


def check(python: str | Path, **environment: str) -> None:
    asyncio.run(SingleUserBackend().refuse_unfit_python("ada", str(python), environment))


def refusal(python: str | Path) -> str:
    with pytest.raises(PublicException) as refused:
        check(python)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False, symlinks=True)
    return folder


def install(environment: Path, **versions: str) -> None:
    (packages,) = environment.glob("lib/python*/site-packages")
    for name, found in versions.items():
        folder = packages / f"{name}-{found}.dist-info"
        folder.mkdir(exist_ok=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {found}\n")


@pytest.fixture
def program(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    return write


def test_the_workbenchs_own_is_not_asked():
    check("")
    check(Path(sys.executable).with_name("python-that-is-not-there"))


def test_a_python_without_dask_is_refused_and_told_what_it_lacks(empty):
    said = refusal(empty / "bin" / "python")
    assert f"dask missing, and the workbench has {version('dask')}" in said
    assert f"distributed missing, and the workbench has {version('distributed')}" in said
    assert f"-m pip install dask=={version('dask')} distributed=={version('distributed')} dask-gateway==" in said


def test_other_versions_are_refused_and_both_are_named(tmp_path):
    venv.create(tmp_path, with_pip=False, symlinks=True)
    install(tmp_path, dask=version("dask"), distributed="2024.1.0", dask_gateway=version("dask-gateway"))
    said = refusal(tmp_path / "bin" / "python")
    assert f"has distributed 2024.1.0, and the workbench has {version('distributed')}." in said
    assert "dask missing" not in said


def test_the_same_versions_are_taken(tmp_path):
    venv.create(tmp_path, with_pip=False, symlinks=True)
    install(tmp_path, **{name: version(name) for name in ("dask", "distributed", "dask_gateway")})
    check(tmp_path / "bin" / "python")


def test_a_path_that_leads_nowhere(tmp_path):
    missing = tmp_path / "gone" / "bin" / "python"
    assert refusal(missing) == f"python: {missing} cannot be run: No such file or directory"
    assert refusal(tmp_path).endswith("cannot be run: Permission denied")


@pytest.mark.parametrize("words", ["hello", "'[1]'", '\'{"dask": ["x"], "distributed": 1}\'', "\"$(printf 'a\\rb')\""])
def test_a_program_that_is_no_python(program, words):
    assert "does not answer as a Python does; it says: " in refusal(program(f"echo {words}"))


def test_a_program_that_talks_without_end(program):
    assert "does not answer as a Python does" in refusal(program("while true; do echo nonsense; done"))


def test_a_program_that_never_answers_is_killed(program, monkeypatch, tmp_path):
    monkeypatch.setattr(cluster_python, "_SECONDS", 1)
    start = time.monotonic()
    said = refusal(program(f"echo $$ > {tmp_path}/pid; exec sleep 60"))
    assert "did not answer within 1 s" in said
    assert time.monotonic() - start < 20
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root runs things as others")
def test_it_is_run_as_the_user_and_nobody_else(program, tmp_path):
    entry = pwd.getpwnam("nobody")
    nobody = UnixUser("nobody", entry.pw_uid, entry.pw_gid, (entry.pw_gid,), Path("/nonexistent"), "/bin/sh")
    backend = UnixUserBackend(unix_user=lambda _name: nobody)
    path = Path("/bin/sh")
    closed = program("id -u")
    # What the user cannot enter cannot be run, though root could.
    closed.parent.chmod(0o700)
    with pytest.raises(PublicException, match="cannot be run: Permission denied"):
        asyncio.run(backend.refuse_unfit_python("nobody", str(closed), {}))
    told = asyncio.run(_say_who(backend, path))
    uid, groups, umask, home = told.split()
    assert (uid, groups, umask, home) == (str(entry.pw_uid), str(entry.pw_gid), "0077", "/nonexistent")


async def _say_who(backend: UnixUserBackend, shell: Path) -> str:
    arguments, environment = await backend.identity("nobody")
    show = "echo $(id -u) $(id -G) $(umask) $HOME"
    process = await asyncio.create_subprocess_exec(
        shell, "-c", show, stdout=asyncio.subprocess.PIPE, env=environment, **arguments
    )
    return (await process.communicate())[0].decode()


def test_its_programs_come_first():
    found = cluster_python.with_programs_of("/home/ada/optics/bin/python", {"PATH": "/usr/bin", "A": "b"})
    assert found == {"PATH": "/home/ada/optics/bin:/usr/bin", "A": "b"}
    assert cluster_python.with_programs_of("", {"PATH": "/usr/bin"}) == {"PATH": "/usr/bin"}


def test_variables_of_the_user_reach_it(program):
    with pytest.raises(PublicException, match=re.escape("it says: 'here'")):
        asyncio.run(SingleUserBackend().refuse_unfit_python("ada", str(program('echo "$WHERE"')), {"WHERE": "here"}))
