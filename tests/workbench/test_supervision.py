import configparser
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from physforge.workbench.ports import Ports
from physforge.workbench.processes import Process
from physforge.workbench.state import Plan, StateFolder
from physforge.workbench.supervision import configuration, process_states, supervisor_process


@pytest.fixture
def plan(tmp_path) -> Plan:
    state = StateFolder(tmp_path / "odd 50% {name}")
    state.create()
    return Plan(state, Ports.from_base(21000), "ada")


@pytest.fixture
def text(plan):
    return configuration(plan, [Process("hub", ["/path with space/hub", "--x=100%"], {"TOKEN": "abc"})])


def test_supervisord_itself_reads_the_command_as_meant(text, plan, monkeypatch):
    plan.sockets.mkdir(mode=0o700, exist_ok=True)
    file = plan.state.root / "supervisord.conf"
    file.write_text(text)
    options = ServerOptions()
    monkeypatch.setattr("sys.argv", ["supervisord"])
    monkeypatch.chdir(plan.state.root)
    options.realize(args=["-c", str(file)])
    ((group,),) = [options.process_group_configs]
    (program,) = group.process_configs
    assert program.command == "'/path with space/hub' --x=100%"
    assert program.environment == {"PHYSFORGE_SERVICE": "hub", "TOKEN": "abc"}
    assert program.autorestart is not False
    assert Path(program.stdout_logfile).absolute() == plan.state.logs / "hub.log"
    plan.sockets.rmdir()


def test_services_stop_at_once_and_who_listens_to_them_afterwards(plan, monkeypatch):
    plan.sockets.mkdir(mode=0o700, exist_ok=True)
    file = plan.state.root / "supervisord.conf"
    members = [Process("hub", ["/hub"]), Process("audit", ["/audit"], stops_last=True), Process("api", ["/api"])]
    file.write_text(configuration(plan, members))
    options = ServerOptions()
    monkeypatch.setattr("sys.argv", ["supervisord"])
    monkeypatch.chdir(plan.state.root)
    options.realize(args=["-c", str(file)])
    # Supervisord begins to stop at the end.
    groups = [{one.name for one in group.process_configs} for group in sorted(options.process_group_configs)]
    assert groups == [{"audit"}, {"hub", "api"}]
    plan.sockets.rmdir()


def test_its_socket_is_private(text):
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    assert parser["unix_http_server"]["chmod"] == "0700"


def test_logs_are_rotated(text):
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    assert parser["program:hub"]["stdout_logfile_maxbytes"] == "10MB"


def test_a_recycled_process_id_is_not_taken_for_the_supervisor(state):
    (state.root / "supervisord.pid").write_text("1")
    assert supervisor_process(state) is None


def test_nothing_is_known_of_a_workbench_that_does_not_run(state):
    assert process_states(state) == []
