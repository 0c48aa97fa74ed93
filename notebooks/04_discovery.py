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
# # From noisy data to an equation with intervals
#
# `pf.discover` estimates the noise from the data and lets it decide which terms are needed. There is nothing to set.
# This tour shows what it finds, how sure it is, and what it refuses to say.

# %%
import numpy as np
import pandas as pd
import xarray as xr

import physforge as pf
from physforge.datasets.noise import add_gaussian, remove_samples, subsample
from physforge.datasets.scatter import scatter
from physforge.plots import plot_comparison
from physforge.problems import get_problem

pd.set_option("display.max_colwidth", 120)  # equations are long

# %% [markdown]
# ## 1. Half as much noise as signal
#
# Burgers' equation is regenerated, and noise with half the standard deviation of the field is added. The summary says
# whether the form is settled, and if not, which rival the data do not exclude.

# %%
clean = pf.open_dataset("burgers")
noisy = add_gaussian(clean, 0.5, np.random.default_rng(1))
clean.pf.plot(title="The field") + noisy.pf.plot(title="What is measured")

# %%
r = pf.discover(noisy)
print(r.summary())

# %% [markdown]
# The law that made the data is an attribute, which discovery never reads.

# %%
truth = pf.Equation.parse(clean.attrs["equation"])
print(truth, "-", "found" if r.equation.matches(truth, rtol=0.1) else "not found")
r.equation

# %% [markdown]
# The equation is shown with one standard error, the table and the summary with intervals of 95 %.

# %%
table = r.conf_int()
table.assign(truth=table.term.map(truth.terms))

# %% [markdown]
# These come from the noise. Resampling what the equation leaves over needs no model of the noise; where it gives much
# wider intervals, the noise is not what it is taken for.

# %%
r.conf_int(by="bootstrap")

# %% [markdown]
# Every equation that was considered is kept. `misfit` is a chi-square; `criterion` adds a price for each term, and the
# smallest is chosen. Candidates in conservative form, such as `(u**2)_xx`, are written out here.

# %%
r.candidates.head()

# %% [markdown]
# All of it with controls: sort the candidates, pick one, move its coefficients within their intervals, and see at once
# what it predicts beside the data. Take it along as LaTeX, SymPy, Python or Julia.

# %%
r.explore(noisy)

# %% [markdown]
# What is not in the equation need not be zero. A term left out would have been seen in 19 cases of 20 if its
# coefficient had been larger than its limit.

# %%
r.detection_limits.head(8)

# %% [markdown]
# ## 2. As much noise as signal
#
# Chaos helps: the Kuramoto-Sivashinsky equation never repeats itself, so that its terms do not stand in for each other.

# %%
chaos = pf.open_dataset("kuramoto-sivashinsky")
drowned = add_gaussian(chaos, 1.0, np.random.default_rng(1))
chaos.pf.plot(title="The field") + drowned.pf.plot(title="What is measured")

# %%
results = {
    "10 %": pf.discover(add_gaussian(chaos, 0.1, np.random.default_rng(1))),
    "100 %": pf.discover(drowned),
}
print(chaos.attrs["equation"])
for noise, result in results.items():
    print(f"{noise:>5} noise, {result.status}: {result.candidates.equation[0]}")

# %% [markdown]
# The form stays. Ten times the noise is paid for in the intervals, and in what could hide.

# %%
intervals = pd.concat({noise: result.conf_int().set_index("term") for noise, result in results.items()}, axis=1)
intervals.drop(columns="target", level=1).round(3)

# %%
limits = pd.concat(
    {noise: result.detection_limits.set_index("term").limit for noise, result in results.items()}, axis=1
)
limits.loc[["u", "u**2", "u_x", "u_xxx"]]

# %%
results["100 %"].plot(title="As much noise as signal")

# %% [markdown]
# ## 3. The same data, another method
#
# The strong form differentiates the data and fits afterwards. It is right for data with little noise. Here it says
# that it is not up to the task.

# %%
strong = pf.discover(noisy, method="stlsq")
print(strong.summary())

# %% [markdown]
# Smoothing bends every resample alike: the terms may be right, and an interval still miss the truth. That is why so
# many doubts are looked for.

# %% [markdown]
# ## 4. What the data do not tell
#
# **A term near its limit.** Where populations grow and spread (Fisher-KPP), growth is plain, but diffusion is hard to
# tell from relatives such as $(u^2)_{xx}$. The equation with the highest probability is given, and not called settled.

# %%
growth = pf.discover(add_gaussian(pf.open_dataset("fisher-kpp"), 0.5, np.random.default_rng(0)))
print(growth.summary())

# %%
growth.inclusion_probability.head(6)

# %% [markdown]
# **Nothing.** Pure noise has no equation. That is a result and no error.

# %%
static = xr.Dataset(
    {"u": (("t", "x"), np.random.default_rng(0).standard_normal(clean.u.shape))}, clean.coords, {"title": "Static"}
)
nothing = pf.discover(static)
print(nothing.status)
print(nothing.summary())

# %% [markdown]
# **One wave, two laws.** A soliton of the Korteweg-de Vries equation only moves. It obeys $u_t = -2\,u_x$ just as well
# as $u_t = -6\,u\,u_x - u_{xxx}$, and no precision can change that.

# %%
t, x = np.linspace(0.0, 5.0, 101), np.linspace(-15.0, 15.0, 256)
profile = 1.0 / np.cosh((x - 2.0 * t[:, None] + 5.0) / np.sqrt(2.0)) ** 2
wave = xr.Dataset({"u": (("t", "x"), profile)}, {"t": t, "x": x}, {"title": "One soliton"})
print(pf.discover(wave).summary())

# %% [markdown]
# The cure is another experiment. Two solitons of different heights run at different speeds, which one advection cannot
# explain, even at half as much noise as signal.

# %%
pair = pf.discover(add_gaussian(pf.open_dataset("kdv"), 0.5, np.random.default_rng(0)))
print(pair.status)
pair.equation

# %% [markdown]
# ## 5. Several runs, irregular times, missing samples
#
# Runs need not share a grid: give them as a list. Here are three initial states of Burgers' equation, each at its own
# irregular times, with a tenth of the samples missing and 20 % noise.

# %%
rng = np.random.default_rng(3)
runs = []
for seed in (1, 2, 3):
    run = subsample(get_problem("burgers", seed=seed).generate(), 0.6, rng)
    runs.append(remove_samples(add_gaussian(run, 0.2, rng), 0.1, rng))
runs[1].pf.plot(title="The second run")

# %%
together = pf.discover(runs)
print(together.status)
together.conf_int()

# %% [markdown]
# One of the runs alone leaves more open.

# %%
pf.discover(runs[0]).conf_int()

# %% [markdown]
# There need not be a grid at all. Here are five thousand samples at places and times that were drawn, with half as
# much noise as signal.

# %%
points = add_gaussian(scatter(clean, 5000, rng, off_grid=True), 0.5, rng)
scattered = pf.discover(points)
print(scattered.summary())

# %% [markdown]
# ## 6. Two fields in the plane
#
# Spirals of reaction and diffusion: one equation for each field, chosen among all products up to the third degree and
# their derivatives.

# %%
spirals = pf.open_dataset("reaction-diffusion").isel(x=slice(None, None, 2), y=slice(None, None, 2))
measured = add_gaussian(spirals, 0.1, np.random.default_rng(0))
measured.isel(y=8).pf.plot()

# %%
coupled = pf.discover(measured)
print(spirals.attrs["equation"], "\n")
print(coupled.summary())

# %%
print("found" if coupled.system.matches(pf.System.parse(spirals.attrs["equation"]), rtol=0.1) else "not found")
coupled.system

# %% [markdown]
# ## 7. What you know helps
#
# Twice as much noise as signal hides the law. That it looks the same in a mirror ($x \to -x$ with $u \to -u$), and that
# diffusion spreads, is known beforehand; candidates and coefficients that contradict it need not be considered.

# %%
hidden = add_gaussian(clean, 2.0, np.random.default_rng(4))
print("Nothing known: ", pf.discover(hidden).candidates.equation[0])
informed = pf.discover(hidden, symmetries="x -> -x, u -> -u", bounds={"u_xx": (0, None)})
print("Mirror, spread:", informed.candidates.equation[0])

# %% [markdown]
# ## 8. Does it predict?
#
# An equation earns trust where it was not fitted. We learn from the first six units of time and forecast the rest.

# %%
early, late = noisy.sel(t=slice(None, 6.0)), noisy.sel(t=slice(6.0, None))
learnt = pf.discover(early)
print(learnt.status, learnt.candidates.equation[0])

# %% [markdown]
# A forecast starts from a state, and the first held-out one is as noisy as the others. It is smoothed; but the errors
# are against the data, so the noise is in them. To see the law alone, smooth the held-out part first, on its own.

# %%
learnt.validate(late)

# %%
smooth = pf.differentiate(late, ["u_t"], method="gp")[["u"]]
learnt.validate(smooth)

# %% [markdown]
# Candidates that fit alike may forecast differently.

# %%
learnt.forecasts(smooth, most=4)[["equation", "criterion", "forecast_error", "chosen"]]

# %% [markdown]
# Nor need anything be simulated: the candidates are fitted anew without each stretch of time, and tried on it.

# %%
left_out = r.leave_out(noisy, most=4)
print(left_out.attrs["summary"])
left_out[["equation", "left_out_misfit", "worst_stretch", "chosen"]]

# %%
plot_comparison(smooth, pf.simulate(learnt.equation, smooth.isel(t=0), t=smooth.t))

# %% [markdown]
# Take the equation elsewhere.

# %%
print(learnt.equation.to_latex(), "\n")
print(learnt.equation.to_python())
print(learnt.equation.to_julia())

# %% [markdown]
# ## 9. Measured data
#
# Twenty-one years of pelts of lynx and hare. The terms are those of Lotka and Volterra, and the summary says why that
# is not yet a discovery.

# %%
ds = pf.open_dataset("lynx-hare")
pelts = pf.discover(ds)
print(pelts.summary())

# %% [markdown]
# Simulated from the first year, the equations follow the cycle. Others would too: this is a hypothesis for more data.

# %%
plot_comparison(ds, pf.simulate(pelts.system, ds.isel(t=0), t=np.linspace(1900.0, 1920.0, 401)))
