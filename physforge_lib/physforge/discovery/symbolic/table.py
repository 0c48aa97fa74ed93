"""From datasets to a table of variables and targets at samples, run by run."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, prod

import numpy as np
import numpy.typing as npt
import xarray as xr

from physforge.derivatives import Method, differentiate
from physforge.derivatives.axis import Float
from physforge.discovery.method import Question
from physforge.discovery.regression import Indices
from physforge.equations import derivative_name, split_derivative
from physforge.errors import DerivativeWarning, DiscoveryError

#: Samples used at most, over all runs; more add time, and hardly information.
MOST_SAMPLES = 20_000

#: Fewest samples that a search makes sense with.
FEWEST_SAMPLES = 20

#: Blocks aimed at, over all runs and axes, and the fewest samples along an axis of one.
_BLOCKS, _SHORTEST_BLOCK = 36, 3

#: More blocks than a run can have.
_MOST_BLOCKS = 10_000

#: Samples whose derivative is this much less certain than the median are left out.
_CERTAIN = 2.0

#: A variable of which noise makes up more than this share (rms) is no input.
_NOISIEST = 0.5


@dataclass(frozen=True, eq=False)
class Table:
    """Variables and targets at the samples that are used.

    Parameters
    ----------
    values, sds : dict of str to numpy.ndarray of shape (n,)
        Each variable and target by name, smoothed where the data are noisy, with its sd.
    variables : tuple of str
        What expressions may contain.
    noisy : dict of str to float
        Variables that were left out, with the share that is noise.
    blocks : numpy.ndarray of int, shape (n,)
        Label of each sample's block. Errors are taken to be independent between blocks only.
    schemes : dict of str to str
        How each derivative was taken.
    warnings : tuple of str
        What `differentiate` warned of.
    measured : int
        Samples of one field, over all runs.
    """

    values: dict[str, Float]
    sds: dict[str, Float]
    variables: tuple[str, ...]
    noisy: dict[str, float]
    blocks: Indices
    schemes: dict[str, str]
    warnings: tuple[str, ...]
    measured: int

    def __len__(self) -> int:
        return len(self.blocks)

    def noise_of(self, name: str) -> float:
        """Return the rms of a variable's sd as a share of its own."""
        return _share(self.sds[name], self.values[name])


@dataclass(frozen=True, eq=False)
class _Part:
    """What one run gives."""

    values: dict[str, Float]
    sds: dict[str, Float]
    blocks: Indices


def gather(question: Question, wanted: Sequence[str] | None, *, smoothing: Method | None = None) -> Table:
    """Differentiate every run and collect what expressions may contain.

    Parameters
    ----------
    question : Question
        Data, targets and library; of the library the order of derivatives counts.
    wanted : sequence of str, optional
        The variables; by default the fields, their spatial derivatives up to the order of
        the library, and the time derivatives below a target of higher order.
    smoothing : Method, optional
        How to differentiate; by default the data decide.

    Returns
    -------
    Table
        At most about `MOST_SAMPLES` samples.

    Raises
    ------
    DiscoveryError
        If a wanted variable is none, or there are fewer than `FEWEST_SAMPLES` samples.
    DerivativeError
        If the data do not give the derivatives.
    """
    names = _variables(question) if wanted is None else _checked(question, wanted)
    derivatives = [name for name in (*question.targets, *names) if name not in (*question.fields, *question.dims)]
    needed = list(dict.fromkeys(derivatives))
    share = MOST_SAMPLES / len(question.runs)
    parts: list[_Part] = []
    schemes: dict[str, str] = {}
    said: list[str] = []
    for run in question.runs:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DerivativeWarning)
            derived = differentiate(run.transpose(*question.dims, ...), [*needed, *question.fields], method=smoothing)
        said += [line for one in caught for line in str(one.message).splitlines()]
        schemes |= {name: str(derived[name].attrs["method"]) for name in needed}
        parts.append(_samples(derived, [*needed, *question.fields], question.dims, share, len(question.runs)))
    blocks = np.concatenate([part.blocks + _MOST_BLOCKS * index for index, part in enumerate(parts)])
    if len(blocks) < FEWEST_SAMPLES:
        raise DiscoveryError(
            f"{len(blocks)} usable samples are too few for symbolic regression; it needs {FEWEST_SAMPLES}. "
            "Measure more."
        )
    # Samples of a block lie together, so that sums over blocks are sums over runs of samples.
    order = np.argsort(blocks, kind="stable")
    values = {name: np.concatenate([part.values[name] for part in parts])[order] for name in parts[0].values}
    sds = {name: np.concatenate([part.sds[name] for part in parts])[order] for name in parts[0].sds}
    shares = {name: _share(sds[name], values[name]) for name in names}
    noisy = {name: part for name, part in shares.items() if part > _NOISIEST and name not in question.fields}
    return Table(
        values=values,
        sds=sds,
        variables=tuple(name for name in names if name not in noisy and np.ptp(values[name]) > 0.0),
        noisy=noisy,
        blocks=np.unique(blocks[order], return_inverse=True)[1],
        schemes=schemes,
        warnings=tuple(dict.fromkeys(said)),
        measured=sum(prod(run[question.fields[0]].shape) for run in question.runs),
    )


def _variables(question: Question) -> list[str]:
    split = [split_derivative(target, question.fields) for target in question.targets]
    lower = [derivative_name(field, axes[:order]) for field, axes in split for order in range(1, len(axes))]
    spatial = question.library.derivative_names(question.fields, question.dims)
    return list(dict.fromkeys([*question.fields, *lower, *spatial]))


def _checked(question: Question, wanted: Sequence[str]) -> list[str]:
    for name in wanted:
        field, axes = split_derivative(name, question.fields)
        known = name in question.dims or (field in question.fields and set(axes) <= set(question.dims))
        if not known or name in question.targets:
            raise DiscoveryError(
                f"{name!r} cannot be a variable of the expressions; use fields ({', '.join(question.fields)}), their "
                f"derivatives other than the target, and coordinates ({', '.join(question.dims)})."
            )
    return list(dict.fromkeys(wanted))


def _samples(derived: xr.Dataset, names: Sequence[str], dims: Sequence[str], share: float, runs: int) -> _Part:
    certain = np.ones(derived[names[0]].shape, dtype=bool)
    for name in names:
        sd = derived[f"{name}_sd"].to_numpy()
        certain &= np.isfinite(derived[name].to_numpy()) & (sd <= _CERTAIN * np.nanmedian(sd))
    if 2 * np.count_nonzero(certain) < certain.size:
        # Where that would cost half of a short series, a poor sample is better than none.
        certain = np.isfinite(np.sum([derived[name].to_numpy() for name in names], axis=0))
    step = max(1, ceil((certain.size / share) ** (1.0 / certain.ndim)))
    steps = (slice(None, None, step),) * certain.ndim
    keep = certain[steps]
    coords = xr.broadcast(*(derived[dim] for dim in dims))
    values = {dim: coord.transpose(*dims).to_numpy()[steps][keep] for dim, coord in zip(dims, coords, strict=True)}
    sds: dict[str, Float] = {dim: np.zeros(len(value)) for dim, value in values.items()}
    values |= {name: derived[name].to_numpy()[steps][keep] for name in names}
    sds |= {name: derived[f"{name}_sd"].to_numpy()[steps][keep] for name in names}
    return _Part(values, sds, _labels(keep.shape, max(2, _BLOCKS // runs))[keep])


def _labels(shape: Sequence[int], wanted: int) -> npt.NDArray[np.intp]:
    along = max(2, round(wanted ** (1.0 / len(shape))))
    labels = np.zeros(shape, dtype=np.intp)
    for axis, size in enumerate(shape):
        parts = max(1, min(along, size // _SHORTEST_BLOCK))
        place = np.arange(size) * parts // size
        labels = labels * parts + place.reshape(-1, *(1,) * (len(shape) - axis - 1))
    return labels


def _share(part: Float, whole: Float) -> float:
    size = float(np.mean(whole**2))
    return float(np.sqrt(np.mean(part**2) / size)) if size else 0.0
