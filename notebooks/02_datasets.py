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
# # Data sets that keep their history
#
# From a file that an instrument wrote to a data set with versions, a lineage and a way back. Everything here goes to a
# store in a temporary folder; your own is `pf.Workspace().store`.

# %%
import tempfile
from pathlib import Path

import numpy as np

import physforge as pf
from physforge.datasets.noise import add_gaussian, remove_samples

folder = Path(tempfile.mkdtemp())
store = pf.Workspace(folder / "home").store

# %% [markdown]
# ## 1. What is there already
#
# The catalog lists data that travel with PhysForge, reference problems that it computes, and published files.

# %%
pf.catalog.search("heat")

# %% [markdown]
# ## 2. A measurement
#
# We let a reference problem play the instrument: a noisy field with lost samples, written as a table.

# %%
rng = np.random.default_rng(0)
measured = remove_samples(add_gaussian(pf.open_dataset("burgers"), 0.02, rng), 0.01, rng)
measured.to_dataframe().reset_index().to_csv(folder / "run7.csv", index=False)
print((folder / "run7.csv").read_text()[:120])

# %% [markdown]
# ## 3. Open and check
#
# Header, delimiter and grid are found. `check` says in words what was seen, and what it means for the methods.

# %%
ds = pf.open_dataset(folder / "run7.csv", units={"x": "mm", "t": "s"})
print(ds.pf.check())

# %%
ds.pf.plot()

# %% [markdown]
# `explore` shows the same with controls: the field, the axes, the position along the others, and time that can run.

# %%
ds.pf.explore()

# %% [markdown]
# ## 4. Keep it
#
# The store keeps the original bytes under their hash. The next version says what it came from.

# %%
store.add(folder / "run7.csv", name="run7", message="As the instrument wrote it", units={"x": "mm", "t": "s"})
late = store.open("run7").isel(t=slice(20, None))
store.add(late, name="run7", message="Without the start, where the valve was still opening")
for version in store.versions("run7"):
    print(version.number, version.message)

# %%
print(store.lineage("run7"))

# %% [markdown]
# Every version stays open: `store.open("run7", 1)` gives the first one. What is removed waits in the trash.

# %%
store.remove("run7")
print([one.name for one in store.trash()])
store.restore(store.trash()[0].id)
print([one.name for one in store.list()])

# %% [markdown]
# ## 5. Take it elsewhere

# %%
store.export("run7", folder / "run7.nc")
print(pf.open_dataset(folder / "run7.nc").sizes)

# %% [markdown]
# Next: [derivatives with error bars](03_derivatives.ipynb).
