"""A notebook that makes the results of a report again, and says loudly if they come out otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from physforge.reports.cells import Cell, notebook_text
from physforge.reports.literals import literal, markdown_text
from physforge.reports.question import kind_name
from physforge.reports.recipes import recipe

if TYPE_CHECKING:
    from physforge.results import Result

_IMPORTS = """import numpy as np

import physforge as pf
from physforge.reports.replay import same_data, same_equations, same_fields, same_training"""

_INTRODUCTION = (
    "This notebook makes the results of the report again: it opens the same data, runs the same methods with the same "
    "settings and seeds, and stops with an error where a result differs. Run it from top to bottom. It was written "
    "from the run record of each result; `report.html` beside it says what the results mean."
)


def document_notebook(results: Sequence[Result], title: str) -> str:
    """Write the notebook of a report.

    Parameters
    ----------
    results : sequence of Result
        In the order of the report.
    title : str
        Its heading.

    Returns
    -------
    str
        A Jupyter notebook without outputs, the same for the same results. Texts of the results are literals in
        its code, and never code.
    """
    cells = [Cell("markdown", f"# {markdown_text(title)}\n\n{_INTRODUCTION}"), Cell("code", _IMPORTS)]
    versions = {str(one.provenance["physforge"]) for one in results if "physforge" in one.provenance}
    if versions:
        said = f"The results were made with PhysForge {', '.join(sorted(versions))}; this is"
        cells.append(Cell("code", f"print({literal(said)}, pf.__version__)"))
    repeated = 0
    for number, one in enumerate(results, start=1):
        made = recipe(number, one)
        repeated += made is not None
        cells.append(Cell("markdown", f"## {number}. {markdown_text(f'{kind_name(one)}: {one.status}')}"))
        cells += made or [Cell("markdown", _not_repeated(one))]
    cells.append(Cell("code", f"print({literal(_counted(repeated, len(results)))})"))
    return notebook_text(cells)


def _not_repeated(result: Result) -> str:
    if result.kind == "pinn":
        seed = result.provenance.get("seed")
        return (
            "**This training was a direct call and is not run again here.** Its conditions may be functions, which a "
            "run record cannot hold; that of a job (`pf.submit('pinn', ...)`) holds all settings. "
            "State the problem as it was (`pf.pinn.Problem`; the report lists laws, domain and conditions), and solve "
            f"it with `pf.pinn.solve(problem, seed={seed if isinstance(seed, int) else 0}, ...)`."
        )
    return (
        "**This result is not made again here**: its run record does not hold all settings, or the method is not "
        "installed here. A job can be run again with `pf.Workspace().reproduce(job)`; a direct call with the settings "
        "that the report lists."
    )


def _counted(repeated: int, count: int) -> str:
    return f"{repeated} of {count} results were made again, and they are the same as in the report."
