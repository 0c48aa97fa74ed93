"""Equations while they are edited."""

from __future__ import annotations

import pytest

from physforge.apps.results.draft import LONGEST, EquationDraft
from physforge.apps.results.exports import LANGUAGES, exported
from physforge.equations import System

BURGERS = "u_t = -u*u_x + 0.1*u_xx"


@pytest.fixture
def draft() -> EquationDraft:
    return EquationDraft(BURGERS, ("u",))


def test_what_is_typed_is_read_at_once_and_a_mistake_is_said_with_its_place(draft):
    draft.write("u_t = -u*u_x + 0.2*u_xx")
    assert draft.error == ""
    assert draft.system["u_t"].terms["u_xx"] == 0.2
    draft.write("u_t = -u*u_x + 0.2*)")
    assert "column 20" in draft.error
    # What was read last is still what is simulated.
    assert draft.system["u_t"].terms["u_xx"] == 0.2


@pytest.mark.parametrize(
    "text", ["__import__('os').system('true')", "u_t = <script>alert(1)</script>", "u_t = 10**10**10*u", "", "u_t"]
)
def test_what_is_no_equation_is_refused_in_words(draft, text):
    draft.write(text)
    assert draft.error
    assert draft.system["u_t"].matches(BURGERS)


def test_a_name_without_a_value_is_asked_for(draft):
    draft.write("u_t = nu*u_xx")
    assert "nu has no value" in draft.error


def test_a_text_has_an_end(draft):
    draft.write("u_t = " + "+".join(["u"] * LONGEST))
    assert str(LONGEST) in draft.error
    assert len(draft.text) == LONGEST


def test_terms_are_changed_added_and_left_out_and_all_of_it_is_taken_back(draft):
    draft.set_coefficient("u_t", "u_xx", 0.25)
    draft.add_term("u_t", "-0.5*u**3")
    draft.remove_term("u_t", "u*u_x")
    assert draft.system["u_t"].terms == {"u**3": -0.5, "u_xx": 0.25}
    for _ in range(3):
        draft.undo()
    assert draft.system["u_t"].matches(BURGERS, rtol=0.0)
    assert not draft.can_undo
    for _ in range(3):
        draft.redo()
    assert draft.system["u_t"].terms == {"u**3": -0.5, "u_xx": 0.25}
    draft.reset()
    assert draft.text == BURGERS
    draft.undo()
    assert "u**3" in draft.text


def test_dragging_a_slider_is_one_step_and_may_pass_zero(draft):
    for value in (0.08, 0.0, -0.04):
        draft.set_coefficient("u_t", "u_xx", value)
    assert draft.system["u_t"].terms["u_xx"] == -0.04
    draft.undo()
    assert draft.system["u_t"].terms["u_xx"] == 0.1


def test_a_term_that_cannot_be_read_changes_nothing(draft):
    draft.add_term("u_t", "<img src=x onerror=alert(1)>")
    assert "cannot be read" in draft.error
    assert draft.system["u_t"].matches(BURGERS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_equations_are_written_in_every_language(language):
    text = exported(System.parse("u_t = -u*u_x + 0.1*u_xx; v_t = abs(v) - u"), language)
    assert "0.1" in text
    assert "v" in text


def test_the_program_for_sympy_makes_the_equations():
    import sympy

    system = System.parse("u_t = -u*u_x + 0.1*u_xx + sin(x)*u**2; v_t = abs(v) - u")
    made: dict[str, object] = {}
    exec(exported(system, "SymPy"), made)  # noqa: S102
    assert [made["equation_1"], made["equation_2"]] == list(system.to_sympy())
    assert isinstance(made["u"], sympy.core.function.UndefinedFunction)
