"""Docstrings that describe parameters which do not exist are wrong."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from numpydoc.docscrape import NumpyDocString

import physforge


def modules() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(physforge.__path__, "physforge."):
        if "_share" not in module.name:
            yield importlib.import_module(module.name)


def documented_objects() -> Iterator[tuple[str, object]]:
    for module in modules():
        for name, one in vars(module).items():
            if name.startswith("_") or getattr(one, "__module__", None) != module.__name__ or not one.__doc__:
                continue
            if inspect.isfunction(one):
                yield f"{module.__name__}.{name}", one
            elif inspect.isclass(one):
                yield f"{module.__name__}.{name}", one
                for method, function in vars(one).items():
                    if inspect.isfunction(function) and not method.startswith("_") and function.__doc__:
                        yield f"{module.__name__}.{name}.{method}", function


def unknown_parameters(one: object) -> set[str]:
    sections = NumpyDocString(inspect.getdoc(one))["Parameters"]
    documented = {part.strip().lstrip("*") for section in sections for part in section.name.split(",")}
    return documented - set(inspect.signature(one).parameters) if documented else set()


def test_documented_parameters_exist():
    checked = dict(documented_objects())
    assert len(checked) > 100
    wrong = {name: unknown for name, one in checked.items() if (unknown := unknown_parameters(one))}
    assert wrong == {}
