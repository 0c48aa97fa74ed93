"""Pictures of fields in space: drawn by PyVista where it is installed, and kept in the report as they are."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from physforge.plots.poster import poster_pixels
from physforge.plots.scene import Kind, Scene
from physforge.reports.document import Picture

if TYPE_CHECKING:
    import xarray as xr

#: In pixels, and in points: as wide as the other pictures of a report.
_SIZE, _POINTS = (936, 640), (468, 320)


def space_picture(ds: xr.Dataset, name: str, caption: str, kind: Kind) -> tuple[Picture, ...]:
    """Draw a field in space.

    Parameters
    ----------
    ds : xarray.Dataset
        In memory. Its last time is drawn.
    name : str
        The field.
    caption : str
        Of the picture.
    kind : str
        Of the scene (see `physforge.plots.Scene`).

    Returns
    -------
    tuple of Picture
        One, with the same bytes for the same field on one machine; none where PyVista is not installed.
    """
    try:
        from PIL import Image

        pixels = poster_pixels(ds, Scene(kind=kind, field=name), size=_SIZE)
    except ImportError:  # whoever asked draws without it
        return ()
    written = io.BytesIO()
    # A few more colours than eyes tell apart in it, in a third of the bytes.
    Image.fromarray(pixels).quantize(192, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        written, "png", optimize=True
    )
    width, height = _POINTS
    encoded = base64.b64encode(written.getvalue()).decode("ascii")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}pt" '
        f'height="{height}pt" viewBox="0 0 {width} {height}" version="1.1">'
        f'<image width="{width}" height="{height}" xlink:href="data:image/png;base64,{encoded}"/></svg>\n'
    )
    return (Picture(svg, caption),)
