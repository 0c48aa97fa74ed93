"""The run record: who ran what, when, on which machine, with which versions; and no secret."""

from __future__ import annotations

import getpass
import os
import platform
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from physforge.jobs.spec import JobSpec

#: Packages that can change a figure; those that are not installed are left out.
PACKAGES = (
    "physforge",
    "numpy",
    "scipy",
    "pandas",
    "xarray",
    "dask",
    "distributed",
    "pint",
    "sympy",
    "pysindy",
    "scikit-learn",
    "pyoperon",
    "pysr",
    "torch",
    "h5netcdf",
    "zarr",
)

#: Variables that say how many threads the numerical libraries use.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")

#: Begins the line of ``git status`` that says where the folder is.
_COMMIT = "# branch.oid "

#: Longest that git and the like may take, in seconds.
_PATIENCE_S = 5.0


def collect_run_record(spec: JobSpec) -> dict[str, Any]:
    """Describe a run, in the process that did it.

    Parameters
    ----------
    spec : JobSpec
        What was run.

    Returns
    -------
    dict
        JSON-serialisable: ``created`` (UTC), ``user``, ``host``, ``kind``, ``seed``, ``spec_sha256``,
        ``inputs`` by hash, ``versions``, ``python``, ``platform``, ``device``, ``threads``, and
        ``git``, the commit at which the job was asked for and whether there was more than it, or
        None. No environment variables but those of the threads, no paths, no addresses.
    """
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "user": _user(),
        "host": platform.node(),
        "kind": spec.kind,
        "seed": spec.seed,
        "spec_sha256": spec.sha256,
        "inputs": [
            {"field": one.field, "name": one.name, "reference": one.reference, "sha256": one.sha256}
            for one in spec.inputs
        ],
        "versions": _versions(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "device": {"cpu": _cpu(), "cores": os.cpu_count(), "gpu": _gpu()},
        "threads": _threads(),
        "git": spec.git,
    }


def git_state(folder: Path) -> dict[str, Any] | None:
    """Say which commit a folder is at.

    Parameters
    ----------
    folder : pathlib.Path
        Any.

    Returns
    -------
    dict or None
        ``commit``, and ``dirty``: whether tracked files differ from it. None outside a
        repository, and where there is no git.
    """
    if not any((one / ".git").exists() for one in (folder, *folder.parents)):
        return None
    said = _ask_git(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    facts = (said or "").splitlines()
    commit = next((line.removeprefix(_COMMIT) for line in facts if line.startswith(_COMMIT)), None)
    return None if commit is None else {"commit": commit, "dirty": any(not line.startswith("#") for line in facts)}


def _ask_git(folder: Path, *arguments: str) -> str | None:
    # A repository of somebody else could name programs to be run: git refuses those by itself, and these settings
    # keep it from starting any in one's own.
    safe = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-optional-locks")
    git = shutil.which("git")
    if git is None:
        return None
    try:
        ran = subprocess.run(
            [git, *safe, *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return ran.stdout.strip() if ran.returncode == 0 else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


@cache
def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _gpu() -> str | None:
    # Only where the work itself loaded torch: starting it takes seconds.
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available() or not torch.cuda.is_initialized():
        return None
    return str(torch.cuda.get_device_name())


def _threads() -> dict[str, Any]:
    from threadpoolctl import threadpool_info

    pools = {str(one["internal_api"]): int(one["num_threads"]) for one in threadpool_info()}
    return {"variables": {name: os.environ[name] for name in _THREADS if name in os.environ}, "pools": pools}
