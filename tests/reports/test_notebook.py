"""The notebook of a report makes its results again, says loudly when they differ, and runs no text of anybody's."""

import ast
import json
from dataclasses import replace

import nbformat
import numpy as np
import pytest
import xarray as xr
from nbclient import NotebookClient

import physforge as pf
from physforge.errors import PhysForgeError
from physforge.jobs import find_task
from physforge.jobs.context import RunContext
from physforge.jobs.submission import check_config
from physforge.reports import make_report
from physforge.reports.literals import literal, markdown_text
from physforge.reports.notebook import document_notebook
from physforge.reports.replay import same_data, same_equations, same_fields, same_training
from physforge.tasks.job_inputs import with_jobs

#: Each would be code, markup or the end of a string somewhere.
WICKED = (
    "'); open('hit', 'w') #",
    '"""; open("hit", "w") #',
    "\\'); open('hit', 'w') #\n!touch hit\n%%bash\ntouch hit",
    "<img src=x onerror=alert(1)> $$x$$ {open('hit', 'w')} [a](javascript:alert(1))",
    "\ud800 \u202e \0",
)


class Here(RunContext):
    """Data sets of the catalog, in this process."""

    def __init__(self, config, folder):
        super().__init__(0, folder)
        self._config = config

    def open_dataset(self, field):
        return pf.open_dataset(getattr(self._config, field))

    def open_artifact(self, field):
        raise NotImplementedError(field)

    def report(self, fraction, message=""):
        pass

    def checkpoint(self, folder):
        pass

    def last_checkpoint(self):
        return None


def carry_out(kind, folder, **settings):
    task = find_task(kind)
    config = task.config.model_validate(settings)
    return task.load_run()(config, Here(config, folder))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    method = {"kind": "savitzky-golay", "window": 11}
    times = {"start": 0.0, "stop": 1.0, "count": 5}
    return [
        pf.discover(pf.open_dataset("heat"), symmetries=["x -> -x"], fixed=["u_xx"], seed=7),
        carry_out("derivatives", folder, dataset="heat", names=["u_t", "u_xx"], method=method),
        carry_out("simulation", folder, equations="u_t = nu*u_xx", parameters={"nu": 0.2}, initial="heat", times=times),
        carry_out("simulation", folder, equations="a_t = -a", initial={"a": 2.0}, times=[0.0, 0.5, 2.0]),
    ]


@pytest.fixture
def run(tmp_path):
    """Run a notebook, and return what it prints."""

    def run(text):
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        return "".join(output.get("text", "") for output in outputs)

    return run


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_makes_every_result_again(results, run):
    made = make_report(results, title="All")
    printed = run(made.notebook)
    assert str(results[0].equation) in printed
    assert "The same as in the report: u, u_sd, u_t, u_t_sd, u_xx, u_xx_sd." in printed
    assert "The same as in the report: a." in printed
    assert "4 of 4 results were made again" in printed


def code_of(text):
    return [cell["source"] for cell in nbformat.reads(text, as_version=4).cells if cell["cell_type"] == "code"]


def carried_out(text, **given):
    """Run the code of a notebook here, with cells that open data replaced by variables that are given."""
    space = {}
    for code in code_of(text):
        exec(compile(code, "cell", "exec"), space)  # noqa: S102 - what a notebook does
        space |= {name: value for name, value in given.items() if f"{name} = None" in code}
    return space


def test_it_stops_where_a_result_differs(results):
    text = document_notebook(results[:1], "T")
    estimate = repr(float(results[0].findings[0].estimates[0]))
    assert text.count(estimate) == 2
    with pytest.raises(PhysForgeError, match="The equation for u_t differs"):
        carried_out(text.replace(estimate, "0.1001"))


def waves(title="Made here"):
    t, x = np.linspace(0.0, 2.0, 60), np.linspace(0.0, 2 * np.pi, 48, endpoint=False)
    u = np.exp(-0.3 * t)[:, None] * np.sin(x) + np.exp(-1.2 * t)[:, None] * np.cos(2 * x)
    return xr.Dataset({"u": (("t", "x"), u)}, {"t": t, "x": ("x", x, {"period": 2 * np.pi})}, {"title": title})


@pytest.fixture(scope="module")
def result():
    """What is found in data that nothing but this process knows."""
    return pf.discover(waves())


def with_record(result, **record):
    return replace(result, provenance={**result.provenance, **record})


def test_data_without_a_name_are_asked_for(result):
    ds = waves()
    text = make_report([result]).notebook
    assert "The report does not know where the data are" in text
    with pytest.raises(PhysForgeError, match="The data are missing"):
        carried_out(text)
    cell = next(code for code in code_of(text) if "data_1 = None" in code)
    again = text.replace(json.dumps(cell.splitlines(keepends=True)[0])[1:-1], "data_1 = given\\n")
    assert "data_1 = given" in again
    space = {"given": ds}
    for code in code_of(again):
        exec(compile(code, "cell", "exec"), space)  # noqa: S102
    assert space["found_1"].equation.matches(str(result.equation), rtol=1e-9)
    with pytest.raises(PhysForgeError, match="they have 59 samples along t"):
        same_data(ds.isel(t=slice(1, None)), result.provenance["inputs"])
    with pytest.raises(PhysForgeError, match="the low of 'u' is"):
        same_data(ds * 1.001, result.provenance["inputs"])


def test_a_file_is_asked_for_beside_the_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run 'a'.csv").write_text(
        "t,u\n" + "\n".join(f"{t},{np.exp(-t)}" for t in np.linspace(0, 3, 40)), encoding="utf-8"
    )
    result = pf.discover(pf.open_dataset("run 'a'.csv"))
    text = make_report([result]).notebook
    assert "must lie beside this notebook" in text
    assert carried_out(text)["found_1"].status == result.status


@pytest.mark.parametrize("name", ["https://example.org/x.csv", "../x", "~root/x", "/etc/passwd", "a\\b", "a:b", ""])
def test_a_name_that_leads_elsewhere_is_not_opened(result, name):
    for key in ("catalog_name", "store_dataset", *(["source"] if name != "a:b" else [])):
        facts = {**result.provenance["inputs"][0], "sha256": "0" * 64, "source": "/", key: name}
        made = document_notebook([with_record(result, inputs=[facts])], "T")
        assert "data_1 = None" in made


def calls_in(code):
    """Name what a cell calls and imports."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rpartition(".")[2]
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (f"{getattr(node, 'module', '')}:{one.name}" for one in node.names)


ALLOWED = {
    *("print", "open_dataset", "same_data", "same_equations", "same_fields", "discover", "summary", "model_validate"),
    *(":numpy", ":physforge", "physforge.discovery.weak_form:WeakForm"),
    *(f"physforge.reports.replay:same_{what}" for what in ("data", "equations", "fields", "training")),
}


@pytest.mark.parametrize("text", WICKED)
def test_no_text_is_code(result, text):
    facts = {**result.provenance["inputs"][0], "title": text, "source": text, "sha256": text, "catalog_name": text}
    knowledge = {"symmetries": [text], "known": {text: {text: text}}}
    record = with_record(result, knowledge=knowledge, seed=text, physforge=text, inputs=[facts])
    hurt = replace(record, status=text, diagnostics=(text,))
    notebook = nbformat.reads(make_report([hurt], title=text).notebook, as_version=4)
    nbformat.validate(notebook)
    code = [cell["source"] for cell in notebook.cells if cell["cell_type"] == "code"]
    assert {name for one in code for name in calls_in(one)} <= ALLOWED
    assert "discover" in {name for one in code for name in calls_in(one)}
    for cell in notebook.cells:
        if cell["cell_type"] == "markdown":
            assert not any(sign in cell["source"] for sign in ("<", "$", "](", "!touch"))


def test_data_that_a_job_made_are_those_of_the_job(result):
    from_job = with_record(result, inputs=with_jobs(result.provenance["inputs"], ["job:01-ab"]))
    assert "data_1 = pf.Workspace().job('01-ab').result()" in document_notebook([from_job], "T")


def test_a_training_that_was_a_job_is_run_again(tmp_path):
    settings = {
        "equations": "u_t = k*u_xx",
        "parameters": {"k": 0.1},
        "domain": {"x": [0, 1], "t": [0, 1]},
        "conditions": ["u = sin(pi*x) at t=0", "u = 0 on the boundary"],
        "network": {"kind": "mlp", "width": 4, "depth": 1},
        "sampling": {"kind": "sobol", "law": 20, "condition": 8},
        "steps": 60,
    }
    result = carry_out("pinn", tmp_path, **check_config("pinn", settings).model_dump())
    text = make_report([result]).notebook
    code = next(one for one in code_of(text) if "pf.submit" in one)
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    (call,) = [one for one in calls if ast.unparse(one.func) == "pf.submit"]
    kind, told = map(ast.literal_eval, call.args)
    assert kind == "pinn"
    assert check_config("pinn", told) == check_config("pinn", settings)
    assert "1 of 1 results" in text
    assert "As in the report" in same_training(result, result.parameters, result.held_out)
    with pytest.raises(PhysForgeError, match="held-out residual"):
        same_training(result, {}, result.held_out / 10)
    with pytest.raises(PhysForgeError, match="The parameter k differs"):
        same_training(result, {"k": 1.0}, result.held_out)
    direct = replace(result, provenance={"seed": 0})
    assert "direct call and is not run again here" in make_report([direct]).notebook


def test_a_method_that_is_unknown_here_is_said_in_words(result):
    text = document_notebook([with_record(result, method={"kind": "theirs"})], "T")
    assert "This result is not made again here" in text
    assert "0 of 1 results were made again" in text


def test_the_comparisons_see_what_differs(result):
    facts = {"u_t": {"equation": "u_t = 0.3*u_xx", "coefficients": {"u_xx": float(result.findings[0].estimates[0])}}}
    assert "u_t = 0.3*u_xx" in same_equations(result, result.status, facts)
    with pytest.raises(PhysForgeError, match="The outcome differs"):
        same_equations(result, "ok", facts)
    facts["u_t"]["coefficients"]["u_x"] = 0.0
    with pytest.raises(PhysForgeError, match="The equation for u_t differs"):
        same_equations(result, result.status, facts)
    with pytest.raises(PhysForgeError, match="there is no 'v'"):
        same_fields(waves(), {"v": {}})
    with pytest.raises(PhysForgeError, match="the report is on 2"):
        same_data(waves(), [{}, {}])


def test_literals_mean_what_they_were():
    value = {"a'\"": [1, -2.5, True, None, "é\n\ud800"], "long": ["x" * 40] * 5, "empty": {}, "np": np.float64(0.1)}
    read = eval(literal(value))  # noqa: S307 - a literal
    assert read == {**value, "a'\"": [1, -2.5, True, None, "é\n\\ud800"]}
    assert np.isnan(eval(literal(float("nan"))))  # noqa: S307
    with pytest.raises(TypeError, match="function has no literal"):
        literal(waves)
    assert markdown_text("# a\n- b") == "&#35; a &#45; b"
