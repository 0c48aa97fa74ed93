"""A heading to which the browser goes when what is below it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import param
from panel.custom import JSComponent

_STYLE = """
:host { width: 100%; }
h2 {
  margin: 4px 0 12px; font-size: 1.3rem; overflow-wrap: anywhere; color: var(--mui-palette-text-primary, inherit);
  scroll-margin-top: 80px;
}
h2:focus { outline: none; }
"""


class ArrivingHeading(JSComponent):
    """A heading of the second order; its words are text, whatever is in them."""

    words = param.String(doc="What is opened.")
    arrivals = param.Integer(default=0, doc="Counts up each time that it is opened.")

    _esm = Path(__file__).with_name("arriving.js")
    _stylesheets: ClassVar[list[Any]] = [_STYLE]
