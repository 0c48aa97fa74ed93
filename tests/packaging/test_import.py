"""What ``import physforge`` costs, and what it offers."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

import physforge as pf

HEAVY = ["torch", "deepxde", "panel", "holoviews", "bokeh", "dask", "distributed", "pysindy", "sklearn", "sympy"]
HEAVY += ["jupyterhub", "typer", "intake", "zarr", "h5py"]


def loaded_after(statement: str) -> set[str]:
    code = f"{statement}; import sys; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_physforge_loads_nothing_heavy():
    assert loaded_after("import physforge") & {*HEAVY, "scipy"} == set()


def test_the_science_loads_neither_web_nor_hub_nor_torch():
    loaded = loaded_after("import physforge as pf; pf.differentiate, pf.simulate, pf.discover, pf.Equation, pf.catalog")
    assert loaded & {"torch", "panel", "distributed", "jupyterhub", "typer", "tornado"} == set()


def test_every_public_name_exists():
    for name in pf.__all__:
        assert getattr(pf, name) is not None


def test_public_is_what_all_says():
    assert set(pf.__all__) <= set(dir(pf))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = pf.nonsense


def test_the_error_tree_is_drawn_where_it_is_defined():
    from physforge import errors

    classes = [one for one in vars(errors).values() if isinstance(one, type) and one.__module__ == errors.__name__]
    assert len(classes) >= 10
    for one in classes:
        assert one.__name__ in (errors.__doc__ or "") + "PhysForgeError"
        if issubclass(one, Warning):
            assert issubclass(one, UserWarning), f"{one.__name__} is not shown by default"
            continue
        assert issubclass(one, errors.PhysForgeError)
        if one is not errors.PhysForgeError:
            builtins = [base for base in one.__mro__ if base.__module__ == "builtins"]
            assert len(builtins) > 3, f"{one.__name__} is no builtin error beside Exception"


@pytest.mark.parametrize("group", ["physforge.methods", "physforge.readers", "physforge.views"])
def test_every_entry_point_leads_somewhere(group):
    entries = [one for one in entry_points(group=group) if one.value.startswith("physforge.")]
    assert entries
    for entry in entries:
        assert callable(entry.load()), entry
