"""From runs of data to the rows of a weak form: the reach of test functions, and integrals against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from physforge.discovery.method import Question
from physforge.discovery.weak.columns import Column
from physforge.discovery.weak.points import integrate_source
from physforge.discovery.weak.prepare import source_of
from physforge.discovery.weak.rows import CLOSEST, Rows, place_functions, plan_layout
from physforge.discovery.weak.source import Source
from physforge.discovery.weak.spectrum import half_width, widest_half_width
from physforge.discovery.weak.terms import Menu
from physforge.discovery.weak.weights import with_factors
from physforge.errors import DiscoveryError

#: Fewest test functions for a run, however many runs there are.
_FEWEST_ROWS = 100

#: Steps from the centre of a test function to its end, at least, and more for each order of a
#: derivative: with fewer, sums differ from integrals by more than half a per cent.
_FEWEST_STEPS, _MORE_STEPS = 3.0, 1.5

#: Rows for each column that a single axis has, at least, where its samples allow it.
_MORE_ROWS = 3.0


def integrated_runs(
    question: Question, menu: Menu, half_widths: Mapping[str, float], rows: int
) -> tuple[list[Source], list[list[Rows]]]:
    """Read the fields of every run, and integrate them.

    Parameters
    ----------
    question : Question
        The data.
    menu : Menu
        What is integrated.
    half_widths : mapping of str to float
        Reach of test functions, where it is given.
    rows : int
        Test functions aimed at, over all runs.

    Returns
    -------
    sources : list of Source
        One for each run.
    parts : list of list of Rows
        Each run, in the parts that are integrated apart.

    Raises
    ------
    DiscoveryError
        If the data are too few for test functions.
    """
    rng = np.random.default_rng(question.seed)
    exact = question.library.forcing
    sources = [
        with_factors(source_of(run, question.fields, question.dims, rng, exact), run, menu) for run in question.runs
    ]
    share = max(rows // len(sources), _FEWEST_ROWS)
    return sources, [_integrated(source, menu.columns, half_widths, share) for source in sources]


def _integrated(source: Source, columns: Sequence[Column], half_widths: Mapping[str, float], rows: int) -> list[Rows]:
    reaches, widest = [], []
    for index, axis in enumerate(source.axes):
        length = axis.period or float(np.ptp(axis.points))
        reach = half_widths.get(axis.name)
        if reach is not None and reach >= 0.5 * length:
            raise DiscoveryError(
                f"A test function with the half-width {reach:g} does not fit into {axis.name!r}, which is {length:g} "
                "long."
            )
        order = max(column.orders[index] for column in columns)
        least = (_FEWEST_STEPS + _MORE_STEPS * order) * abs(axis.spacing)
        if reach is not None and reach < least:
            raise DiscoveryError(
                f"A test function with the half-width {reach:g} holds too few samples along {axis.name!r} for "
                f"derivatives of order {order}; give at least {least:.3g}."
            )
        widest.append(widest_half_width(axis) if reach is None else reach)
        if reach is None:
            reach = half_width(source.fields, source.sds, index, axis, order, source.spacing(index))
            if len(source.axes) == 1:
                # Wide functions are too few along a single axis: there must be more rows than columns.
                reach = max(min(reach, length / (2.0 + _MORE_ROWS * len(columns) / CLOSEST)), 2.0 * least)
        reaches.append(reach)
    layout = plan_layout(source.axes, reaches, widest, rows)
    return [
        integrate_source(part, place_functions(part.axes, layout.half_widths, rows), columns)
        for part in source.parts(layout.parts)
    ]
