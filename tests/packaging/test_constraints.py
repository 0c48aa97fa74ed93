"""constraints.txt pins everything that is installed, above the versions with known holes."""

import os
import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]

#: Oldest versions without the advisories that concern a shared workbench.
FLOORS = {
    "jupyterhub": "6.1.1",
    "jupyter-server": "2.20",
    "oauthenticator": "17.4.0",
    "distributed": "2026.1.0",
    "bokeh": "3.8.2",
    "torch": "2.6",
    "intake": "2.0.9",
}


@pytest.fixture(scope="module")
def pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"==[^,*]+", str(one.specifier)) for one in requirements)
    return {canonicalize_name(one.name): Version(str(one.specifier)[2:]) for one in requirements}


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_pins_are_not_below_the_security_floors(pins, name, floor):
    assert pins[name] >= Version(floor)


def test_torch_is_pinned_so_that_both_builds_satisfy_it(pins):
    assert str(pins["torch"]) == "2.13.0"


def test_every_installed_package_is_pinned_at_its_version(pins):
    if os.environ.get("CI") != "true" and not (ROOT / ".venv" / "physforge-ready.json").exists():
        pytest.skip("this environment was not built from constraints.txt")
    installed = {canonicalize_name(one.name): Version(one.version) for one in distributions()}
    # pip itself is pinned in the file's second line; setuptools comes with a new environment on some Pythons.
    ours = {name: found for name, found in installed.items() if name not in {"physforge", "pip"}}
    differing = {
        name: (str(found), str(pins.get(name)))
        for name, found in ours.items()
        if name not in pins or Version(found.public) != pins[name]
    }
    assert differing == {}


def test_every_direct_requirement_is_pinned(pins):
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        if name != "physforge":
            assert pins[name] in requirement.specifier, requirement
