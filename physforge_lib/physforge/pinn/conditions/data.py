"""Measured values that a solution is to pass near."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import POINT, SD_SUFFIX
from physforge.errors import PinnError
from physforge.pinn.block import Float, Points
from physforge.pinn.conditions.condition import Condition, Statement
from physforge.pinn.conditions.measured import measured_block
from physforge.pinn.conditions.setting import Setting
from physforge.pinn.regions import GivenPoints


class Data(Condition):
    """Give measured values of fields.

    Parameters
    ----------
    data : Dataset, or mapping of str to array_like
        On a grid or at scattered points (one dim ``point``). A mapping holds arrays of one
        shape: coordinates and fields by name. Where there is a standard deviation, as
        ``u_sd``, samples weigh by its inverse, relative to the root of its mean square.
    fields : iterable of str, optional
        Which variables to use, also derivatives such as ``"u_x"``; by default all that are
        fields of the law.
    skip_missing : bool, default False
        Leave out samples that are NaN; they are refused otherwise.

    Examples
    --------
    >>> Data({"x": [0.0, 0.5], "u": [1.0, 2.0]})
    Data(['u'], 2 points)
    """

    def __init__(
        self,
        data: xr.Dataset | Mapping[str, npt.ArrayLike],
        *,
        fields: Iterable[str] | None = None,
        skip_missing: bool = False,
    ) -> None:
        self.columns = _columns(data)
        self.fields = None if fields is None else tuple([fields] if isinstance(fields, str) else fields)
        self.skip_missing = skip_missing

    def __repr__(self) -> str:
        names = [name for name in self.columns if name not in ("t", "x", "y", "z") and not name.endswith(SD_SUFFIX)]
        size = next(iter(self.columns.values())).size
        return f"Data({list(self.fields or names)}, {size} points)"

    def statements(self, setting: Setting) -> tuple[Statement, ...]:
        """Say what the condition demands (see `Condition.statements`)."""
        names = self.fields or tuple(name for name in setting.fields if name in self.columns)
        if not names:
            raise PinnError(f"{self!r} holds none of the fields {', '.join(setting.fields)}: rename its variables.")
        what = [setting.derivative(name, repr(self)) for name in names]
        places = self._places(setting)
        table = _Table.of(self.columns, names, self.skip_missing, repr(self))
        region = GivenPoints(Points((places[table.kept],), table.values))
        block = measured_block(f"data {', '.join(names)}", "data", region, what)
        everything = range(len(setting.coordinates))
        return (Statement(block, frozenset((index, axis) for index, _ in what for axis in everything)),)

    def _places(self, setting: Setting) -> Float:
        missing = [name for name in setting.coordinates if name not in self.columns]
        if missing:
            raise PinnError(f"{self!r} has no coordinate {missing[0]!r}, which the domain has.")
        places = np.stack([self.columns[name] for name in setting.coordinates], axis=1)
        for axis, name in enumerate(setting.coordinates):
            if not np.isfinite(places[:, axis]).all():
                raise PinnError(f"The coordinate {name!r} of {self!r} is not finite everywhere.")
            for end in (float(places[:, axis].min()), float(places[:, axis].max())):
                setting.inside(axis, end, f"The sample at {name} = {end:g} of {self!r}")
        return places


@dataclass(frozen=True, eq=False)
class _Table:
    """Values and weights, of shape (2*names, points kept), and which points are kept."""

    kept: npt.NDArray[np.bool_]
    values: Float

    @classmethod
    def of(cls, columns: Mapping[str, Float], names: Iterable[str], skip_missing: bool, what: str) -> _Table:
        values, weights = [], []
        for name in names:
            if name not in columns:
                raise PinnError(f"{what} has no variable {name!r}.")
            bad = ~np.isfinite(columns[name])
            if bad.any() and not skip_missing:
                raise PinnError(
                    f"{int(bad.sum())} of the {bad.size} samples of {name!r} in {what} are NaN or infinite: correct "
                    "them, or leave them out with skip_missing=True."
                )
            values.append(np.where(bad, 0.0, columns[name]))
            weights.append(np.where(bad, 0.0, _weights(columns.get(name + SD_SUFFIX), bad, name)))
        kept = np.any(np.stack(weights) > 0, axis=0)
        if not kept.any():
            raise PinnError(f"{what} holds no sample that is a number.")
        return cls(kept, np.stack([*values, *weights])[:, kept])


def _weights(sd: Float | None, bad: npt.NDArray[np.bool_], name: str) -> Float:
    if sd is None:
        return np.ones(bad.shape)
    used = sd[~bad]
    if not (np.isfinite(used).all() and (used > 0).all()):
        raise PinnError(f"The standard deviations {name}{SD_SUFFIX} are not all positive numbers.")
    typical = np.sqrt(np.mean(used**2)) if used.size else 1.0
    return np.divide(typical, sd, out=np.zeros_like(sd), where=~bad)


def _columns(data: xr.Dataset | Mapping[str, npt.ArrayLike]) -> dict[str, Float]:
    """Flatten to one array of shape (points,) for each coordinate and variable."""
    if not isinstance(data, xr.Dataset):
        arrays = {str(name): np.asarray(values, dtype=np.float64) for name, values in data.items()}
        shapes = {array.shape for array in arrays.values()}
        if len(shapes) != 1:
            listed = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
            raise PinnError(f"The arrays of Data are not of one shape: {listed}.")
        return {name: array.ravel() for name, array in arrays.items()}
    dims = tuple(map(str, data.dims))
    foreign = [dim for dim in dims if dim not in ("t", "x", "y", "z", POINT)]
    if foreign:
        raise PinnError(f"The data have the dim {foreign[0]!r}: select one entry of it, as in ds.isel({foreign[0]}=0).")
    names = [name for name in ("t", "x", "y", "z") if name in data.coords] + list(map(str, data.data_vars))
    grid = {str(dim): size for dim, size in data.sizes.items()}
    return {
        name: data[name]
        .broadcast_like(xr.DataArray(np.empty(list(grid.values())), dims=list(grid)))
        .transpose(*grid)
        .to_numpy()
        .astype(np.float64)
        .ravel()
        for name in names
    }
