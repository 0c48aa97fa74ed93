"""Settings to begin with, by kind of job: name, and what is typed for the person."""

from __future__ import annotations

from collections.abc import Mapping

#: Kind of job -> name of the preset -> field -> what is typed. The first one is what a form begins with.
PRESETS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "discovery": {
        "Nothing set: let the data decide": {},
        "Second order in time (a wave, an oscillator)": {"target": "u_tt"},
        "Only terms that make sense in the units": {"units": "yes"},
        "Cubic terms, fourth derivatives": {"library": "{polynomial: 3, derivatives: 4}"},
    },
    "pinn": {
        "Empty": {},
        "Burgers' equation with a shock": {
            "equations": "u_t = -u*u_x + nu*u_xx",
            "parameters": "{nu: 0.0031831}",
            "domain": "{x: [-1, 1], t: [0, 1]}",
            "conditions": "u = -sin(pi*x) at t=0\nu = 0 at x=-1\nu = 0 at x=1",
            "budget_s": "60",
        },
        "Two coefficients from data (inverse)": {
            "equations": "u_t = -a*u*u_x + b*u_xx",
            "unknown": "{a: 1.0, b: 0.1}",
            "budget_s": "120",
        },
    },
    "derivatives": {
        "First derivative in time": {"names": "u_t"},
        "What a transport equation needs": {"names": "u_t\nu_x\nu_xx"},
    },
    "simulation": {
        "Empty": {},
        "Lotka and Volterra": {
            "equations": "x_t = 1.1*x - 0.4*x*y; y_t = 0.1*x*y - 0.4*y",
            "initial": "{x: 10, y: 5}",
            "times": "{start: 0, stop: 40, count: 400}",
        },
    },
}
