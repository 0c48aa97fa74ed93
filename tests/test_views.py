import sys

import pytest

from physforge.errors import MissingExtraError, PhysForgeError
from physforge.views import find_view, in_notebook


def test_a_view_is_found_by_name():
    from physforge.plots import plot_dataset

    assert find_view("dataset.plot") is plot_dataset


def test_an_unknown_view_is_named():
    with pytest.raises(PhysForgeError, match=r"no view called 'dataset\.smell'"):
        find_view("dataset.smell")


def test_a_widget_whose_packages_are_missing_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("physforge.widgets")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    for name in ("dataset.explore", "discovery.explore", "pinn.explore", "job.watch"):
        with pytest.raises(MissingExtraError, match=r"pip install 'physforge\[widgets\]'"):
            find_view(name)


def test_plain_python_is_no_notebook():
    assert not in_notebook()


def test_a_view_whose_packages_are_missing_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("physforge.plots")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "physforge.plots.backend", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'physforge\[plots\]'"):
        find_view("dataset.plot")
