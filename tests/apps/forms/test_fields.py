"""Forms follow the settings of jobs: a setting that is added is a field at once."""

import pytest

from physforge.apps.forms.fields import fields_of, read
from physforge.apps.forms.presets import PRESETS
from physforge.jobs import find_task

KINDS = ("discovery", "pinn", "derivatives", "simulation")


def by_name(kind: str) -> dict:
    return {one.name: one for one in fields_of(kind, find_task(kind).config)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_is_a_field_with_help(kind):
    fields = by_name(kind)
    assert list(fields) == list(find_task(kind).config.model_fields)
    assert all(len(one.help) > 10 for one in fields.values())


def test_fields_look_like_what_they_hold():
    discovery, pinn = by_name("discovery"), by_name("pinn")
    assert (discovery["dataset"].look, discovery["dataset"].several, discovery["dataset"].required) == (
        "dataset",
        True,
        True,
    )
    assert discovery["units"].look == "flag"
    assert discovery["target"].look == "lines"
    assert set(discovery["method"].options) == {"weak", "stlsq", "symbolic", "pysindy"}
    assert pinn["discovery"].look == "job"
    assert pinn["equations"].look == "text"
    assert pinn["parameters"].look == "value"
    assert "At most 100." in pinn["windows"].help
    assert "adam" in pinn["method"].options
    assert "mlp" not in pinn["method"].options
    assert by_name("simulation")["method"].options == ("DOP853", "Radau", "ETDRK4")


def test_what_is_typed_is_read_as_data():
    pinn, discovery = by_name("pinn"), by_name("discovery")
    assert read(pinn["parameters"], "{nu: 0.01}") == {"nu": 0.01}
    assert read(pinn["equations"], " u_t = {nu}*u_xx # a ") == "u_t = {nu}*u_xx # a"
    assert read(pinn["conditions"], "u = 0 at x=-1\n\nperiodic in y\n") == ["u = 0 at x=-1", "periodic in y"]
    assert read(discovery["dataset"], "run1, run2") == ["run1", "run2"]
    assert read(discovery["dataset"], "run1") == "run1"
    assert read(discovery["method"], "{kind: stlsq, threshold: 0.1}") == {"kind": "stlsq", "threshold": 0.1}


@pytest.mark.parametrize("text", ["{nu: !!python/object/apply:os.system [ls]}", "{a: 1, a: 2}", "{nu: ", "&a [*a]"])
def test_what_is_more_than_data_is_refused(text):
    with pytest.raises(ValueError, match=r"\w+"):
        read(by_name("pinn")["parameters"], text)


@pytest.mark.parametrize("kind", KINDS)
def test_presets_fill_fields_that_there_are(kind):
    assert {name for preset in PRESETS[kind].values() for name in preset} <= set(by_name(kind))
