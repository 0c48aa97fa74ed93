"""What result.explore() shows of a discovery."""

import subprocess
import sys

import numpy as np
import pytest

import physforge as pf
from physforge.datasets.noise import add_gaussian
from physforge.widgets.candidates import equation_of
from physforge.widgets.coefficients import WITHIN, WITHOUT
from physforge.widgets.copying import sympy_text
from physforge.widgets.recalculation import Recalculation, thinned


@pytest.fixture(scope="module")
def data():
    burgers = pf.open_dataset("burgers").isel(x=slice(None, None, 2), t=slice(None, None, 2))
    return add_gaussian(burgers, 0.1, np.random.default_rng(0))


@pytest.fixture(scope="module")
def found(data):
    return pf.discover(data)


def test_the_chosen_equation_is_shown_with_its_intervals(sent, found, data):
    explorer = found.explore(data)
    assert found.equation.to_latex() in explorer.formula.value
    row = found.conf_int().set_index("term").loc["u_xx"]
    assert f"{row.low:.4g}" in explorer.intervals.value
    slider = explorer.coefficients.sliders["u_xx"]
    assert slider.min == pytest.approx(row.low, rel=1e-3)
    assert slider.max == pytest.approx(row.high, rel=1e-3)


def test_a_slider_simulates_again(sent, found, data):
    explorer = found.explore(data)
    before = explorer.beside.words.value
    explorer.coefficients.range.value = "± 100 %"
    sent.clear()
    explorer.coefficients.sliders["u*u_x"].value = 0.0
    assert [content["kind"] for _, content, _ in sent] == ["patch"]
    # Without its steepening the wave stays where it was.
    assert explorer.beside.words.value != before
    assert "u u_{x}" not in explorer.formula.value
    assert "u_x" not in explorer.copy.text.text.replace("u_{xx}", "")
    explorer.coefficients.back.click()
    assert explorer.beside.words.value == before


def test_another_candidate_is_picked(sent, found, data):
    explorer = found.explore(data)
    row = next(place for place, is_chosen in enumerate(found.candidates.chosen) if not is_chosen)
    explorer.table.picked = row
    equation = equation_of(found, row)
    assert equation.terms == pytest.approx(pf.Equation.parse(found.candidates.equation[row]).terms)
    assert set(explorer.coefficients.sliders) == set(equation.terms)
    assert explorer.coefficients.range.value == WITHOUT
    assert WITHIN not in explorer.coefficients.range.options
    assert "chosen equation alone" in explorer.intervals.value


def test_a_row_that_is_none_is_not_picked(sent, found):
    table = found.explore().table
    table.picked = 10**6
    assert table.picked == len(table.rows) - 1


def test_a_step_of_the_browser_is_no_change(sent, found):
    coefficients = found.explore().coefficients
    slider = coefficients.sliders["u_xx"]
    slider.value += 0.4 * slider.step
    assert coefficients.equation is found.equations["u_t"] or coefficients.equation == found.equation


def test_without_data_it_says_what_to_give(sent, found):
    assert "result.explore(ds)" in found.explore().beside.words.value


def test_data_that_cannot_be_simulated_say_why(sent, found, data):
    cut_off = data.isel(x=slice(20, 60))
    cut_off["x"].attrs.pop("period", None)
    explorer = found.explore(cut_off)
    assert "periodic" in explorer.beside.words.value
    assert explorer.beside.figure.layout.display == "none"


def test_nothing_found_is_shown_too(sent, data):
    static = data.assign(u=(data.u.dims, np.random.default_rng(0).standard_normal(data.u.shape)))
    nothing = pf.discover(static)
    assert not nothing.equations
    assert nothing.status in nothing.explore(static).children[0].value


def test_the_true_law_lies_on_the_data(data):
    clean = pf.open_dataset("burgers")
    law = pf.System.parse(clean.attrs["equation"])
    rerun = Recalculation(clean, law).run(law)
    np.testing.assert_allclose(rerun.simulated.u, rerun.measured.u, atol=0.01)
    assert "0.0% for u" in rerun.words


def test_thinning_keeps_a_period():
    ds = pf.open_dataset("burgers")
    few = thinned(ds)
    assert few.sizes["x"] == 128
    assert float(few.x[1] - few.x[0]) == pytest.approx(2 * float(ds.x[1] - ds.x[0]))


def test_the_text_for_sympy_makes_the_equation():
    equation = pf.Equation.parse("u_t = -u*u_x + 0.1*u_xx + sin(x)")
    text = sympy_text(equation) + "print(equation.rhs.subs(u(t, x), x**2).doit())\n"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("-2.0*x**3 + sin(x) + 0.2", "-2*x**3 + sin(x) + 0.2")
