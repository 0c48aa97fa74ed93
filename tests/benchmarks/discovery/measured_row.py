"""Row about measurements: falling balls, hares and lynxes, a pendulum arm."""

import re
from collections.abc import Sequence

import numpy as np
import xarray as xr
from benchmarks.cells import Cell, Kept, NotAvailable
from benchmarks.discovery import ours
from benchmarks.discovery.rows import Answer, Line, Row, Settings, markdown, reason_of, result
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

import physforge as pf
from physforge.discovery import DiscoveryResult
from physforge.equations import Equation
from physforge.errors import PhysForgeError
from physforge.features import CandidateLibrary

BALLS = ("falling-golf-ball", "falling-basketball")

#: Powers of the velocity in the laws of free fall, of linear and of quadratic drag.
DRAGS = {"free fall": (0,), "linear drag": (0, 1), "quadratic drag": (0, 2)}

#: Samples of a drop from which its start is taken.
_START = 10

#: Samples of the pendulum that are used: each of so many, and in how many half swings it is judged.
_THINNED, _HALF_SWINGS = 10, 4
PENDULUM_GOAL = 0.10

LYNX_HARE = {
    "hare_thousands_t": {"hare_thousands", "hare_thousands*lynx_thousands"},
    "lynx_thousands_t": {"lynx_thousands", "hare_thousands*lynx_thousands"},
}


def opened(name: str, **options: object) -> xr.Dataset:
    """Open measurements, which travel with PhysForge or are found through PHYSFORGE_DATA_CACHE."""
    try:
        return pf.open_dataset(name, **options)
    except (PhysForgeError, OSError) as error:
        raise NotAvailable(f"measurements need PHYSFORGE_DATA_CACHE: {str(error).splitlines()[0]}") from error


def discovered(ds: xr.Dataset | Sequence[xr.Dataset], **options: object) -> DiscoveryResult:
    """Discover where the library may not be able to yet."""
    try:
        return pf.discover(ds, **options)
    except PhysForgeError as error:
        raise NotAvailable(str(error).splitlines()[0]) from error


def measure_ball(name: str) -> dict:
    """Find a law of each drop's velocity, fit it as the others are fitted, and foretell the other drop."""
    drops = [opened(name, run=run)[["Velocity"]] for run in (1, 2)]
    errors: dict[str, list[float]] = {}
    laws, statuses, intervals = [], [], []
    for first, second in (drops, drops[::-1]):
        r = discovered(first)
        if not r.equations:
            raise NotAvailable("no equation is supported")
        names = {"1": 0, "Velocity": 1, "Velocity**2": 2, "Velocity**3": 3}
        terms = tuple(names[term] for term in r.equation.terms)
        for what, powers in {"ours": terms, **DRAGS}.items():
            errors.setdefault(what, []).append(_foretold(first, second, powers))
        laws.append(str(r.equation))
        statuses.append(r.status)
        intervals.append(len(r.conf_int()))
    return {"errors": errors, "laws": laws, "statuses": statuses, "intervals": min(intervals)}


def _foretold(first: xr.Dataset, second: xr.Dataset, powers: Sequence[int]) -> float:
    """Fit a law to one velocity over time, and return the relative rms error of the other's."""
    t, v = first["t"].to_numpy(), first["Velocity"].to_numpy()
    start = [v[0], *(-9.8 if power == 0 else 0.0 for power in powers)]
    law = least_squares(lambda free: _course(t, powers, free[1:], free[0]) - v, start).x[1:]
    t, v = second["t"].to_numpy(), second["Velocity"].to_numpy()
    begin = least_squares(lambda free: (_course(t, powers, law, free[0]) - v)[:_START], [v[0]]).x[0]
    return float(np.sqrt(np.mean((_course(t, powers, law, begin) - v)[_START:] ** 2)) / np.std(v[_START:]))


def _course(t: np.ndarray, powers: Sequence[int], free: np.ndarray, start: float) -> np.ndarray:

    def rate(_: float, state: np.ndarray) -> np.ndarray:
        return sum(one * state**power for one, power in zip(free, powers, strict=True))

    run = solve_ivp(rate, (t[0], t[-1]), [start], t_eval=t, rtol=1e-8, atol=1e-8)
    return run.y[0] if run.success else np.full(len(t), 1e6)


def measure_lynx_hare() -> dict:
    """Return the rank of Lotka and Volterra's law among the candidates, and how probable it is."""
    r = discovered(opened("lynx-hare"))
    fields = tuple(r.fields)
    answer = {}
    for finding in r.findings:
        table = r.candidates[r.candidates["target"] == finding.target]
        wanted = LYNX_HARE[finding.target]
        rank = next(
            (
                place
                for place, text in enumerate(table["equation"], 1)
                if set(Equation.parse(text, fields=fields).terms) == wanted
            ),
            None,
        )
        chosen = set(finding.terms) == wanted
        answer[finding.target] = {
            "rank": rank,
            "of": len(table),
            "probability": finding.probability if chosen else None,
            "status": finding.status,
        }
    return answer


def measure_pendulum() -> dict:
    """Fit four runs with the sine of the angle among the candidates, and simulate the two held out."""
    runs = [opened("pendulum-arm", run=run).isel(t=slice(None, None, _THINNED)) for run in range(1, 5)]
    r = discovered(runs, library=CandidateLibrary(polynomial=1, functions=("sin(Y1)",)))
    errors = []
    for run in (1, 2):
        held = opened("pendulum-arm", fields=("Y_vad",), run=run)
        turns = np.flatnonzero(np.diff(np.sign(held["Y2"].to_numpy())))
        held = held.isel(t=slice(0, int(turns[_HALF_SWINGS]) if len(turns) > _HALF_SWINGS else None))
        try:
            course = pf.simulate(r.system, held.isel(t=0), t=held["t"])
        except PhysForgeError as error:
            raise NotAvailable(str(error).splitlines()[0]) from error
        angle = held["Y1"].to_numpy()
        errors.append(float(np.sqrt(np.mean((course["Y1"].to_numpy() - angle) ** 2)) / np.std(angle)))
    return {"errors": errors, "law": "; ".join(map(str, r.equations.values())), "status": r.status}


def cells(settings: Settings) -> list[Cell]:
    sources = (
        *ours.LIBRARY,
        "physforge_lib/physforge/derivatives/**/*.py",
        "physforge_lib/physforge/simulation/**/*.py",
        f"{ours.FOLDER}/measured_row.py",
    )
    balls = [Cell("measured", ball, measure_ball, (ball,), sources, ours.PACKAGES) for ball in BALLS]
    return [
        *balls,
        Cell("measured", "lynx-hare", measure_lynx_hare, (), sources, ours.PACKAGES),
        Cell("measured", "pendulum-arm", measure_pendulum, (), sources, ours.PACKAGES),
    ]


def answer(settings: Settings, kept: Kept) -> Answer:
    lines = [_ball(kept, ball) for ball in BALLS] + [_lynx_hare(kept), _pendulum(kept)]
    reasons = [
        f"{cell.key} is not available: {reason_of(kept.get((cell.name, cell.key), {})).rstrip('.')}."
        for cell in cells(settings)
        if result(kept, cell.name, cell.key) is None
    ]
    table = [
        (ball, drop + 1, _rounded(law), status, *(f"{errors[drop]:.3f}" for errors in one["errors"].values()))
        for ball in BALLS
        if (one := result(kept, "measured", ball))
        for drop, (law, status) in enumerate(zip(one["laws"], one["statuses"], strict=True))
    ]
    note = (
        "A ball's law comes from the velocity of one drop; its form and the three others are then fitted to that drop "
        f"alike, with the velocity at its start, and foretell the other drop after its first {_START} samples, to "
        "which its own start is fitted. The error is the rms over the sd; the figure is its mean over both drops held "
        "out. The pendulum's arm is simulated from the first sample. " + " ".join(reasons)
    )
    head = ("ball", "fitted to drop", "law found", "status", "error of ours", *DRAGS)
    return Answer(lines, note + ("\n\n" + markdown(head, table) if table else ""))


def _rounded(law: str) -> str:
    return re.sub(r"\d+\.\d{4,}(?!\d*e)", lambda number: f"{float(number.group()):.4g}", law)


def _ball(kept: Kept, ball: str) -> Line:
    what, goal = f"{ball}: held-out error of the law found", "<= each of free fall, linear and quadratic drag"
    one = result(kept, "measured", ball)
    if one is None:
        return Line(what, goal, "not available", None)
    own, *others = (sum(errors) / len(errors) for errors in one["errors"].values())
    figure = f"{own:.3f} against {', '.join(f'{other:.3f}' for other in others)}"
    return Line(what, goal, figure, own <= min(others) * (1 + 1e-6) and one["intervals"] > 0)


def _lynx_hare(kept: Kept) -> Line:
    what, goal = "lynx-hare: rank and probability of Lotka and Volterra's law", "reported, not settled"
    one = result(kept, "measured", "lynx-hare")
    if one is None:
        return Line(what, goal, "not available", None)
    words = [
        f"{target}: {found['rank'] or 'not'} of {found['of']}, "
        + ("-" if found["probability"] is None else f"{found['probability']:.0%}")
        for target, found in one.items()
    ]
    reported = all(found["rank"] is not None for found in one.values())
    unsettled = all(found["status"] != "settled" for found in one.values())
    return Line(what, goal, "; ".join(words), reported and unsettled)


def _pendulum(kept: Kept) -> Line:
    what = "pendulum-arm: relative error of the angle over two swings, two runs held out"
    goal = f"<= {PENDULUM_GOAL:.0%}"
    one = result(kept, "measured", "pendulum-arm")
    if one is None:
        return Line(what, goal, "not available", None)
    return Line(what, goal, ", ".join(f"{error:.1%}" for error in one["errors"]), max(one["errors"]) <= PENDULUM_GOAL)


ROW = Row("measured", "Measurements", cells, answer)
