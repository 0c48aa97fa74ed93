"""Whether the parameters that a fit found have settled, and how well they are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.stats import t as student

from physforge.errors import PinnError
from physforge.pinn.block import Float
from physforge.pinn.inverse.look import Look

#: Looks, from the best one on, whose parameters are compared.
_COMPARED = 3

#: Movement, in standard deviations due to the noise, up to which parameters count as settled.
_SETTLED = 1.0

#: Movement from which no more training is needed, and fall of the sd in between.
_STILL, _FALL = 0.35, 0.95

#: Relative decrease of the loss in a step, from which the law may become stiffer.
_CALM = 0.02

#: Fall of an sd, from one weight of the law to the next, for which a stiffer law is worth its while.
_GAIN = 0.93

#: Distance of the fields from the law, in sd of the noise, from which the two contradict each other.
_VIOLATION = 1.0

#: Correlation of neighbouring residuals, in its own sd, from which a misfit shows.
_STRUCTURE = 5.0


@dataclass(frozen=True, eq=False)
class Inference:
    """The law's parameters with what is uncertain about them.

    Parameters
    ----------
    names : tuple of str
        Of the parameters.
    values, sd : numpy.ndarray of shape (parameters,)
        Estimates, and their standard deviations due to the noise.
    movement : numpy.ndarray of shape (parameters,)
        How far estimates still move with training, other points and a stiffer law.
    freedom : float
        Degrees of freedom of the noise's estimate.
    doubts : tuple of str, default ()
        Why no interval is given; empty where the fit has converged.
    """

    names: tuple[str, ...]
    values: Float
    sd: Float
    movement: Float
    freedom: float
    doubts: tuple[str, ...] = ()

    def table(self, level: float) -> pd.DataFrame:
        """Return intervals that hold each parameter with a probability.

        Parameters
        ----------
        level : float
            Between zero and one.

        Returns
        -------
        pandas.DataFrame
            ``parameter``, ``low``, ``estimate``, ``high``.

        Raises
        ------
        PinnError
            If the fit has not converged, or `level` is no probability.
        """
        if not 0 < level < 1:
            raise PinnError(f"The level is {level!r}; give a probability such as 0.9.")
        if self.doubts:
            raise PinnError(
                f"There are no intervals, since the fit has not converged: {'; '.join(self.doubts)}. "
                "Give a longer budget_s, another seed, or a larger network."
            )
        half = student.ppf(0.5 + level / 2, max(self.freedom, 1.0)) * np.hypot(self.sd, self.movement)
        return pd.DataFrame(
            {
                "parameter": list(self.names),
                "low": self.values - half,
                "estimate": self.values,
                "high": self.values + half,
            }
        )

    def to_document(self) -> dict[str, Any]:
        """Return what `from_document` takes, as JSON holds it."""
        arrays = {name: getattr(self, name).tolist() for name in ("values", "sd", "movement")}
        return {"names": list(self.names), **arrays, "freedom": self.freedom, "doubts": list(self.doubts)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Build it from what `to_document` returned."""
        arrays = {name: np.array(document[name], dtype=np.float64) for name in ("values", "sd", "movement")}
        return cls(tuple(document["names"]), **arrays, freedom=document["freedom"], doubts=tuple(document["doubts"]))


def best_look(looks: Sequence[Look]) -> int:
    """Return the number of the look at which the parameters are known best: the last, once they have settled."""
    if has_settled(looks):
        return len(looks) - 1
    return int(np.argmin([look.badness for look in looks]))


def has_settled(looks: Sequence[Look]) -> bool:
    """Say whether more training would change nothing.

    Parameters
    ----------
    looks : sequence of Look
        One after each stage.

    Returns
    -------
    bool
        Whether the last ones agree, and the law became no stiffer to any avail.
    """
    if len(looks) <= _COMPARED:
        return False
    late = looks[-_COMPARED - 1 :]
    still = bool(np.all(_movement(late, late[-1]) <= _STILL * late[-1].sd))
    return still and bool(np.all(late[-1].sd > _FALL * late[0].sd))


def may_stiffen(looks: Sequence[Look]) -> bool:
    """Say whether the law is to become stiffer.

    Parameters
    ----------
    looks : sequence of Look
        One after each stage.

    Returns
    -------
    bool
        Whether the fit has followed so far, and a stiffer law made the parameters better known.
    """
    last = looks[-1]
    if last.state.decrease >= _CALM or not np.all(np.abs(last.newton) <= last.sd):
        return False
    weights = [look.state.weight for look in looks]
    changes = [index for index in range(1, len(looks)) if weights[index] > weights[index - 1]]
    if not changes:
        return True
    before = looks[changes[-1] - 1]
    return bool(np.any(last.sd < _GAIN * before.sd))


def judge(looks: Sequence[Look], best: int, inflation: float, freedom: float, structure: float) -> Inference:
    """Draw up what is known of the parameters.

    Parameters
    ----------
    looks : sequence of Look
        One after each stage.
    best : int
        That of which the parameters are taken.
    inflation : float
        Factor on the sd, because the noise is larger than the fit took it to be.
    freedom : float
        Degrees of freedom of the noise's estimate.
    structure : float
        As `neighbour_correlation` returns it.

    Returns
    -------
    Inference
        With doubts where the fit has not converged.
    """
    chosen = looks[best]
    names = chosen.names
    movement = _movement(looks[max(best - 1, 0) : best + _COMPARED], chosen)
    sd = inflation * chosen.sd
    said = []
    if len(looks) < _COMPARED:
        said.append("the law was not enforced for long enough")
    with np.errstate(invalid="ignore", divide="ignore"):
        moves = movement / sd
    for name, move in zip(names, moves, strict=True):
        if not move <= _SETTLED:
            said.append(f"{name} still moves by {move:.1f} times the standard deviation that is due to the noise")
    if not chosen.violation <= _VIOLATION:
        said.append(
            f"fields that follow the samples are {chosen.violation:.1f} times the noise away from the law, which may "
            "lack a term"
        )
    if structure > _STRUCTURE:
        said.append("what the fit leaves of neighbouring samples is alike, so that the fields miss part of the data")
    return Inference(names, chosen.values, sd, movement, freedom, tuple(said))


def neighbour_correlation(residuals: Sequence[Float], places: Sequence[Float]) -> float:
    """Measure whether what a fit leaves is alike at neighbouring samples.

    Parameters
    ----------
    residuals : sequence of numpy.ndarray of shape (n,)
        Of each field, in units of their sd.
    places : sequence of numpy.ndarray of shape (n, coordinates)
        Where, scaled so that all coordinates have the same range.

    Returns
    -------
    float
        Correlation with the nearest sample's residual, in standard deviations of what
        independent noise gives; the largest of all fields.
    """
    return max(_correlation(one, place) for one, place in zip(residuals, places, strict=True))


def _correlation(residuals: Float, places: Float) -> float:
    spread = float(np.median(np.abs(residuals))) / 0.6745 or 1.0
    bounded = np.clip(residuals / spread, -3.0, 3.0)
    _, nearest = cKDTree(places).query(places, k=2)
    pairs = np.unique(np.sort(np.stack([np.arange(len(places)), nearest[:, 1]]), axis=0), axis=1)
    products = bounded[pairs[0]] * bounded[pairs[1]]
    return float(products.sum() / np.sqrt(np.sum(products**2) + 1e-300))


def _movement(looks: Sequence[Look], chosen: Look) -> Float:
    """Return the largest move between looks and by the full step, by parameter."""
    moves = [np.abs(look.values - chosen.values) for look in looks]
    return np.asarray(np.max([*moves, np.abs(chosen.newton)], axis=0))
