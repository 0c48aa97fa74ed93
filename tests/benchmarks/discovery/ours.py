"""Ask the library the way a user would, and judge its answer."""

import time
import warnings
from collections.abc import Mapping, Sequence
from itertools import product

import xarray as xr
from benchmarks.cells import Cell, Kept
from benchmarks.discovery import truth

import physforge as pf
from physforge.discovery import DiscoveryResult
from physforge.equations import Equation
from physforge.errors import DerivativeWarning

#: What a result of ours depends on.
LIBRARY = (
    "physforge_lib/physforge/discovery/**/*.py",
    "physforge_lib/physforge/features/**/*.py",
    "physforge_lib/physforge/equations/**/*.py",
    "physforge_lib/physforge/problems/**/*.py",
    "physforge_lib/physforge/derivatives/axis.py",
    "physforge_lib/physforge/derivatives/noise.py",
)
FOLDER = "tests/benchmarks/discovery"
SOURCES = (*LIBRARY, f"{FOLDER}/ours.py", f"{FOLDER}/truth.py")
PACKAGES = ("numpy", "scipy")

#: How a law that was found compares with the true one.
RIGHT, BELOW, WRONG, NONE = "right", "below its detection limit", "wrong", "no equation"

#: Terms that vanish together, by what follows from the law of the data: incompressible flow.
VANISHING = {"navier-stokes": frozenset({"w*u_x", "w*v_y"})}


def measure(name: str, level: float, seed: int) -> dict:
    """Discover the laws of one data set."""
    return judged(truth.data(name, level, seed), truth.laws(name), VANISHING.get(name, frozenset()))


def judged(
    ds: xr.Dataset | Sequence[xr.Dataset],
    laws: Sequence[Equation],
    vanishing: frozenset[str] = frozenset(),
    **options: object,
) -> dict:
    """Discover, and compare with the laws.

    Parameters
    ----------
    ds : xarray.Dataset or sequence of xarray.Dataset
        What is measured.
    laws : sequence of Equation
        One for each target.
    vanishing : frozenset of str, default none
        Further terms whose sum vanishes, so that a law may have them or not.
    **options
        Of `physforge.discover`.

    Returns
    -------
    dict
        ``right``, whether every support is the true one; ``error``, the worst relative error of
        a coefficient if so; ``targets``, what was found for each, see `compare`; and ``cpu``, in seconds.
    """
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DerivativeWarning)
        r = pf.discover(ds, target=[law.target for law in laws], **options)
    cpu = time.process_time() - start
    targets = [compare(r, law, vanishing) for law in laws]
    right = all(one["verdict"] == RIGHT for one in targets)
    return {
        "right": right,
        "error": max(one["error"] for one in targets) if right else None,
        "targets": targets,
        "cpu": cpu,
    }


def compare(r: DiscoveryResult, law: Equation, vanishing: frozenset[str] = frozenset()) -> dict:
    """Compare what was found for one target with its law.

    Returns
    -------
    dict
        ``verdict``; ``status``; ``found`` and ``missing``; ``error``, the worst relative error of a
        coefficient if the law is right; and of the intervals how many there are, how many
        hold the true coefficient (0 of a false term), and how many terms are false.
    """
    finding = next(one for one in r.findings if one.target == law.target)
    found = dict(r.equations[law.target].terms) if finding.terms else {}
    missing = set(law.terms) - set(found)
    extra = set(found) - set(law.terms)
    extra = set() if extra == vanishing else extra
    if not found:
        verdict = NONE
    elif not missing and not extra:
        verdict = RIGHT
    elif not extra and _unseen(r, law, missing):
        verdict = BELOW
    else:
        verdict = WRONG
    return {
        "verdict": verdict,
        "status": finding.status,
        "found": found,
        "missing": sorted(missing),
        "error": max(abs(found[term] / true - 1.0) for term, true in law.terms.items()) if verdict == RIGHT else None,
        **_intervals(r, law, vanishing),
    }


def stated_wrong(one: Mapping) -> bool:
    """Say whether some target's law is wrong, and stated as certain."""
    return any(target["verdict"] == WRONG and target["status"] == "settled" for target in one["targets"])


def coefficient(name: str, law: Equation, fields: Sequence[str]) -> float | None:
    """Return the true coefficient of a candidate as the library writes it, such as ``(u**3)_xx``.

    None where it is no part of the law.
    """
    parts = Equation.from_terms(law.target, {name: 1.0}, fields=tuple(fields)).terms
    ratios = [law.terms[term] / times for term, times in parts.items() if term in law.terms]
    if len(ratios) < len(parts) or max(ratios) - min(ratios) > 1e-9 * max(map(abs, ratios)):
        return None
    return ratios[0]


def _unseen(r: DiscoveryResult, law: Equation, missing: set[str]) -> bool:
    """Say whether candidates below their detection limits make up all that is missing."""
    limits = r.detection_limits
    accounted: set[str] = set()
    for name, limit in limits.loc[limits["target"] == law.target, ["term", "limit"]].itertuples(index=False):
        true = coefficient(name, law, r.fields)
        if true is not None and abs(true) < limit:
            accounted |= set(Equation.from_terms(law.target, {name: 1.0}, fields=r.fields).terms)
    return missing <= accounted


def _intervals(r: DiscoveryResult, law: Equation, vanishing: frozenset[str]) -> dict:
    table = r.conf_int(0.95)
    held = false = total = 0
    for name, low, high in table.loc[table["target"] == law.target, ["term", "low", "high"]].itertuples(index=False):
        true = coefficient(name, law, r.fields)
        parts = set(Equation.from_terms(law.target, {name: 1.0}, fields=r.fields).terms)
        if true is None and parts & vanishing:
            continue
        total += 1
        false += true is None
        held += low <= (true or 0.0) <= high
    return {"intervals": total, "held": held, "false": false}


def key(case: tuple) -> str:
    """Write a case as the key of its cell."""
    return "-".join(f"{one:g}" if isinstance(one, float) else str(one) for one in case)


def grid(names: Sequence[str], levels: Sequence[float], seeds: Sequence[int]) -> list[tuple[str, float, int]]:
    """List cases so that those of one data set follow each other."""
    return [(name, level, seed) for name, seed, level in product(names, seeds, levels)]


def cells(cases: Sequence[tuple[str, float, int]]) -> list[Cell]:
    """Return a cell for each case; rows that share a case share its cell."""
    return [Cell("found", key(case), measure, case, SOURCES, PACKAGES) for case in cases]


def rights(kept: Kept, cases: Sequence[tuple[str, float, int]]) -> list[bool]:
    """Say of each case that was measured whether the law was found; an error is a law that was not found."""
    found = [kept.get(("found", key(case)), {}) for case in cases]
    return [bool(one.get("result", {}).get("right")) for one in found if "result" in one or "failed" in one]


def errors(kept: Kept, cases: Sequence[tuple[str, float, int]]) -> list[float]:
    """Return the worst relative error of a coefficient wherever the law was found."""
    found = [kept.get(("found", key(case)), {}).get("result") or {} for case in cases]
    return [one["error"] for one in found if one.get("right")]
