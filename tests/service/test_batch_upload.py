"""``physforge dataset batch-upload`` against the running service."""

import json
import sys

import pytest
from service.serving import CSV

from physforge.cli import main
from physforge.client import Login, RemoteWorkbench, uploads


@pytest.fixture
def batch_upload(api, ada, tmp_path, monkeypatch, capsys):
    for name in ("PHYSFORGE_API_URL", "PHYSFORGE_API_TOKEN", "JUPYTERHUB_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PHYSFORGE_LOGIN_FILE", str(tmp_path / "login.json"))
    monkeypatch.setenv("COLUMNS", "300")
    Login(api.url, ada).store()
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["physforge", "dataset", "batch-upload", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.run()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return run


@pytest.fixture
def runs(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    for number in range(3):
        (folder / f"run{number}.csv").write_bytes(CSV + b"2,%d\n" % number)
    return folder


def outcomes(answer):
    _, out, _ = answer
    return [(one["file"], one["outcome"], one["reference"]) for one in json.loads(out)["files"]]


def test_what_is_there_is_not_sent_again(batch_upload, runs, api, ada):
    answer = batch_upload("runs", "--prefix", "a-", "--message", "a morning", "--json")
    assert answer[0] == 0, answer[2]
    assert outcomes(answer) == [(f"runs/run{one}.csv", "sent", f"a-run{one}@1") for one in range(3)]
    (runs / "run1.csv").write_bytes(CSV)
    answer = batch_upload("runs/*.csv", "--prefix", "a-", "--json")
    assert outcomes(answer) == [
        ("runs/run0.csv", "there already", "a-run0@1"),
        ("runs/run1.csv", "sent", "a-run1@2"),
        ("runs/run2.csv", "there already", "a-run2@1"),
    ]
    with RemoteWorkbench(Login(api.url, ada)) as bench:
        assert [one["message"] for one in bench.versions("a-run1")] == ["a morning", ""]


def test_one_bad_file_does_not_keep_back_the_others(batch_upload, runs):
    (runs / "run1.csv").write_bytes(b"")
    code, out, err = batch_upload("runs", "--prefix", "b-")
    assert code == 1
    assert "the file is empty" in out
    assert out.count("sent") == 2
    assert "1 of 3 files failed" in err
    (runs / "run1.csv").write_bytes(CSV)
    answer = batch_upload("runs", "--prefix", "b-", "--json")
    assert answer[0] == 0
    assert [outcome for _, outcome, _ in outcomes(answer)] == ["there already", "sent", "there already"]


def test_a_file_that_was_cut_off_goes_on_where_it_was(batch_upload, runs, monkeypatch):
    sent = []
    whole = uploads.FileSource.read

    def read(self, offset, count):
        sent.append((self.size, offset))
        # A first part of a few bytes, and then the machine loses its network.
        if offset:
            raise OSError("the network is down")
        return whole(self, offset, 8)

    with monkeypatch.context() as cut:
        cut.setattr(uploads.FileSource, "read", read)
        assert batch_upload("runs/run0.csv", "--prefix", "c-")[0] == 1
    assert [offset for _, offset in sent] == [0, 8]
    again = []
    monkeypatch.setattr(
        uploads.FileSource,
        "read",
        lambda self, offset, count: again.append(offset) or whole(self, offset, count),
    )
    answer = batch_upload("runs/run0.csv", "--prefix", "c-", "--json")
    assert outcomes(answer) == [("runs/run0.csv", "sent", "c-run0@1")]
    assert again[0] == 8
