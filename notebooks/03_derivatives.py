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
# # Derivatives with error bars
#
# Differences turn a little noise into a lot. The Gaussian process of PhysForge learns from the data how smooth the
# field and how large the noise is, and says how sure each derivative is. There is nothing to set.

# %%
import numpy as np
import xarray as xr

import physforge as pf
from physforge.datasets.noise import add_gaussian
from physforge.derivatives import GaussianProcess

# %% [markdown]
# ## 1. A signal
#
# A damped oscillation with 5 % noise. Its derivative is known, so that we can look at the error.

# %%
rng = np.random.default_rng(0)
t = np.linspace(0.0, 10.0, 300)
exact = np.exp(-0.2 * t) * np.cos(3.0 * t)
slope = -0.2 * exact - 3.0 * np.exp(-0.2 * t) * np.sin(3.0 * t)
signal = add_gaussian(xr.Dataset({"u": ("t", exact)}, {"t": t}), 0.05, rng)

d = pf.differentiate(signal, ["u_t", "u_tt"], method="gp")
d.pf.plot(fields=["u_t"], title="Slope, with a band of two sd")


# %%
def error(derived):
    """Return the error of the slope, as a share of its size."""
    return float(np.std(derived["u_t"] - slope) / np.std(slope))


for method in ("finite-difference", "savitzky-golay", "gp"):
    print(f"{method:18} {error(pf.differentiate(signal, 'u_t', method=method)):.3f}")

# %%
inside = float(np.mean(np.abs(d.u_t - slope) < 1.96 * d.u_t_sd))
print(f"{inside:.0%} of the true slopes lie in the bands of 95 %")
print(d.u_t.attrs["method"])

# %% [markdown]
# ## 2. A field
#
# On several axes at once, samples help each other: the same noise costs far less.

# %%
field = add_gaussian(pf.open_dataset("kdv"), 0.05, rng)
derived = pf.differentiate(field, ["u_t", "u_x", "u_xxx"], method="gp")
derived.pf.plot(fields=["u_x"])

# %% [markdown]
# ## 3. What real data bring
#
# Missing samples are bridged. Outliers lose their weight when asked to.

# %%
spoilt = signal.copy(deep=True)
spoilt["u"][40:55] = np.nan
spoilt["u"][[100, 180, 250]] += 3.0
robust = pf.differentiate(spoilt, "u_t", method=GaussianProcess(noise="student-t"))
print(f"clean {error(d):.3f}, spoilt {error(robust):.3f}")
robust.pf.plot(fields=["u_t"], title="The band is wide where samples are missing")

# %% [markdown]
# Scattered samples work too, and may be asked for on a grid.

# %%
x = rng.uniform(0.0, 6.0, 400)
when = rng.uniform(0.0, 2.0, 400)
points = xr.Dataset(
    {"u": ("point", np.sin(x - when) + 0.05 * rng.standard_normal(400))}, {"t": ("point", when), "x": ("point", x)}
)
grid = xr.Dataset(coords={"t": np.linspace(0.2, 1.8, 9), "x": np.linspace(0.5, 5.5, 40)})
pf.differentiate(points, "u_x", method="gp", at=grid).pf.plot(fields=["u_x"])

# %% [markdown]
# ## 4. When not to believe it
#
# Noise that is correlated from sample to sample looks like signal. On a field, neighbours give it away, and a warning
# says so.

# %%
import warnings

clean = pf.open_dataset("kdv")
noise = rng.standard_normal(clean.u.shape)
for step in range(1, noise.shape[0]):
    noise[step] = 0.8 * noise[step - 1] + 0.6 * noise[step]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    pf.differentiate(clean.assign(u=clean.u + 0.05 * float(clean.u.std()) * noise), "u_x", method="gp")
print(caught[0].message)
