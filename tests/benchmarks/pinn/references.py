"""How far the references themselves are from the laws that they are to solve."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from benchmarks.pinn import allen_cahn, burgers, cavity, cavity_reference, kdv, kovasznay, wave
from benchmarks.pinn.case import Case, Line, Part, Results
from benchmarks.pinn.statement import Float

#: Central differences of eighth order: the weights of the points one to four steps to the right.
_FIRST = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
_SECOND = (8 / 5, -1 / 5, 8 / 315, -1 / 560)


def differentiate(function: Callable[[Float], Float], at: Float, order: int, step: float) -> Float:
    """Return the first, second or third derivative; the third is the first one of the second."""
    if order == 3:
        return differentiate(lambda x: differentiate(function, x, 2, step), at, 1, step)
    weights, sign = (_FIRST, -1.0) if order == 1 else (_SECOND, 1.0)
    sides = sum(
        weight * (function(at + (n + 1) * step) + sign * function(at - (n + 1) * step))
        for n, weight in enumerate(weights)
    )
    middle = 0.0 if order == 1 else -2 * sum(weights) * function(at)
    return np.asarray((sides + middle) / step**order)


def residuals() -> dict[str, float]:
    """Return the largest residuals of the exact formulas at random points, relative to the largest term."""
    rng = np.random.default_rng(0)
    return {"kdv": _kdv(rng), "wave": _wave(rng), "kovasznay": _kovasznay(rng)}


def _relative(*terms: Float) -> float:
    return float(np.max(np.abs(sum(terms))) / max(np.max(np.abs(term)) for term in terms))


def _kdv(rng: np.random.Generator) -> float:
    x, t = rng.uniform(-kdv.HALF, kdv.HALF, 500), rng.uniform(0.0, kdv.END, 500)
    u = kdv.solve(x, t)
    u_t = differentiate(lambda at: kdv.solve(x, at), t, 1, 0.01)
    u_x = differentiate(lambda at: kdv.solve(at, t), x, 1, 0.03)
    u_xxx = differentiate(lambda at: kdv.solve(at, t), x, 3, 0.03)
    return _relative(u_t, 6 * u * u_x, u_xxx)


def _wave(rng: np.random.Generator) -> float:
    x, t = rng.uniform(size=(2, 500))
    u_tt = differentiate(lambda at: wave.solve(x, at), t, 2, 0.01)
    u_xx = differentiate(lambda at: wave.solve(at, t), x, 2, 0.01)
    return _relative(u_tt, -(wave.SPEED**2) * u_xx)


def _kovasznay(rng: np.random.Generator) -> float:
    x, y = rng.uniform(*kovasznay.X, 500), rng.uniform(*kovasznay.Y, 500)

    def along(name: str, axis: str, order: int) -> Float:
        def value(at: Float) -> Float:
            return kovasznay.solve(at, y)[name] if axis == "x" else kovasznay.solve(x, at)[name]

        return differentiate(value, x if axis == "x" else y, order, 0.02)

    flow = kovasznay.solve(x, y)
    laws = [[along("u", "x", 1), along("v", "y", 1)]]
    for name, axis in (("u", "x"), ("v", "y")):
        transport = [flow["u"] * along(name, "x", 1), flow["v"] * along(name, "y", 1)]
        viscous = [-along(name, along_axis, 2) / kovasznay.REYNOLDS for along_axis in ("x", "y")]
        laws.append([*transport, along("p", axis, 1), *viscous])
    return max(_relative(*terms) for terms in laws)


def ghia() -> dict[str, float]:
    """Return how far the finite differences are from Ghia's tables: together, in u and in v."""
    tables = [np.array(table) for table in (cavity.ALONG_Y, cavity.ALONG_X)]
    u, v = cavity_reference.lines(tables[0][:, 0], tables[1][:, 0], cavity.REYNOLDS)
    unknown = np.zeros(len(u))
    found = {"u": np.concatenate([u, unknown]), "v": np.concatenate([unknown, v])}
    return cavity.reference().errors(found)


def measure(_seed: int, _quick: bool) -> dict:
    score = burgers.reference()
    more = burgers.quadrature(score.points["x"], score.points["t"], 4096)
    u = allen_cahn.integrate()[1]
    sizes = ((2 * allen_cahn.MODES, allen_cahn.STEPS), (allen_cahn.MODES, 2 * allen_cahn.STEPS))
    finer, slower = (allen_cahn.integrate(*size)[1] for size in sizes)
    changes = {
        "burgers": float(np.max(np.abs(more - score.fields["u"]))),
        "allen-cahn, twice the modes": float(np.linalg.norm(finer - u) / np.linalg.norm(u)),
        "allen-cahn, half the step": float(np.linalg.norm(slower - u) / np.linalg.norm(u)),
    }
    return {"changes": changes, "residuals": residuals(), "ghia": ghia()}


GOALS: Mapping[str, tuple[str, float]] = {
    "burgers": ("Burgers by Cole-Hopf: change with more points", 1e-12),
    "allen-cahn, twice the modes": ("Allen-Cahn by ETDRK4: change with twice the modes", 1e-6),
    "allen-cahn, half the step": ("Allen-Cahn by ETDRK4: change with half the step", 1e-10),
    "kdv": ("two solitons: residual of the law", 1e-8),
    "wave": ("standing waves: residual of the law", 1e-8),
    "kovasznay": ("Kovasznay flow: worst residual of the laws", 1e-8),
}


def lines(results: Results) -> list[Line]:
    (found,) = results["references"]
    figures = {**found["changes"], **found["residuals"]}
    told = [
        Line(f"reference: {what}", f"<= {goal:g}", f"{figures[name]:.1e}", figures[name] <= goal)
        for name, (what, goal) in GOALS.items()
    ]
    off = found["ghia"]
    words = f"{off['']:.1e} (u {off['u']:.1e}, v {off['v']:.1e})"
    return [*told, Line("reference: converged cavity against Ghia's tables", "reported", words, None)]


SOURCES = tuple(
    f"tests/benchmarks/pinn/{name}*.py"
    for name in ("references", "burgers", "allen_cahn", "cavity", "kdv", "kovasznay", "wave")
)
CASES = (Case("references", (Part("references", measure, SOURCES, ("numpy", "scipy")),), lines, seeds=(0,)),)
