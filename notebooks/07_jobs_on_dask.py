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
# # Jobs: work that outlives the notebook
#
# A job is a kind of work, its settings, its data by content and a seed. It is asked for once and comes back, whatever
# becomes of this notebook meanwhile: the job store keeps it, a process in the background hands it to a worker, and a
# worker that dies is noticed within ten seconds and replaced.
#
# Where jobs run is one word: `"local"` (processes on this machine), `"dask"` (a Dask cluster on this machine),
# `"gateway"` (a cluster of Dask Gateway that grows and shrinks with the queue), `"jobqueue"` (Slurm, PBS and others),
# or the address of a scheduler.

# %%
import os

import physforge as pf

ws = pf.Workspace()
# In a session of a workbench with the Gateway; on one's own machine a Dask cluster that is started when needed.
cluster = "gateway" if ws.mode == "hub" else "dask"
# The tests run this notebook in a small size.
few = bool(os.environ.get("PHYSFORGE_SMALL"))

# %% [markdown]
# ## 1. One job
#
# The settings are those of `pf.discover`. They are checked here, all at once, and the name of the data set becomes its
# content; nothing is stored if anything is wrong.

# %%
job = pf.submit("discovery", {"dataset": "burgers"}, executor="local")
job

# %%
try:
    pf.submit("discovery", {"datset": "burgers", "library": {"polynomial": 9}})
except pf.PhysForgeError as error:
    print(error)

# %% [markdown]
# `result()` waits, and returns what the direct call returns, to the last bit. Interrupt it if you like: the job goes
# on, and `pf.Workspace().job(id)` finds it again, from any notebook. The same request again is the same job.

# %%
found = job.result()
print(found.summary())

# %%
print("the same job:", pf.submit("discovery", {"dataset": "burgers"}).id == job.id)

# %%
direct = pf.discover(pf.open_dataset("burgers"))
print("alike to the last bit:", found.conf_int().equals(direct.conf_int()))

# %% [markdown]
# ## 2. Jobs that need each other
#
# A setting may name another job in place of a data set. Jobs wait for what they need: simulate, discover in the
# simulated field, simulate what was discovered, and report on both.

# %%
made = ws.submit("simulation", {"equations": "u_t = -u*u_x + 0.1*u_xx", "initial": "burgers"})
seen = ws.submit("discovery", {"dataset": {"job": made.id}})
again = ws.submit("simulation", {"discovery": seen.id, "initial": {"job": made.id}})
report = ws.submit("report", {"results": [seen.id, again.id], "title": "There and back"})
[one.status for one in (made, seen, again, report)]

# %%
report.wait()
print(seen.result().equation)
print("simulated again, off by at most", float(abs(again.result().u - made.result().u).max().round(4)))

# %% [markdown]
# ## 3. Many jobs on a cluster
#
# How much of an answer is the data's, and how much the threshold's? Twenty-one years of pelts, searched again and
# again: two libraries, ten thresholds, ten seeds of the resampling make 200 jobs. The file
# [07_sweep.yaml](07_sweep.yaml) says the same for the command line: `physforge job batch 07_sweep.yaml`.

# %%
sweep = {
    "kind": "discovery",
    "config": {"dataset": "lynx-hare", "method": {"kind": "stlsq"}},
    "grid": {
        "library.polynomial": [2, 3],
        "method.threshold": {"geomspace": [0.01, 0.5, 2 if few else 10]},
    },
    "seeds": 1 if few else 10,
    "executor": cluster,
}
batch = ws.submit_batch(sweep)
batch.wait()

# %%
table = batch.table()
table.head()

# %%
laws = table.groupby(["library.polynomial", "method.threshold", "outcome"]).size().unstack(fill_value=0)
laws

# %% [markdown]
# Each row of the first table is an artifact with a log, a run record and citations. A job that failed shows its reason
# there, and `ws.job(id).logs()` the whole log.

# %% [markdown]
# ## 4. Where a result comes from
#
# From a report back to the bytes that were measured, through jobs and versions of data sets:

# %%
print(pf.lineage(report))

# %% [markdown]
# And does it come out again? `reproduce` runs a job once more, under the recorded seed and inputs, and compares every
# number.

# %%
print(ws.reproduce(job))

# %%
report.record.run["versions"]["physforge"], report.record.run["threads"]

# %% [markdown]
# On the command line the same jobs are `physforge job list`, `watch`, `logs`, `cancel`, `retry`, `result` and
# `reproduce`.
