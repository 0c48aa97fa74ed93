"""The cell that the sidebar's command adds to a notebook for a report on its results."""

import re
from pathlib import Path

import physforge as pf

SOURCE = Path(__file__).parents[2] / "extensions" / "physforge_jupyterlab" / "src" / "report.ts"


def test_it_reports_on_every_result_once_and_never_over_an_earlier_report(tmp_path, monkeypatch, capsys):
    text = SOURCE.read_text()
    cell = text.partition("const CODE = `")[2].partition("`;")[0]
    monkeypatch.chdir(tmp_path)
    result = pf.discover(pf.open_dataset("lynx-hare"))
    notebook = {"found": result, "again": result, "_hidden": result, "name": 3}
    # As a kernel would run it: it stands in the sources, and nobody else wrote it.
    exec(compile(cell, "cell", "exec"), notebook)  # noqa: S102
    (tmp_path / "out-2").mkdir()
    exec(compile(cell, "cell", "exec"), notebook)  # noqa: S102
    said = capsys.readouterr().out.splitlines()
    assert said == ["out/report.html", "out-3/report.html"]
    # The page that is opened is found by this pattern in what was printed.
    pattern = re.search(r"const PAGE = /(.*)/m;", text)[1].replace("\\/", "/")
    for page in said:
        assert re.fullmatch(pattern, page)
        assert (tmp_path / page).is_file()
    assert list(notebook["report_results"].values()) == [result]
