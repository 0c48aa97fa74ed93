"""The page that shows a result: what speaks against it first, then what was found."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from typing import Any

import panel as pn
import xarray as xr

from physforge.apps.markup import STYLE, listed, table, text
from physforge.apps.said import Said
from physforge.errors import PhysForgeError

#: Candidate equations that are listed.
_CANDIDATES = 10


def page_of(title: str, job: str | None, problem: str = "") -> Any:
    """Return a page for one session.

    Parameters
    ----------
    title : str
        For people; any text.
    job : str or None
        Id of the job whose result is shown.
    problem : str, optional
        Why there is nothing to show.

    Returns
    -------
    panel.Column
        Filled in once it is loaded.
    """
    pn.extension("katex")
    said = Said()
    body = pn.Column(sizing_mode="stretch_width")

    async def fill() -> None:
        if job is None:
            said.say(problem, "error")
            return
        said.say("Loading the result ...")
        try:
            result = await asyncio.to_thread(_load, job)
        except PhysForgeError as error:
            said.say(f"The result cannot be shown: {error}", "error")
            return
        said.say("")
        body.objects = parts_of(result)

    pn.state.onload(fill)
    heading = pn.pane.HTML(f"<h1>{text(title)}</h1>", sizing_mode="stretch_width", styles={"overflow-wrap": "anywhere"})
    return pn.Column(
        heading, said, body, sizing_mode="stretch_width", styles={"max-width": "1100px", "margin": "0 auto"}
    )


def parts_of(result: Any) -> list[Any]:
    """Return what is shown of a result, from top to bottom.

    Parameters
    ----------
    result : object
        What a job returns: a result, or a dataset.

    Returns
    -------
    list of panel.viewable.Viewable
        At least one.
    """
    if isinstance(result, xr.Dataset):
        return [_figure(result.pf)]
    doubts = listed(str(one) for one in getattr(result, "diagnostics", ()))
    status = f"<p><strong>{text(getattr(result, 'status', ''))}</strong></p>{doubts}"
    parts: list[Any] = [pn.pane.HTML(status, stylesheets=[STYLE], sizing_mode="stretch_width")]
    equations = getattr(result, "equations", None)
    if isinstance(equations, Mapping):
        parts += [
            pn.pane.LaTeX(
                f"$${one.to_latex()}$$", renderer="katex", styles={"font-size": "1.4em", "overflow-x": "auto"}
            )
            for one in equations.values()
        ]
    parts += [_table(result.conf_int(), "Intervals")] if hasattr(result, "conf_int") else []
    parts += [_figure(result)] if hasattr(result, "plot") else []
    if hasattr(result, "candidates"):
        parts += [_table(result.candidates.head(_CANDIDATES), "Equations considered")]
    if hasattr(result, "summary"):
        words = f"<pre style='white-space: pre-wrap'>{text(result.summary())}</pre>"
        parts += [pn.pane.HTML(words, sizing_mode="stretch_width")]
    return parts


@functools.lru_cache(maxsize=1)
def _load(job: str) -> Any:
    from physforge.workspace import Workspace

    return Workspace().job(job).result(timeout=60)


def _table(frame: Any, label: str) -> pn.pane.HTML:
    rows = [
        [f"{one:.4g}" if isinstance(one, float) else str(one) for one in row] for row in frame.itertuples(index=False)
    ]
    words = f"<h2>{text(label)}</h2>{table([str(one) for one in frame.columns], rows, label=label)}"
    return pn.pane.HTML(words, stylesheets=[STYLE], sizing_mode="stretch_width")


def _figure(thing: Any) -> Any:
    try:
        return pn.pane.HoloViews(thing.plot())
    except PhysForgeError as error:
        return pn.pane.HTML(f"<p>{text(error)}</p>")
