"""Compile C code, and keep what was compiled."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from physforge.settings import Settings

#: Tried one after the other: the first for this processor alone.
FLAGS = (
    ("-O3", "-march=native", "-mprefer-vector-width=512"),
    ("-O3", "-march=native"),
    ("-O3", "-mcpu=native"),
    ("-O3",),
)
#: No rule is broken that makes two runs differ: sums keep their order.
ALWAYS = ("-std=c99", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC")
TIME_LIMIT_S = 60


class CompileError(Exception):
    """C code cannot be compiled here; the message says why."""


def kernel_folder() -> Path:
    """Return the folder in which compiled code is kept: ``kernels`` in the state folder."""
    return Settings.from_environment().home / "kernels"


def load_library(source: str, folder: Path | None = None) -> ctypes.CDLL:
    """Return compiled code, from the folder where it is kept or compiled now.

    Parameters
    ----------
    source : str
        C99.
    folder : pathlib.Path, optional
        Where compiled code is kept: `kernel_folder` by default.

    Returns
    -------
    ctypes.CDLL
        Its functions.

    Raises
    ------
    CompileError
        If there is no compiler, or it fails, or the folder cannot be written.
    """
    compiler = _find_compiler()
    digest = hashlib.sha256("\0".join((source, *ALWAYS, _processor(), compiler)).encode()).hexdigest()[:24]
    kept = (folder or kernel_folder()) / f"{digest}.so"
    with suppress(OSError):  # not there yet, or damaged
        return ctypes.CDLL(str(kept))
    try:
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _compile(compiler, source, kept)
        return ctypes.CDLL(str(kept))
    except OSError as error:
        raise CompileError(f"compiled code cannot be kept or loaded: {error}") from error


def _find_compiler() -> str:
    names = (os.environ.get("CC", ""), "cc", "gcc", "clang")
    found = next((path for path in map(shutil.which, filter(None, names)) if path), None)
    if found is None or platform.system() == "Windows":
        raise CompileError("there is no C compiler; install gcc or clang")
    return found


def _compile(compiler: str, source: str, kept: Path) -> None:
    """Compile into a file of its own and move it: two processes may do so at once."""
    with tempfile.TemporaryDirectory(dir=kept.parent) as work:
        written, made = Path(work) / "kernel.c", Path(work) / "kernel.so"
        written.write_text(source, encoding="ascii")
        words = ""
        for flags in FLAGS:
            command = [compiler, *flags, *ALWAYS, str(written), "-o", str(made), "-lm"]
            done = _run(command)
            if done.returncode == 0:
                made.replace(kept)
                return
            words = words or (done.stderr.strip().splitlines() or ["no message"])[0]
        raise CompileError(f"{compiler} fails: {words}")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired as error:
        raise CompileError(f"{command[0]} took more than {TIME_LIMIT_S} s") from error


def _processor() -> str:
    """Name what code was compiled for: a folder may be shared by different machines."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    flags = sorted({line for line in lines if line.startswith(("flags", "model name", "Features", "CPU part"))})
    return "\0".join((platform.machine(), platform.processor(), *flags))
