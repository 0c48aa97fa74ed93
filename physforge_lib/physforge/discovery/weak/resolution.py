"""How well sums over samples stand for integrals: what a field without noise still gets wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from physforge.discovery.weak.axis_functions import AxisFunctions
from physforge.discovery.weak.rows import Rows, integrate
from physforge.discovery.weak.source import Source
from physforge.discovery.weak.spectrum import noise_level

#: Noise of a field, as a share of its root mean square, above which sums differ by noise and not by the sampling.
_CLEAN = 1e-4


def unresolved(source: Source, runs: Sequence[Rows], targets: int) -> float:
    """Return how far sums over every second sample are off, as a share of the targets.

    Parameters
    ----------
    source : Source
        Samples of one run, on a grid.
    runs : sequence of Rows
        Its weak form, one part after the other; the first columns are the targets.
    targets : int
        How many columns are targets.

    Returns
    -------
    float
        The largest of the targets' and the axes' errors (rms). Zero where the fields are
        noisy or not in memory. Tiny for smooth fields; a front that lies between
        two samples makes it a per cent. Sums over all samples are better than this.
    """
    if type(source) is not Source or source.lazy:
        return 0.0
    clean = _CLEAN * np.array([np.sqrt(np.mean(one**2)) for one in source.fields])
    if np.any(np.array(source.sds) > clean):
        return 0.0
    # What is stated may be wrong: noise would pass for a poor sampling, and excuse any misfit.
    if np.any(np.array([noise_level(one, source.axes) for one in source.fields]) > clean):
        return 0.0
    return max(_worst(source, rows, targets) for rows in runs)


def _worst(source: Source, rows: Rows, targets: int) -> float:
    whole = np.sqrt(np.mean(rows.values[:, :targets] ** 2, axis=0))
    part, columns = _part(source, rows), rows.columns[:targets]
    found = 0.0
    for axis, one in enumerate(rows.functions):
        # The even samples less the odd ones: the difference of both sums from that over all.
        signs = (-1.0) ** np.arange(len(one.axis.points))
        signed = {orders: one.integrals(orders) * signs for orders in {column.orders[axis] for column in columns}}
        functions = list(rows.functions)
        functions[axis] = AxisFunctions(one.axis, one.half_width, one.centres, signed)
        off = np.sqrt(np.mean(integrate(part, functions, columns).values ** 2, axis=0))
        found = max(found, float(np.max(off[whole > 0.0] / whole[whole > 0.0], initial=0.0)))
    return found


def _part(source: Source, rows: Rows) -> Source:
    """Return the stretch of the first axis that the rows integrate."""
    first = rows.functions[0].axis
    low = int(np.argmin(np.abs(source.axes[0].points - first.points[0])))
    slab = source.slab(slice(low, low + len(first.points)))
    return replace(source, axes=[first, *source.axes[1:]], fields=slab.fields, variances=slab.variances)
