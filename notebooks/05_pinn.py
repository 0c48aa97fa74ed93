# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Solving laws with a neural network, and finding their coefficients
#
# `pf.pinn` trains a network to satisfy a law and its conditions. Nothing has to be tuned: the network, the points, the
# optimisers and the weights follow from the problem. This tour solves two laws, checks the solutions by other means,
# and finds a coefficient in noisy data.

# %%
import os
import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

import physforge as pf

SMALL = bool(os.environ.get("PHYSFORGE_SMALL"))  # for tests: small networks, few points, few steps
few = {"network": pf.pinn.MLP(width=10, depth=2), "sampling": pf.pinn.ResidualAdaptive(law=300), "steps": 600}

# %% [markdown]
# ## 1. A law, its domain and its conditions
#
# Burgers' equation from a sine wave, which steepens. Conditions are numbers, texts in the grammar of equations,
# functions or data. What can hold by construction does: it is not in the loss, and holds exactly.

# %%
law = pf.Equation.parse("u_t = -u*u_x + 0.05*u_xx")
problem = pf.pinn.Problem(
    law,
    domain={"x": (-1.0, 1.0), "t": (0.0, 1.0)},
    conditions=[pf.pinn.Initial("-sin(pi*x)"), pf.pinn.Dirichlet(x=-1.0), pf.pinn.Dirichlet(x=1.0)],
)
print(problem)
print("in the loss:", [block.name for block in problem.blocks])

# %%
s = pf.pinn.solve(problem, seed=0, **(few if SMALL else {"budget_s": 40}))
print(s.summary())

# %% [markdown]
# The history, the field, and what the law leaves of it (its logarithm, so that one sees where the network is worst).

# %%
s.plot()

# %% [markdown]
# ## 2. Is it right?
#
# A small residual is not a small error. The same law can be integrated from the same first state by a method that knows
# nothing of networks: this wave is odd, so that its continuation is periodic.

# %%
s.validate()

# %% [markdown]
# Or the solution is compared with values: data that were not trained on, or a formula where there is one. Derivatives
# are those of the network, exact to round-off.

# %%
x = np.linspace(-1.0, 1.0, 9)
at = {"x": x, "t": np.full_like(x, 0.5)}
found = s.derivatives(at, ["u", "u_t", "u_x", "u_xx"])
left = found["u_t"] + found["u"] * found["u_x"] - 0.05 * found["u_xx"]
print("residual there, at most:", f"{np.max(np.abs(left)):.1e}")

# %% [markdown]
# ## 3. A steady law with an exact solution

# %%
steady = pf.pinn.Problem(
    "u_xx + u_yy = -2*pi**2*sin(pi*x)*sin(pi*y)",
    domain={"x": (0.0, 1.0), "y": (0.0, 1.0)},
    conditions=[pf.pinn.Dirichlet(0.0)],
)
membrane = pf.pinn.solve(steady, seed=0, **(few if SMALL else {"budget_s": 20}))
membrane.validate({"u": "sin(pi*x)*sin(pi*y)"})

# %% [markdown]
# ## 4. A coefficient in noisy data
#
# Three hundred scattered samples of the first solution with 2 % noise. The coefficients get intervals only if a test
# finds that the fit has converged; else they are refused, with the reason. The truth is 1 and 0.05. For so few samples
# a small network is enough.

# %%
rng = np.random.default_rng(0)
places = {"x": rng.uniform(-1, 1, 300), "t": rng.uniform(0, 1, 300)}
clean = s.predict(places)["u"]
noisy = clean + 0.02 * np.std(clean) * rng.standard_normal(300)
ds = xr.Dataset({"u": ("point", noisy)}, {name: ("point", values) for name, values in places.items()})
start, small = {"a": 0.5, "b": 0.1}, pf.pinn.MLP(width=12, depth=2)
fit = pf.pinn.infer("u_t = -a*u*u_x + b*u_xx", ds, unknown=start, network=small, budget_s=60, seed=0)
print(fit.summary())

# %%
fit.conf_int(0.9) if fit.status == "converged" else fit.diagnostics

# %% [markdown]
# ## 5. A problem that was written for DeepXDE
#
# `pf.pinn.from_deepxde` takes a `deepxde.data.PDE` or `TimePDE` as it is, with its geometry and conditions, and trains
# it with the optimisers of this package:
#
#     data = dde.data.TimePDE(geomtime, pde, [bc, ic], num_domain=2540, num_boundary=80, num_initial=160)
#     s = pf.pinn.solve(pf.pinn.from_deepxde(data), budget_s=60)
#
# ## 6. Keep it, and run it elsewhere
#
# A result is a folder of safetensors and JSON. The same problem is a job, which outlives the notebook, keeps
# checkpoints, and goes on where it was killed:
#
#     physforge solve 'u_t = -u*u_x + 0.05*u_xx' --domain '{"x": [-1, 1], "t": [0, 1]}' \
#         --conditions 'u = -sin(pi*x) at t=0' --conditions 'u = 0 on the boundary' --submit --watch

# %%
kept = s.save(Path(tempfile.mkdtemp()) / "burgers-solution")
again = pf.pinn.load(kept)
print("the same to the last bit:", np.array_equal(again.predict(at)["u"], s.predict(at)["u"]))
