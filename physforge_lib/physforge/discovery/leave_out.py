"""Let candidate equations compete on stretches of the data that were left out of their fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import stdtrit

from physforge.derivatives.axis import Float
from physforge.derivatives.registry import find_strategy
from physforge.discovery.known import coefficient_bounds, fixed_terms, known_coefficients
from physforge.discovery.method import DiscoveryMethod, Question
from physforge.discovery.runs import split_runs
from physforge.discovery.samples import check_dataset
from physforge.errors import DiscoveryError
from physforge.features import CandidateLibrary

if TYPE_CHECKING:
    from physforge.discovery.result import DiscoveryResult

#: Confidence from which one equation does better than another over the stretches.
_CLEARLY = 0.975


def leave_out_scores(
    result: DiscoveryResult, ds: xr.Dataset | Sequence[xr.Dataset], most: int, count: int
) -> pd.DataFrame:
    """Refit the best candidates without each stretch of the data, and try them on it.

    Parameters
    ----------
    result : DiscoveryResult
        With its candidates, and how they were found.
    ds : xarray.Dataset or sequence of xarray.Dataset
        The data.
    most : int
        Candidates of each target.
    count : int
        Stretches wanted.

    Returns
    -------
    pandas.DataFrame
        See `physforge.discovery.DiscoveryResult.leave_out`.

    Raises
    ------
    DiscoveryError
        If the data have other fields, or are too few.
    """
    question, method = _asked(result, ds)
    supports = {finding.target: finding.considered[:most] for finding in result.findings}
    scores = method.left_out(question, supports, count)
    tables, said = [], []
    for target, found in scores.items():
        rows = result.candidates[result.candidates["target"] == target].head(len(found))
        told = rows.assign(left_out_misfit=found.mean(axis=1), worst_stretch=found.max(axis=1))
        order = np.argsort(found.mean(axis=1), kind="stable")
        tables.append(told.iloc[order])
        said.append(_in_words(target, told, found))
    table = pd.concat(tables, ignore_index=True)
    table.attrs["summary"] = " ".join(said)
    return table


def _asked(result: DiscoveryResult, ds: xr.Dataset | Sequence[xr.Dataset]) -> tuple[Question, DiscoveryMethod]:
    """Put the question of a discovery again."""
    runs = split_runs(ds)
    for run in runs:
        fields, dims = check_dataset(run)
        if tuple(fields) != result.fields:
            raise DiscoveryError(
                f"The data have the fields {', '.join(fields)}, but the equations are for {', '.join(result.fields)}; "
                "give the data that they were found in."
            )
    record: Mapping[str, Any] = result.provenance
    targets, told = [finding.target for finding in result.findings], record["knowledge"]
    question = Question(
        runs,
        tuple(targets),
        CandidateLibrary.model_validate(record["library"]),
        tuple(fields),
        tuple(dims),
        record["seed"],
        known_coefficients(told["known"], targets),
        fixed_terms(told["fixed"], targets),
        coefficient_bounds(told["bounds"], targets),
    )
    # mypy asks for a concrete class here, but any subclass will do.
    kind = type(find_strategy(record["method"]["kind"], DiscoveryMethod, DiscoveryError))  # type: ignore[type-abstract]
    return question, kind.model_validate(record["method"])


def _in_words(target: str, rows: pd.DataFrame, scores: Float) -> str:
    """Say whether the stretches left out confirm the choice."""
    means, stretches = scores.mean(axis=1), scores.shape[1]
    begin = f"{target}: on each of {stretches} stretches, by fits to the others,"
    chosen = np.flatnonzero(rows["chosen"].to_numpy())
    if not len(chosen):
        return f"{begin} {rows['equation'].iloc[int(np.argmin(means))]} leaves the least."
    mine = int(chosen[0])
    own = f"the chosen equation leaves {means[mine]:.3g} times what noise alone would (mean square)"
    others = [index for index in np.argsort(means, kind="stable") if index != mine]
    if not others:
        return f"{begin} {own}."
    next_best = int(others[0])
    # Stretches differ in how much there is to see; ratios do not.
    difference = np.log(np.maximum(scores[next_best], 1e-300) / np.maximum(scores[mine], 1e-300))
    reach = float(stdtrit(stretches - 1, _CLEARLY) * np.std(difference, ddof=1) / np.sqrt(stretches))
    named = f"{rows['equation'].iloc[next_best]} leaves {means[next_best]:.3g}"
    if difference.mean() < -reach:
        return f"{begin} {own}, and {named}: they speak against the choice."
    if difference.mean() > reach:
        return f"{begin} {own}, clearly less than any other; {named}."
    return f"{begin} {own}; {named}, about as much."
