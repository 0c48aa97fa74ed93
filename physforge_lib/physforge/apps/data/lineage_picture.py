"""A picture of where a version comes from, as SVG made of texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from physforge.apps.markup import address, text

#: Of a box and of the space between two, in pixels.
_WIDTH, _HEIGHT, _ACROSS, _DOWN = 196, 60, 28, 46

#: Letters of one line of a box, and boxes that are drawn.
_LETTERS, _MOST = 24, 60

STYLE = """
:host { width: 100%; overflow-x: auto; }
svg { font: 13px/1.3 inherit; color: var(--mui-palette-text-primary, #222); max-width: none; }
rect { fill: color-mix(in srgb, currentColor 6%, transparent); stroke: currentColor; stroke-opacity: 0.5; }
.root rect { stroke: var(--mui-palette-primary-main, #0b5a8f); stroke-width: 3; stroke-opacity: 1; }
.gone rect { stroke-dasharray: 5 4; }
path { fill: none; stroke: currentColor; stroke-opacity: 0.7; }
svg text { fill: currentColor; } .small { font-size: 11.5px; }
a text { fill: color-mix(in srgb, #1f7fc0 65%, currentColor); text-decoration: underline; }
a:focus-visible rect { stroke: var(--mui-palette-primary-main, #0b5a8f); stroke-width: 4; }
"""


def lineage_picture(lineage: Mapping[str, Any]) -> str:
    """Draw versions as boxes, those that others come from above.

    Parameters
    ----------
    lineage : mapping
        From the REST API: ``root``, ``versions`` and ``edges``.

    Returns
    -------
    str
        HTML: the picture, and the same in a sentence for whoever cannot see it.
    """
    versions = {one["id"]: one for one in lineage["versions"][:_MOST]}
    edges = [one for one in lineage["edges"] if one["child"] in versions and one["parent"] in versions]
    places = _places(lineage["root"], versions, edges)
    widest = max(place for _level, place in places.values()) + 1
    deepest = max(level for level, _place in places.values()) + 1
    size = (widest * (_WIDTH + _ACROSS) + 8, deepest * (_HEIGHT + _DOWN) - _DOWN + 8)
    boxes = "".join(_box(versions[key], _corner(*places[key]), key == lineage["root"]) for key in places)
    lines = "".join(_line(one, _corner(*places[one["parent"]]), _corner(*places[one["child"]])) for one in edges)
    words = "Where it comes from: " + ("; ".join(_said(one, versions) for one in edges) or "nothing that is known here")
    return (
        f'<svg role="img" width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}" '
        f'aria-label="{text(words)}">{lines}{boxes}</svg>'
    )


def _places(root: str, versions: Mapping[str, Any], edges: list[Any]) -> dict[str, tuple[int, int]]:
    """Return level (0: above) and place across of each version."""
    height = dict.fromkeys(versions, 0)
    # As many rounds as the longest chain has links; what comes from something is below it.
    for _ in versions:
        for one in edges:
            height[one["child"]] = max(height[one["child"]], height[one["parent"]] + 1)
    filled: dict[int, int] = {}
    places = {}
    for key in sorted(versions, key=lambda one: (height[one], one != root)):
        places[key] = (height[key], filled.get(height[key], 0))
        filled[height[key]] = places[key][1] + 1
    return places


def _corner(level: int, place: int) -> tuple[int, int]:
    return 4 + place * (_WIDTH + _ACROSS), 4 + level * (_HEIGHT + _DOWN)


def _box(one: Mapping[str, Any], corner: tuple[int, int], is_root: bool) -> str:
    x, y = corner
    hidden = one["name"] is None
    first = "a version that you may not see" if hidden else f"{_cut(str(one['name']))} v{one['number']}"
    second = "" if hidden else _cut("deleted" if one["deleted"] else str(one["message"] or f"by {one['author']}"))
    kind = " ".join(name for name, holds in (("root", is_root), ("gone", one["deleted"] or hidden)) if holds)
    drawn = (
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="8"/>'
        f'<text x="{x + 10}" y="{y + 25}">{text(first)}</text>'
        f'<text x="{x + 10}" y="{y + 45}" class="small">{text(second)}</text>'
    )
    if one["version"] is not None and not is_root:
        to = address("data", name=one["version"]["dataset_id"], version=str(one["number"]))
        drawn = f'<a href="{text(to)}">{drawn}</a>'
    return f'<g class="{kind}">{drawn}</g>'


def _line(edge: Mapping[str, Any], above: tuple[int, int], below: tuple[int, int]) -> str:
    start, end = (above[0] + _WIDTH // 2, above[1] + _HEIGHT), (below[0] + _WIDTH // 2, below[1])
    middle = (start[1] + end[1]) // 2
    words = edge["operation"] or ("next version" if edge["kind"] == "parent" else "")
    return (
        f'<path d="M{start[0]} {start[1]} C{start[0]} {middle} {end[0]} {middle} {end[0]} {end[1]}"/>'
        f'<text x="{(start[0] + end[0]) // 2 + 8}" y="{middle + 4}" class="small">{text(_cut(words))}</text>'
    )


def _said(edge: Mapping[str, Any], versions: Mapping[str, Any]) -> str:
    child, parent = (versions[edge[end]] for end in ("child", "parent"))
    names = [
        "a version that you may not see" if one["name"] is None else f"{one['name']} v{one['number']}"
        for one in (child, parent)
    ]
    return f"{names[0]} from {names[1]}" + (f" by {edge['operation']}" if edge["operation"] else "")


def _cut(words: str) -> str:
    return words if len(words) <= _LETTERS else words[: _LETTERS - 1] + "…"
