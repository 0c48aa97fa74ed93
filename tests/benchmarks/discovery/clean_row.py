"""Row about data without noise: problems, and published files that obey the law they claim."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr
from benchmarks.cells import Cell, Kept
from benchmarks.discovery import ours, truth
from benchmarks.discovery.rows import Answer, Line, Row, Settings, markdown, result, share, unavailable

from physforge.problems import names

GOAL = 1.0

#: A file obeys its law if what the law leaves over is less than this share of the target's rms, or if
#: it falls by so much with twice the samples along each axis: then the sampling makes it.
FITS, FALLS = 1e-3, 4.0

#: Seeds of a problem without noise; more tell little more.
SEEDS = 3

#: Exponent of the test functions, and the share of each axis that they reach, from the centre.
_EXPONENT, _REACH, _FEWEST = 10, 1 / 8, 12

#: A coefficient, what it multiplies, and the order of the derivative in x that is taken of that.
Flux = tuple[float, Callable[[xr.Dataset], xr.DataArray], int]

#: The laws that files claim, in divergence form: the order in time of the target, its field, and the fluxes.
LAWS: dict[str, Sequence[tuple[int, str, Sequence[Flux]]]] = {
    "burgers-published": [(1, "u", [(-0.5, lambda d: d.u**2, 1), (0.1, lambda d: d.u, 2)])],
    "kdv-published": [(1, "u", [(-3.0, lambda d: d.u**2, 1), (-1.0, lambda d: d.u, 3)])],
    "kuramoto-sivashinsky-published": [
        (1, "u", [(-0.5, lambda d: d.u**2, 1), (-1.0, lambda d: d.u, 2), (-1.0, lambda d: d.u, 4)])
    ],
    "kdv-raissi": [(1, "u", [(-0.5, lambda d: d.u**2, 1), (-0.0025, lambda d: d.u, 3)])],
    "burgers-shock": [(1, "u", [(-0.5, lambda d: d.u**2, 1), (0.01 / np.pi, lambda d: d.u, 2)])],
    "wave-published": [(2, "u", [(1.0, lambda d: d.u, 2)])],
    "chafee-infante-published": [(1, "u", [(1.0, lambda d: d.u, 2), (1.0, lambda d: d.u**3 - d.u, 0)])],
    "allen-cahn-published": [(1, "u", [(1e-4, lambda d: d.u, 2), (5.0, lambda d: d.u - d.u**3, 0)])],
    "nonlinear-schroedinger-published": [
        (1, "u_re", [(-0.5, lambda d: d.u_im, 2), (-1.0, lambda d: (d.u_re**2 + d.u_im**2) * d.u_im, 0)]),
        (1, "u_im", [(0.5, lambda d: d.u_re, 2), (1.0, lambda d: (d.u_re**2 + d.u_im**2) * d.u_re, 0)]),
    ],
}


def measure_fit(name: str) -> dict:
    """Return what the claimed law leaves over, as a share of the target's rms: on all samples, and on every second."""
    ds = truth.clean(name, 0)
    thinned = ds.isel(t=slice(None, None, 2), x=slice(None, None, 2))
    return {"all": _left_over(ds, LAWS[name]), "thinned": _left_over(thinned, LAWS[name])}


def obeys(fit: dict) -> bool:
    """Say whether a file fits the law that it claims within its own discretisation error."""
    return fit["all"] <= FITS or FALLS * fit["all"] <= fit["thinned"]


def _left_over(ds: xr.Dataset, laws: Sequence[tuple[int, str, Sequence[Flux]]]) -> float:
    """Integrate each law by parts against smooth test functions; independent of the library's weak form."""
    worst = 0.0
    for order, field, fluxes in laws:

        def integral(values: xr.DataArray, in_t: int, in_x: int) -> np.ndarray:
            left, right = (_functions(ds[dim].to_numpy(), k) for dim, k in (("t", in_t), ("x", in_x)))
            return left @ values.transpose("t", "x").to_numpy() @ right.T

        target = integral(ds[field], order, 0)
        explained = sum(factor * integral(flux(ds), 0, k) for factor, flux, k in fluxes)
        worst = max(worst, float(np.sqrt(np.mean((target - explained) ** 2) / np.mean(target**2))))
    return worst


def _functions(points: np.ndarray, order: int) -> np.ndarray:
    """Return the matrix that integrates a derivative against test functions, each one row."""
    step = (points[-1] - points[0]) / (len(points) - 1)
    reach = max(_FEWEST, round(_REACH * (len(points) - 1)))
    shape = (np.polynomial.Polynomial([1.0, 0.0, -1.0]) ** _EXPONENT).deriv(order)
    centres = np.arange(reach, len(points) - reach, max(1, reach // 4))
    away = (np.arange(len(points))[None, :] - centres[:, None]) / reach
    return np.where(np.abs(away) < 1.0, shape(away), 0.0) * (-1.0) ** order * step / (reach * step) ** order


def _fit_cells(settings: Settings) -> list[Cell]:
    sources = (f"{ours.FOLDER}/clean_row.py", f"{ours.FOLDER}/truth.py")
    files = () if settings.quick else truth.PUBLISHED
    return [Cell("fit", name, measure_fit, (name,), sources, ("numpy",)) for name in files]


def cases(settings: Settings) -> list[tuple[str, float, int]]:
    if settings.quick:
        return ours.grid(["heat", "lotka-volterra"], [0.0], settings.range(1))
    fresh = ours.grid(names(), [0.0], settings.range(min(SEEDS, settings.seeds)))
    return fresh + ours.grid(truth.PUBLISHED, [0.0], settings.range(1))


def cells(settings: Settings) -> list[Cell]:
    plain = [case for case in cases(settings) if case[0] not in ORDINARY]
    ordinary = [case for case in cases(settings) if case[0] in ORDINARY]
    sources = (*ours.SOURCES, "physforge_lib/physforge/derivatives/**/*.py")
    strong = [Cell("found", ours.key(case), ours.measure, case, sources, ours.PACKAGES) for case in ordinary]
    return ours.cells(plain) + strong + _fit_cells(settings)


#: Problems in time alone, which go through derivatives.
ORDINARY = ("duffing", "lorenz", "lotka-volterra", "van-der-pol")


def answer(settings: Settings, kept: Kept) -> Answer:
    whats = (
        ("clean data, every problem: right", f"{GOAL:.0%}"),
        ("clean data, every published file that obeys its law: right", f"{GOAL:.0%}"),
    )
    left_over = {name: result(kept, "fit", name) for name in truth.PUBLISHED}
    obeying = [name for name, one in left_over.items() if one and obeys(one)]
    groups = (
        [case for case in cases(settings) if case[0] not in truth.PUBLISHED],
        [case for case in cases(settings) if case[0] in obeying],
    )
    lines: list[Line] = []
    for what, group in zip(whats, groups, strict=True):
        absent = unavailable([what], kept, ours.cells(group))
        if absent:
            lines += absent.lines
            continue
        found = ours.rights(kept, group)
        wrong = dict.fromkeys(case[0] for case, ok in zip(group, found, strict=False) if not ok)
        figure = f"{share(found):.0%} of {len(found)}" + (f" (not: {', '.join(wrong)})" if wrong else "")
        lines.append(Line(*what, figure, share(found) >= GOAL))
    table = [
        _described(settings, kept, name, left_over.get(name))
        for name in dict.fromkeys(case[0] for case in cases(settings))
    ]
    note = (
        "A published file obeys the law that it claims if, integrated against smooth test functions that reach over "
        f"an eighth of each axis, the law leaves over at most {FITS:g} of the target's rms, or if with every second "
        f"sample along each axis it leaves over {FALLS:g} times as much: then the sampling makes it. Other files are "
        "excluded from the goal, and their outcome is shown all the same. Incompressible flow may be found with "
        "w*u_x + w*v_y, which vanish."
    )
    head = (
        "data",
        "left over by the claimed law",
        "from every second sample",
        "counts",
        "right",
        "found where it is not",
    )
    return Answer(lines, note + "\n\n" + markdown(head, table))


def _described(settings: Settings, kept: Kept, name: str, fit: dict | None) -> Sequence[object]:
    group = [case for case in cases(settings) if case[0] == name]
    found = ours.rights(kept, group)
    words = []
    for case in group:
        one = result(kept, "found", ours.key(case))
        words += [] if one is None or one["right"] else [_extra(one)]
    shares = (f"{fit['all']:.1e}", f"{fit['thinned']:.1e}") if fit else ("-", "-")
    counts = "yes" if name not in truth.PUBLISHED or (fit and obeys(fit)) else "no, excluded"
    return (name, *shares, counts, f"{sum(found)}/{len(found)}", words[0] if words else "-")


def _extra(one: dict) -> str:
    parts = []
    for target in one["targets"]:
        terms = " + ".join(list(target["found"])[:6]) + (" + ..." if len(target["found"]) > 6 else "")
        parts.append(f"{terms or 'nothing'} ({target['status']})")
    return "; ".join(parts)


ROW = Row("clean", "Data without noise", cells, answer)
