"""Fields in space whose shape is known."""

import numpy as np
import xarray as xr

from physforge.datasets.mesh import mesh_coords

SPACE = ("x", "y", "z")


def ball(samples: int = 40) -> xr.Dataset:
    """Return the distance from the middle, of a box from -1 to 1."""
    axis = np.linspace(-1.0, 1.0, samples)
    places = np.meshgrid(axis, axis, axis, indexing="ij")
    ds = xr.Dataset({"r": (SPACE, np.sqrt(sum(one**2 for one in places)))}, dict.fromkeys(SPACE, axis))
    for name in SPACE:
        ds[name].attrs["units"] = "mm"
    return ds


def waves(samples: int = 32, times: int = 4) -> xr.Dataset:
    """Return three fields over time in a box; of u both signs occur."""
    axis, t = np.linspace(0.0, 3.0, samples), np.linspace(0.0, 1.0, times)
    moment, x, y, z = np.meshgrid(t, axis, axis, axis, indexing="ij")
    dims = ("t", *SPACE)
    fields = {"u": np.sin(3 * x - moment) * np.cos(y), "v": np.cos(2 * x), "w": 0.2 * np.ones_like(z) + 0.1 * z}
    return xr.Dataset({name: (dims, one) for name, one in fields.items()}, {"t": t, **dict.fromkeys(SPACE, axis)})


def turning(samples: int = 41) -> xr.Dataset:
    """Return the flow of a plane that turns about its middle."""
    axis = np.linspace(-1.0, 1.0, samples)
    x, y = np.meshgrid(axis, axis, indexing="ij")
    return xr.Dataset({"u": (("x", "y"), -y), "v": (("x", "y"), x)}, {"x": axis, "y": axis})


def tetrahedra() -> xr.Dataset:
    """Return a cube of six tetrahedra, with its third coordinate as a field."""
    corners = np.array([[i, j, k] for i in (0.0, 2.0) for j in (0.0, 2.0) for k in (0.0, 2.0)])
    cells = np.array([[0, 4, 6, 7], [0, 4, 5, 7], [0, 1, 5, 7], [0, 1, 3, 7], [0, 2, 3, 7], [0, 2, 6, 7]])
    ends = np.arange(4, 25, 4)
    points = xr.Dataset({"p": ("point", corners[:, 2])}, {d: ("point", corners[:, i]) for i, d in enumerate(SPACE)})
    return points.assign_coords(mesh_coords(cells.ravel(), ends, np.full(6, 10)))
