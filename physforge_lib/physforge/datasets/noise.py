"""Spoil clean data in known ways: noise, outliers, gaps, fewer samples.

Each function returns a new dataset and leaves the one given as it is. Whatever is
drawn comes from the generator given, so that the same seed gives the same data.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.datasets.conventions import SD_SUFFIX, TIME, field_names
from physforge.errors import DatasetError

FloatArray = npt.NDArray[np.float64]
Scale = Literal["sd", "rms"]

#: Attribute of a field that says how large the noise added to it is.
NOISE_SD = "noise_sd"


def add_gaussian(
    ds: xr.Dataset,
    level: float,
    rng: np.random.Generator,
    *,
    relative_to: Scale = "sd",
    fields: Iterable[str] | None = None,
    record_sd: bool = False,
) -> xr.Dataset:
    """Add white Gaussian noise to every field.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields of any dims; missing samples stay missing.
    level : float
        Standard deviation of the noise as a fraction of the standard deviation of
        the field over all its samples. A constant field thus gets none.
    rng : numpy.random.Generator
        Draws the noise, field by field in their order.
    relative_to : {"sd", "rms"}, default "sd"
        Whether the level is a fraction of the standard deviation of the field or of its
        root mean square, its mean included.
    fields : iterable of str, optional
        Which fields get noise, by default all.
    record_sd : bool, default False
        Whether the standard deviation of the noise also becomes a variable
        ``<name>_sd`` (added in squares to one that is there), as if it had been measured.

    Returns
    -------
    xarray.Dataset
        With the coordinates, attributes and ``_sd`` variables of `ds`; the standard
        deviation of the noise is the attribute ``noise_sd`` of each field that got some.

    Raises
    ------
    DatasetError
        If `level` is negative or not finite, or there is no such field.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> t = np.linspace(0, 10, 1001)
    >>> clean = xr.Dataset({"u": ("t", np.sin(t))}, {"t": t})
    >>> noisy = add_gaussian(clean, 0.1, np.random.default_rng(0))
    >>> round(float((noisy.u - clean.u).std() / clean.u.std()), 2)
    0.1
    """
    _check_level("level", level)
    white = {name: rng.standard_normal(ds[name].shape) for name in _chosen(ds, fields)}
    return _with_noise(ds, level, white, relative_to, record_sd)


def add_correlated(
    ds: xr.Dataset,
    level: float,
    rng: np.random.Generator,
    *,
    dim: str | tuple[str, ...] = TIME,
    correlation: float = 0.8,
    relative_to: Scale = "sd",
    fields: Iterable[str] | None = None,
    record_sd: bool = False,
) -> xr.Dataset:
    """Add Gaussian noise that remembers its neighbour, such as the drift of an instrument.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields of which at least one has all of `dim`; others stay as they are.
    level : float
        Standard deviation of the noise as a fraction of that of the field.
    rng : numpy.random.Generator
        Draws the noise, field by field in their order.
    dim : str or tuple of str, default "t"
        Along which the noise is correlated; across other dims it is independent.
    correlation : float, default 0.8
        Of neighbouring samples along each dim, between -1 and 1 exclusive; 0 gives white noise.
    relative_to : {"sd", "rms"}, default "sd"
        Whether the level is a fraction of the standard deviation of the field or of its
        root mean square, its mean included.
    fields : iterable of str, optional
        Which fields get noise, by default all.
    record_sd : bool, default False
        Whether the standard deviation of the noise also becomes a variable
        ``<name>_sd`` (added in squares to one that is there), as if it had been measured.

    Returns
    -------
    xarray.Dataset
        With the coordinates, attributes and ``_sd`` variables of `ds`; the standard
        deviation of the noise is the attribute ``noise_sd`` of each field that got some.

    Raises
    ------
    DatasetError
        If `level` or `correlation` is out of range, or no field has the dim.

    Notes
    -----
    The stationary first-order autoregressive process
    ``e[i] = correlation*e[i-1] + sqrt(1 - correlation**2)*w[i]`` with white ``w``:
    samples that are k apart have the correlation ``correlation**k``, whatever the
    spacing of the coordinate.
    """
    from scipy.signal import lfilter

    _check_level("level", level)
    dims = (dim,) if isinstance(dim, str) else dim
    for one in dims:
        _check_dim(ds, one)
    if not -1 < correlation < 1:
        raise DatasetError(f"correlation is {correlation}; it must lie between -1 and 1, and reach neither.")
    drawn = {}
    for name in _chosen(ds, fields):
        if set(dims) <= set(ds[name].dims):
            drawn[name] = rng.standard_normal(ds[name].shape)
            for axis in map(ds[name].get_axis_num, dims):
                lines = np.moveaxis(drawn[name], axis, -1)
                # The first sample has the variance of all others, so that there is no transient.
                lines[..., 1:] *= math.sqrt(1 - correlation**2)
                drawn[name] = np.moveaxis(lfilter([1.0], [1.0, -correlation], lines), -1, axis)
    return _with_noise(ds, level, drawn, relative_to, record_sd)


def add_outliers(
    ds: xr.Dataset,
    share: float,
    rng: np.random.Generator,
    *,
    size: float = 5.0,
    fields: Iterable[str] | None = None,
) -> xr.Dataset:
    """Displace a few samples of every field far.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields of any dims.
    share : float
        Fraction of each field's present samples, between 0 and 1; the number is rounded.
    rng : numpy.random.Generator
        Draws places and signs, field by field in their order.
    size : float, default 5.0
        Displacement, up or down with equal chance, in standard deviations of the field.
    fields : iterable of str, optional
        Which fields get outliers, by default all.

    Returns
    -------
    xarray.Dataset
        With the coordinates, attributes and ``_sd`` variables of `ds`.

    Raises
    ------
    DatasetError
        If `share` or `size` is out of range, or there is no such field.
    """
    _check_share("share", share)
    _check_level("size", size)
    added = {}
    for name in _chosen(ds, fields):
        present = np.flatnonzero(np.isfinite(ds[name].to_numpy()))
        chosen = rng.choice(present, round(share * present.size), replace=False)
        offsets = np.zeros(ds[name].size)
        offsets[chosen] = size * _sd(ds[name]) * rng.choice([-1.0, 1.0], chosen.size)
        added[name] = offsets.reshape(ds[name].shape)
    return _added(ds, added)


def remove_samples(
    ds: xr.Dataset, share: float, rng: np.random.Generator, *, dim: str | None = None, length: int = 1
) -> xr.Dataset:
    """Replace samples by NaN, one by one or as gaps of an instrument that pauses.

    Parameters
    ----------
    ds : xarray.Dataset
        Fields of any dims. The grid stays as it is.
    share : float
        Fraction that is removed, between 0 and 1 exclusive; the number is rounded.
        Samples that are missing already count as any other.
    rng : numpy.random.Generator
        Draws the places.
    dim : str, optional
        By default single samples go, from each field others. With a dim, such as
        ``"t"``, everything goes at the chosen places along it, in every field that has it.
    length : int, default 1
        With `dim`: places in a row that make a gap. Gaps do not overlap but may touch,
        and the last is shorter if the number asked for is no multiple.

    Returns
    -------
    xarray.Dataset
        With the coordinates, attributes and ``_sd`` variables of `ds`.

    Raises
    ------
    DatasetError
        If `share` or `length` is out of range, `length` is given without `dim`, or
        no field has the dim.
    """
    _check_share("share", share)
    if share == 1:
        raise DatasetError("share is 1, which would leave nothing; give a fraction below 1.")
    if length < 1 or (dim is None and length != 1):
        raise DatasetError(f"length is {length}; it is the number of samples of a gap, at least 1, and needs dim=...")
    if dim is not None:
        _check_dim(ds, dim)
        kept = xr.DataArray(~_gaps(ds.sizes[dim], share, length, rng), dims=dim)
        return ds.assign({name: ds[name].where(kept) for name in field_names(ds) if dim in ds[name].dims})
    fields = {}
    for name in field_names(ds):
        removed = np.zeros(ds[name].size, dtype=bool)
        removed[rng.choice(removed.size, round(share * removed.size), replace=False)] = True
        fields[name] = ds[name].where(xr.DataArray(~removed.reshape(ds[name].shape), dims=ds[name].dims))
    return ds.assign(fields)


def subsample(ds: xr.Dataset, share: float, rng: np.random.Generator, *, dim: str = TIME) -> xr.Dataset:
    """Keep a random part of the places along a dim, which makes an irregular grid.

    Parameters
    ----------
    ds : xarray.Dataset
        For a regular coarser grid use ``ds.isel(t=slice(None, None, 2))``.
    share : float
        Fraction that is kept, above 0 and at most 1; the number is rounded, and at least 2.
    rng : numpy.random.Generator
        Draws the places.
    dim : str, default "t"
        Which dim is thinned.

    Returns
    -------
    xarray.Dataset
        The places in their order; every place is as likely as any other.

    Raises
    ------
    DatasetError
        If `share` is out of range, or no field has the dim.
    """
    _check_share("share", share)
    if share == 0:
        raise DatasetError("share is 0, which would leave nothing; give a fraction above 0.")
    _check_dim(ds, dim)
    size = ds.sizes[dim]
    count = min(size, max(2, round(share * size)))
    return ds.isel({dim: np.sort(rng.choice(size, count, replace=False))})


def _added(ds: xr.Dataset, added: dict[str, FloatArray]) -> xr.Dataset:
    return ds.assign({name: ds[name].copy(data=ds[name].to_numpy() + noise) for name, noise in added.items()})


def _with_noise(
    ds: xr.Dataset, level: float, drawn: dict[str, FloatArray], relative_to: Scale, record_sd: bool
) -> xr.Dataset:
    """Scale noise of unit variance, add it, and say how large it is."""
    if relative_to not in ("sd", "rms"):
        raise DatasetError(f"relative_to is {relative_to!r}; it must be 'sd' or 'rms'.")
    if level == 0:
        return ds.copy()
    sizes = {name: level * (_sd(ds[name]) if relative_to == "sd" else _rms(ds[name])) for name in drawn}
    noisy = _added(ds, {name: sizes[name] * noise for name, noise in drawn.items()})
    for name, sd in sizes.items():
        noisy[name].attrs[NOISE_SD] = math.hypot(sd, ds[name].attrs.get(NOISE_SD, 0.0))
        if record_sd:
            before = ds.get(name + SD_SUFFIX, xr.zeros_like(ds[name]))
            noisy[name + SD_SUFFIX] = ((before**2 + sd**2) ** 0.5).assign_attrs(_units(ds[name]))
    return noisy


def _units(field: xr.DataArray) -> dict[str, object]:
    return {key: value for key, value in field.attrs.items() if key == "units"}


def _chosen(ds: xr.Dataset, fields: Iterable[str] | None) -> list[str]:
    names = field_names(ds)
    wanted = names if fields is None else [fields] if isinstance(fields, str) else list(fields)
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise DatasetError(f"There is no field {unknown[0]!r}; the fields are {', '.join(names) or 'none'}.")
    return [name for name in names if name in wanted]


def _rms(field: xr.DataArray) -> float:
    return float(np.sqrt(np.nanmean(np.square(field.to_numpy()))))


def _sd(field: xr.DataArray) -> float:
    return float(np.nanstd(field.to_numpy()))


def _gaps(size: int, share: float, length: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return which of `size` places are in a gap."""
    missing = round(share * size)
    whole, rest = divmod(missing, length)
    lengths = rng.permutation([length] * whole + [rest] * (rest > 0))
    # Kept places and gaps in a row, of which any order is as likely as any other.
    blocks = np.ones(size - missing + lengths.size, dtype=np.intp)
    gaps = np.zeros(blocks.size, dtype=bool)
    places = np.sort(rng.choice(blocks.size, lengths.size, replace=False))
    blocks[places], gaps[places] = lengths, True
    return np.repeat(gaps, blocks)


def _check_level(name: str, value: float) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise DatasetError(f"{name} is {value}; it must be a finite number and not negative.")


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise DatasetError(f"{name} is {value}; give a fraction between 0 and 1, as 0.1 for ten per cent.")


def _check_dim(ds: xr.Dataset, dim: str) -> None:
    dims = sorted({str(one) for name in field_names(ds) for one in ds[name].dims})
    if dim not in dims:
        raise DatasetError(f"No field has the dim {dim!r}; the fields have {', '.join(dims) or 'none'}.")
