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
# # Quickstart: from data to an equation
#
# Two data sets, one question: which law made them? The first is a classic of ecology and very short; the second is a
# field on a grid. At the end, a small ensemble on a Dask cluster of your own shows how far the first answer can be
# trusted.
#
# Run the cells from top to bottom with *Shift+Enter*.

# %%
import physforge as pf

pf.catalog

# %% [markdown]
# ## 1. Lynx and hares
#
# Twenty-one years of pelt counts from the Hudson's Bay Company.

# %%
ds = pf.open_dataset("lynx-hare")
ds.pf.plot()

# %% [markdown]
# ### Differentiate
#
# Each derivative comes with a standard deviation: what the noise in the data makes of it.

# %%
d = pf.differentiate(ds, ["hare_thousands_t", "lynx_thousands_t"])
d.pf.plot(fields=["hare_thousands_t", "lynx_thousands_t"], title="Rates of change, with bands of two sd")

# %% [markdown]
# ### Discover
#
# One equation for each species, chosen among all products up to second order. Read the whole summary, not only the
# equations: it says how sure they are.

# %%
r = pf.discover(ds)
print(r.summary())

# %%
r.conf_int(0.95)

# %% [markdown]
# ### Simulate the result beside the data

# %%
import numpy as np

from physforge.plots import plot_comparison

fine = np.linspace(float(ds.t[0]), float(ds.t[-1]), 401)
plot_comparison(ds, pf.simulate(r.system, ds.isel(t=0), t=fine))

# %% [markdown]
# ## 2. Burgers' equation
#
# A field $u(t, x)$: a bump that steepens as it travels and is smoothed by viscosity. The law that made it is known,
# $u_t = -u\,u_x + 0.1\,u_{xx}$, and is not shown to the method.

# %%
field = pf.open_dataset("burgers")
field.pf.plot()

# %%
derivatives = pf.differentiate(field, ["u_t", "u_x", "u_xx"])
derivatives.pf.plot(fields=["u_t", "u_xx"])

# %%
found = pf.discover(field)
print(found.summary())

# %%
found.equation

# %%
plot_comparison(field, pf.simulate(found.equation, field.isel(t=0), t=field.t))

# %% [markdown]
# ## 3. How far can the first answer be trusted?
#
# Every count is uncertain by, say, 10 %. What if the trappers had counted a little differently? We draw such data
# again and again, and ask which equations come out. The work runs on a Dask cluster of your own, started by the
# workbench and stopped below.

# %%
from dask_gateway import Gateway

cluster = Gateway().new_cluster()
cluster.scale(2)
client = cluster.get_client()
client.wait_for_workers(2)
client


# %%
def discover_again(seed):
    """Return the equations found in counts that are redrawn with 10 % error."""
    rng = np.random.default_rng(seed)
    redrawn = pf.open_dataset("lynx-hare").map(
        lambda u: u * np.exp(0.1 * rng.standard_normal(u.shape)), keep_attrs=True
    )
    return {target: dict(equation.terms) for target, equation in pf.discover(redrawn, seed=seed).equations.items()}


# %%
from distributed import progress

members = client.map(discover_again, range(12))
progress(members)

# %%
ensemble = client.gather(members)

# %%
import pandas as pd

seen = [(target, term) for member in ensemble for target, terms in member.items() for term in terms]
table = pd.Series(seen).value_counts().rename("share of the ensemble") / len(ensemble)
table.index = pd.MultiIndex.from_tuples(table.index, names=["equation", "term"])
table.sort_index()

# %% [markdown]
# Terms that come and go with the noise are not settled by these data, however well one equation fits. That is why the
# summary above did not stop at the equations.

# %%
client.close()
cluster.shutdown()

# %% [markdown]
# Next: open your own file with `pf.open_dataset("measurement.csv")`.
