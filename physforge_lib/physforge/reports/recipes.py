"""Cells that make a result again, and compare it with what the report says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import xarray as xr

from physforge.datasets.lazy import is_lazy
from physforge.datasets.origin import variable_figures
from physforge.derivatives.registry import GROUP
from physforge.discovery import DiscoveryResult
from physforge.reports.cells import Cell
from physforge.reports.literals import literal
from physforge.reports.reopening import opening_cells
from physforge.reports.replay import expected_equations

if TYPE_CHECKING:
    from physforge.results import Result


def recipe(number: int, result: Result) -> tuple[Cell, ...] | None:
    """Write the cells that make a result again.

    Parameters
    ----------
    number : int
        Of the result in the report.
    result : Result
        Any.

    Returns
    -------
    tuple of Cell or None
        They open the data, make the result in ``found_<number>``, and compare it. None where its run record does
        not have all that is needed.
    """
    try:
        if isinstance(result, DiscoveryResult):
            return _discovery(number, result)
        if result.kind == "derivatives":
            return _derivatives(number, result)
        if result.kind == "simulation":
            return _simulation(number, result)
        if result.kind == "pinn":
            return _training(number, result)
    except (KeyError, TypeError, ValueError, StopIteration):
        return None  # an older record, a method that is not installed here, or a setting that is a function
    return None


def _discovery(number: int, result: DiscoveryResult) -> tuple[Cell, ...]:
    record = result.provenance
    knowledge = {key: value for key, value in record["knowledge"].items() if _says_something(value)}
    options = {
        "target": literal([one.target for one in result.findings], 4),
        "library": f"library_{number}",
        "method": f"method_{number}",
        **{name: literal(value, 4) for name, value in knowledge.items()},
        "seed": literal(record["seed"]),
    }
    code = [
        _strategy(f"method_{number}", record["method"]),
        f"library_{number} = pf.CandidateLibrary.model_validate({literal(record['library'])})",
        _call(f"found_{number}", "pf.discover", [f"data_{number}"], options),
        f"print(found_{number}.summary())",
    ]
    expected = literal(expected_equations(result))
    return (
        *opening_cells(f"data_{number}", record.get("inputs", ())),
        Cell("code", "\n".join(code)),
        Cell("code", f"print(same_equations(found_{number}, {literal(result.status)}, {expected}))"),
    )


def _says_something(value: Any) -> bool:
    return any(value.values()) if isinstance(value, Mapping) else bool(value)


def _strategy(name: str, settings: Mapping[str, Any]) -> str:
    """Make a method with its options; its class is that of its short name, whatever else the record says."""
    entry = next(one for one in entry_points(group=GROUP) if one.name == settings["kind"])
    return f"from {entry.module} import {entry.attr}\n\n{name} = {entry.attr}.model_validate({literal(dict(settings))})"


def _derivatives(number: int, result: Result) -> tuple[Cell, ...]:
    settings, inputs = result.provenance["settings"], result.provenance["inputs"]
    data, lines, options = f"data_{number}", [], {}
    if isinstance(settings["method"], Mapping):
        lines.append(_strategy(f"method_{number}", settings["method"]))
        options["method"] = f"method_{number}"
    elif settings["method"] is not None:
        options["method"] = literal(settings["method"])
    if settings["field"] is not None:
        options["field"] = literal(settings["field"])
    if settings["at"] is not None:  # the last of the inputs
        options["at"], data = f"{data}[1]", f"{data}[0]"
    lines.append(_call(f"found_{number}", "pf.differentiate", [data, literal(settings["names"], 4)], options))
    return *opening_cells(f"data_{number}", inputs), *_compared(number, lines, result)


def _simulation(number: int, result: Any) -> tuple[Cell, ...]:
    settings, inputs = result.provenance["settings"], result.provenance["inputs"]
    laws = settings["equations"] or str(result.value.attrs["equation"])  # of a discovery, as it was found
    lines = [f"laws_{number} = pf.System.parse({literal(laws)}, parameters={literal(settings['parameters'])})"]
    start, times = f"start_{number}", f"times_{number}"
    if inputs:
        lines += _start_in_data(number, settings, "t" in inputs[0]["sizes"])
    else:
        lines.append(f"{start} = {literal(settings['initial'])}")
    if settings["times"] is not None:
        lines.append(f"{times} = {_times(settings['times'])}")
    options = {"t": times, "rtol": literal(settings["rtol"])}
    if settings["method"] is not None:
        options["method"] = literal(settings["method"])
    lines.append(_call(f"found_{number}", "pf.simulate", [f"laws_{number}", start], options))
    return *(opening_cells(f"data_{number}", inputs) if inputs else ()), *_compared(number, lines, result)


def _training(number: int, result: Any) -> tuple[Cell, ...]:
    """Run a training job again; a direct call may have functions as conditions, which no record holds."""
    settings, seed = result.provenance["settings"], result.provenance["seed"]
    # Equal work is one job, and would give its old result.
    options = {"seed": literal(seed), "idempotency_key": "uuid4().hex"}
    call = _call(f"job_{number}", "pf.submit", [literal("pinn"), literal(settings, 4)], options)
    lines = ["from uuid import uuid4", "", call, f"found_{number} = job_{number}.result()"]
    expected = f"{literal(result.parameters)}, {literal(float(result.held_out))}"
    return (
        Cell("code", "\n".join([*lines, f"print(found_{number}.summary())"])),
        Cell("code", f"print(same_training(found_{number}, {expected}))"),
    )


def _start_in_data(number: int, settings: Mapping[str, Any], has_time: bool) -> list[str]:
    data, moment = f"data_{number}", int(settings["moment"])
    if not has_time:
        return [f"start_{number} = {data}"]
    return [
        f"start_{number} = {data}.isel(t={moment})",
        f"times_{number} = {data}.t.isel(t=slice({moment}, None))",
    ]


def _times(given: Any) -> str:
    if isinstance(given, Mapping):
        return f"np.linspace({float(given['start'])!r}, {float(given['stop'])!r}, {int(given['count'])})"
    return literal(given)


def _compared(number: int, lines: Sequence[str], result: Any) -> tuple[Cell, ...]:
    value: xr.Dataset = result.value
    found = f"found_{number}"
    if is_lazy(value):  # to look at all of it would take as long as to make it
        return (Cell("code", "\n".join([*lines, found])),)
    expected = literal(variable_figures(value))
    return Cell("code", "\n".join([*lines, found])), Cell("code", f"print(same_fields({found}, {expected}))")


def _call(name: str, function: str, values: Sequence[str], options: Mapping[str, str]) -> str:
    arguments = [*values, *(f"{key}={value}" for key, value in options.items())]
    short = f"{name} = {function}({', '.join(arguments)})"
    if len(short) <= 100 and "\n" not in short:
        return short
    return f"{name} = {function}(\n" + "".join(f"    {one},\n" for one in arguments) + ")"
