"""Notices by e-mail and webhook: chosen, sent once, signed, and never to where they may not go."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import http.server
import json
import socketserver
import ssl
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from service.serving import SECRET, any_work, running_api, settings_for, somebody

from physforge.client import Cache, Login
from physforge.database.tables import NoticeRow, NoticeSetting
from physforge.errors import RemoteError, SettingsError
from physforge.jobs import JobSpec, Outcome, State
from physforge.jobs.remote_store import RemoteJobStore
from physforge.service.notices import outbox as outbox_module
from physforge.service.notices.outbox import TRIES, Outbox
from physforge.service.notices.settings import NoticeSettings
from physforge.service.notices.webhook import call_webhook, check_webhook, is_public, signing_key
from physforge.service.settings import read_private_line
from physforge.workbench.notice_options import MailServer
from physforge.workbench.site_settings import Site


class Mailbox(socketserver.ThreadingTCPServer):
    """Takes mail as a server does, without TLS."""

    daemon_threads = True

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", 0), Conversation)


class Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.say("220 mailbox")
        to = ""
        while line := self.rfile.readline().decode().strip():
            word = line.partition(" ")[0].upper()
            if word == "RCPT":
                to = line.partition(":")[2].strip("<> ")
            if word == "DATA":
                self.say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n")).decode()
                self.server.mails.append((to, text))
            self.say("221 bye" if word == "QUIT" else "250 mailbox" if word == "EHLO" else "250 yes")
            if word == "QUIT":
                return

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class Hooks(http.server.ThreadingHTTPServer):
    """Takes webhooks over TLS, and answers as it is told."""

    def __init__(self) -> None:
        self.answer, self.calls = 204, []
        super().__init__(("127.0.0.1", 0), Hook)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.server_address[1]}/hook"


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((dict(self.headers), body))
        self.send_response(self.server.answer)
        self.send_header("Location", f"{self.server.url}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments) -> None:
        pass


@contextmanager
def serving(server) -> Iterator:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> SimpleNamespace:
    """Of ``localhost``, signed by itself."""
    key, folder = ec.generate_private_key(ec.SECP256R1()), tmp_path_factory.mktemp("tls")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain),
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(public, private)
    return SimpleNamespace(server=server, trusted=ssl.create_default_context(cafile=str(public)))


@pytest.fixture
def hooks(certificate) -> Iterator[Hooks]:
    server = Hooks()
    server.socket = certificate.server.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield server


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with serving(Mailbox()) as server:
        yield server


@pytest.fixture
def api(hub, tmp_path, mailbox, monkeypatch):
    monkeypatch.setattr(outbox_module, "EVERY_S", 3600.0)
    monkeypatch.setattr(outbox_module, "LONG_S", -1.0)
    smtp = MailServer(
        host="127.0.0.1",
        port=mailbox.server_address[1],
        sender="physforge@example.org",
        encrypted=False,
        domains=("example.org",),
    )
    chosen = NoticeSettings(smtp=smtp, webhooks="any", address="https://lab.example.org/")
    with running_api(settings_for(tmp_path, hub, notices=chosen), hub) as api:
        api.app.state.services.check_jobs = any_work
        yield api


@pytest.fixture
def store(api, ada, tmp_path) -> Iterator[RemoteJobStore]:
    store = RemoteJobStore(Login(api.url, ada), Cache(tmp_path / "cache"))
    yield store
    store.close()


def end(store, error: str = "It broke: secret") -> str:
    (job,) = store.submit([JobSpec("work", {"name": somebody("j")})])
    store.finish(store.claim("w", job_id=job.id), Outcome(State.FAILED, error))
    return job.id


def states(api) -> list[tuple[str, str, int]]:
    with api.app.state.services.database.reading() as session:
        rows = session.scalars(sa.select(NoticeRow).order_by(NoticeRow.channel))
        return [(row.channel, row.state, row.tries) for row in rows]


def make_due(api) -> None:
    with api.app.state.services.database.writing() as session:
        session.execute(sa.update(NoticeRow).values(due_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))


def test_both_ways_are_told_once_what_ended_after_they_were_chosen(api, ada, store, mailbox, hooks, certificate):
    outbox = Outbox(api.app.state.services, certificate.trusted)
    end(store)
    chosen = {"email": "ada@example.org", "webhook": hooks.url}
    key = api.call("PUT", "/me/notices", ada, json=chosen).json()["signing_key"]
    shown = api.call("GET", "/me/notices", ada).json()
    assert shown == {**chosen, "has_mail": True, "has_webhooks": True, "signing_key": None}
    assert outbox.look() == 0
    job_id = end(store)
    assert (outbox.look(), outbox.look()) == (2, 0)
    # Another process that looks finds nothing to do.
    assert Outbox(api.app.state.services, certificate.trusted).look() == 0
    ((to, mail),) = mailbox.mails
    assert to == "ada@example.org"
    assert f"Subject: PhysForge: work {job_id[:8]} failed" in mail
    assert f"https://lab.example.org/services/apps/jobs?job={job_id}" in mail
    assert "secret" not in mail
    ((headers, body),) = hooks.calls
    said = json.loads(body)
    assert (said["job"], said["state"], said["event"]) == (job_id, "failed", "job.ended")
    signed = hmac.new(key.encode(), headers["X-PhysForge-Timestamp"].encode() + b"." + body, hashlib.sha256)
    assert headers["X-PhysForge-Signature"] == f"sha256={signed.hexdigest()}"
    assert headers["Host"] == f"localhost:{hooks.server_address[1]}"
    assert not any(hooks.url in line or key in line or "ada@" in line for line in api.lines)


def test_two_processes_that_look_at_once_send_one_notice(api, ada, store, mailbox):
    api.call("PUT", "/me/notices", ada, json={"email": "ada@example.org"})
    end(store)
    one, other = Outbox(api.app.state.services), Outbox(api.app.state.services)
    one._enter()
    other._enter()
    first, second = list(one._claimed()), list(other._claimed())
    assert (len(first), len(second)) == (1, 0)


def test_a_webhook_that_refuses_is_tried_three_times_and_follows_nowhere(api, ada, store, hooks, certificate):
    hooks.answer = 307
    api.call("PUT", "/me/notices", ada, json={"webhook": hooks.url})
    end(store)
    outbox = Outbox(api.app.state.services, certificate.trusted)
    for _ in range(TRIES + 2):
        assert outbox.look() == 0
        assert outbox.look() == 0
        make_due(api)
    assert len(hooks.calls) == TRIES
    assert states(api) == [("webhook", "failed", TRIES)]
    assert any("A webhook answered 307" in line for line in api.lines)


def test_whoever_chooses_nothing_or_is_gone_is_told_nothing(api, ada, store, mailbox):
    api.call("PUT", "/me/notices", ada, json={"email": "ada@example.org"})
    api.call("PUT", "/me/notices", ada, json={})
    end(store)
    assert Outbox(api.app.state.services).look() == 0
    api.call("PUT", "/me/notices", ada, json={"email": "ada@example.org"})
    assert api.call("GET", "/me/export", ada).json()["notices"][0]["email"] == "ada@example.org"
    end(store)
    admin = api.hub.add(somebody("admin"), admin=True)
    assert api.call("DELETE", f"/users/{api.id_of(ada)}", admin).status_code == 204
    assert Outbox(api.app.state.services).look() == 0
    with api.app.state.services.database.reading() as session:
        assert session.scalars(sa.select(NoticeSetting)).all() == []
    assert mailbox.mails == []


@pytest.mark.parametrize(
    "chosen",
    [
        {"email": "ada@elsewhere.org"},
        {"email": "ada@example.org\r\nBcc: all@example.org"},
        {"email": "nobody"},
        {"webhook": "http://localhost/hook"},
        {"webhook": "https://ada:pw@localhost/hook"},  # pragma: allowlist secret
        {"webhook": "https://localhost:99999/"},
        {"webhook": "https://no-such-host.invalid/"},
    ],
)
def test_what_cannot_be_is_refused_in_words(api, ada, chosen):
    answer = api.call("PUT", "/me/notices", ada, json=chosen)
    assert answer.status_code == 422
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("place", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address, not a listener
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
    ],
)
def test_addresses_inside_are_no_public_ones(place, public):
    assert is_public(place) is public


@pytest.mark.parametrize("url", ["https://localhost/", "https://127.1/", "https://[::1]/", "https://2130706433/"])
def test_a_host_inside_is_refused_unless_the_operator_allows_it(url):
    with pytest.raises(RemoteError, match=r"not on the internet|no address"):
        check_webhook(url, "public")
    with pytest.raises(RemoteError, match="ask its operator"):
        check_webhook(url, "off")


def test_a_certificate_that_nobody_vouches_for_is_refused(hooks):
    with pytest.raises(RemoteError, match="did not answer"):
        call_webhook(hooks.url, b"{}", signing_key(SECRET, uuid.uuid4()), "any")
    assert hooks.calls == []


def test_a_password_that_others_can_read_is_not_used(tmp_path):
    path = tmp_path / "password"
    path.write_text("hidden\n")
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="can be read by others") as caught:
        read_private_line(path)
    assert "hidden" not in str(caught.value)
    path.chmod(0o600)
    assert read_private_line(path) == "hidden"


def test_what_workbench_yaml_says_arrives(tmp_path):
    (tmp_path / "workbench.yaml").write_text(
        "notices:\n  smtp: {host: mail.example.org, sender: p@example.org, domains: [example.org]}\n  webhooks: any\n"
    )
    told = Site.read(tmp_path).notices.document("https://lab.example.org/")
    assert '"' not in told
    found = NoticeSettings.read(told)
    assert found == NoticeSettings(
        smtp=MailServer(host="mail.example.org", sender="p@example.org", domains=("example.org",)),
        webhooks="any",
        address="https://lab.example.org/",
    )
    assert NoticeSettings.read(found.model_dump_json()) == found
    assert NoticeSettings.read("") == NoticeSettings()
    with pytest.raises(SettingsError, match="PHYSFORGE_API_NOTICES"):
        NoticeSettings.read("nonsense")
