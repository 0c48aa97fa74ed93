"""Both coefficients of Burgers' equation from 2,000 scattered samples with noise, and what intervals are worth."""

from collections.abc import Mapping, Sequence
from functools import partial
from statistics import median
from typing import Any

import numpy as np
from benchmarks.derivatives.rows import markdown
from benchmarks.pinn import burgers, peer
from benchmarks.pinn.accuracy import QUICK_S, cpu_seconds
from benchmarks.pinn.case import PINN, Case, Line, Part, Results
from benchmarks.pinn.statement import Float, Peer

SAMPLES = 2000
EXACT = {"a": 1.0, "b": burgers.VISCOSITY}
START = {"a": 0.5, "b": 0.05}
BUDGET_S = 150.0

#: Of the intervals whose coverage is counted.
LEVEL = 0.9

OWN = ("tests/benchmarks/pinn/inverse_burgers.py", "tests/benchmarks/pinn/burgers.py")


def draw(seed: int, noise: float) -> tuple[Float, Float, Float]:
    """Return t, x and u of shape (samples,); the noise is a share of u's standard deviation."""
    generator = np.random.default_rng(seed)
    t, x = generator.uniform(0.0, 1.0, SAMPLES), generator.uniform(-1.0, 1.0, SAMPLES)
    u = burgers.solve(x, t)
    return t, x, u + noise * u.std() * generator.standard_normal(SAMPLES)


def measure_ours(noise: float, seed: int, quick: bool) -> dict:
    """Infer with nothing set by hand but the CPU seconds."""
    import xarray as xr

    from physforge.errors import PinnError
    from physforge.pinn import infer

    t, x, u = draw(seed, noise)
    ds = xr.Dataset({"u": ("point", u)}, {"t": ("point", t), "x": ("point", x)})
    before = cpu_seconds()
    found = infer("u_t = -a*u*u_x + b*u_xx", ds, START, budget_s=QUICK_S if quick else BUDGET_S, clock="cpu", seed=seed)
    try:
        rows = found.conf_int(LEVEL).set_index("parameter")
        intervals = {name: [float(rows.low[name]), float(rows.high[name])] for name in EXACT}
    except PinnError:
        intervals = {}
    return {
        "errors": {name: found.parameters[name] / exact - 1 for name, exact in EXACT.items()},
        "intervals": intervals,
        "status": found.status,
        "said": list(found.diagnostics),
        "steps": int(found.history["step"].iloc[-1]),
        "cpu": cpu_seconds() - before,
    }


def measure_peer(noise: float, seed: int, quick: bool) -> dict:
    """Infer as DeepXDE's documentation does: trainable variables, samples as a condition, Adam and L-BFGS."""
    dde = peer.load()
    t, x, u = draw(seed, noise)
    variables = {name: dde.Variable(value) for name, value in START.items()}
    training = Inverse(dde, _stated(dde, variables, np.stack([x, t], axis=1), u[:, None]), seed, variables)
    before = cpu_seconds()
    training.run(peer.DEFAULT, QUICK_S if quick else BUDGET_S)
    found = {name: float(value.detach()) for name, value in variables.items()}
    return {
        "errors": {name: found[name] / exact - 1 for name, exact in EXACT.items()},
        "steps": training.steps,
        "cpu": cpu_seconds() - before,
    }


class Inverse(peer.Training):
    """A model of DeepXDE with unknown coefficients; those of its best state are kept with it."""

    def __init__(self, dde: Any, stated: Peer, seed: int, variables: Mapping[str, Any]) -> None:
        super().__init__(dde, stated, seed)
        self._variables = variables
        self._values = {name: value.detach().clone() for name, value in variables.items()}

    def _train(self, optimiser: str, end: float, iterations: int | None, **options: Any) -> None:
        variables = list(self._variables.values())
        super()._train(optimiser, end, iterations, external_trainable_variables=variables, **options)

    def _keep(self) -> None:
        before = self.best
        super()._keep()
        for name, value in self._variables.items():
            if self.best < before:
                self._values[name] = value.detach().clone()
            else:
                value.data.copy_(self._values[name])


def _stated(dde: Any, variables: Mapping[str, Any], places: Float, values: Float) -> Peer:
    def pde(x: Any, y: Any) -> Any:
        dy_x = dde.grad.jacobian(y, x, i=0, j=0)
        dy_t = dde.grad.jacobian(y, x, i=0, j=1)
        dy_xx = dde.grad.hessian(y, x, i=0, j=0)
        return dy_t + variables["a"] * y * dy_x - variables["b"] * dy_xx

    geomtime = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))
    observed = dde.icbc.PointSetBC(places, values, component=0)
    return Peer(dde.data.TimePDE(geomtime, pde, [observed], num_domain=2540, anchors=places), (2, 20, 20, 20, 1))


def lines(results: Results) -> list[Line]:
    """Return the two goals and what DeepXDE reaches."""
    what = f"Burgers, both coefficients from {SAMPLES} samples with 1 % noise, {BUDGET_S:g} CPU s: error in"
    goals = (("b", "nu", 0.02, 0.01), ("a", "the advection", 0.003, 0.001))
    found = []
    for name, called, required, stretch in goals:
        mine, theirs = ([abs(one["errors"][name]) for one in results[who]] for who in ("ours", "deepxde"))
        goal = f"<= {required:.1%} ({stretch:.1%})"
        found.append(Line(f"{what} {called}", goal, _all(mine), median(mine) <= required))
        found.append(Line(f"the same: DeepXDE, {called}", "reported", _all(theirs), None))
    return found


def noisy_lines(results: Results) -> list[Line]:
    """Return what ten times the noise does."""
    return [
        Line(
            f"the same with 10 % noise: error in {called}",
            "reported",
            _all([abs(one["errors"][name]) for one in results["ours"]]),
            None,
        )
        for name, called in (("b", "nu"), ("a", "the advection"))
    ]


def coverage_lines(results: Results) -> list[Line]:
    """Return how many intervals hold the coefficient; an interval that was not given holds none."""
    count = len(results["ours"])
    required, stretch = (round(share * count) for share in (15 / 20, 17 / 20))
    return [
        Line(
            f"its {LEVEL:.0%} intervals hold {called}, of {count} seeds",
            f">= {required} ({stretch})",
            f"{covered(results['ours'], name)}, {given(results['ours'])} given",
            covered(results["ours"], name) >= required,
        )
        for name, called in (("b", "nu"), ("a", "the advection"))
    ]


def covered(results: Sequence[dict], name: str) -> int:
    """Count the intervals that hold the exact coefficient."""
    intervals = [one["intervals"][name] for one in results if one["intervals"]]
    return sum(low <= EXACT[name] <= high for low, high in intervals)


def given(results: Sequence[dict]) -> int:
    """Count the seeds for which intervals were given."""
    return sum(bool(one["intervals"]) for one in results)


def details(results: Results) -> str:
    """Return every seed."""
    rows = [
        (
            who,
            index,
            *(f"{one['errors'][name]:+.2%}" for name in ("b", "a")),
            *(_interval(one, name) for name in ("b", "a")),
            f"{one['cpu']:.0f}",
            one.get("status", "-"),
        )
        for who, mine in results.items()
        for index, one in enumerate(mine)
    ]
    head = (
        "who",
        "seed",
        "error in nu",
        "in the advection",
        "interval of nu",
        "of the advection",
        "CPU (s)",
        "outcome",
    )
    return markdown(head, rows)


def _interval(one: Mapping[str, Any], name: str) -> str:
    if not one.get("intervals"):
        return "-"
    low, high = (end / EXACT[name] - 1 for end in one["intervals"][name])
    return f"{low:+.2%} to {high:+.2%}"


def _all(errors: Sequence[float]) -> str:
    return f"{median(errors):.2%} (" + ", ".join(f"{one:.2%}" for one in errors) + ")"


def _ours(noise: float) -> Part:
    return Part("ours", partial(measure_ours, noise), (*PINN, *OWN), ("torch", "numpy", "scipy"))


CASES = (
    Case(
        "inverse-burgers",
        (
            _ours(0.01),
            Part("deepxde", partial(measure_peer, 0.01), (*OWN, "tests/benchmarks/pinn/peer.py"), ("torch", "deepxde")),
        ),
        lines,
        details,
    ),
    Case("inverse-burgers-noisy", (_ours(0.1),), noisy_lines, details),
    Case("inverse-burgers-coverage", (_ours(0.01),), coverage_lines, details, seeds=tuple(range(20))),
)
