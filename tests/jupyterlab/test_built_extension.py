"""The Lab extension that is kept in the repository: built from the sources beside it, and found by JupyterLab."""

import hashlib
import json
from pathlib import Path

from traitlets.config.loader import PyFileConfigLoader

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "extensions" / "physforge_jupyterlab"
BUILT = EXTENSION / "labextension" / "physforge_jupyterlab"


def test_it_is_built_from_these_sources():
    alone = [EXTENSION / name for name in ("package.json", "package-lock.json", "tsconfig.json")]
    sources = [*alone, *(path for folder in ("src", "style") for path in (EXTENSION / folder).iterdir())]
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(EXTENSION).as_posix(), path) for path in sources):
        digest.update(f"{name}\0".encode() + path.read_bytes())
    kept = (BUILT / "source.sha256").read_text().strip()
    assert kept == digest.hexdigest(), "the sources of the sidebar have changed: run make labextension, and commit it"


def test_the_page_loads_what_was_built():
    built = json.loads((BUILT / "package.json").read_text())["jupyterlab"]["_build"]
    assert (BUILT / built["load"]).is_file()
    assert built["style"] == "./style"
    # What is left of an earlier build would only make the wheel larger.
    assert len(list((BUILT / "static").glob("remoteEntry*"))) == 1


def test_what_is_bundled_may_be_passed_on():
    packages = json.loads((BUILT / "static" / "third-party-licenses.json").read_text())["packages"]
    assert {one["licenseId"] for one in packages} <= {"MIT", "BSD-3-Clause", "BSD-2-Clause", "ISC", "Apache-2.0"}


def test_nothing_that_is_said_becomes_html():
    for path in (EXTENSION / "src").iterdir():
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "srcdoc"):
            assert way not in path.read_text(), (path.name, way)


def test_sessions_take_it_from_beside_the_code():
    settings = PyFileConfigLoader("jupyter_server_config.py", path=str(ROOT / "hub_config" / "jupyter")).load_config()
    assert [Path(path) for path in settings.LabApp.extra_labextensions_path] == [BUILT.parent]
