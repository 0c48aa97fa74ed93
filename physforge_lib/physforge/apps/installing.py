"""What makes the pages installable as an app of their own: a manifest and an icon."""

from __future__ import annotations

import json
from typing import Any

from tornado.web import RequestHandler

#: Below the prefix of the apps.
MANIFEST, ICON = "physforge.webmanifest", "physforge.svg"

#: A wave that becomes a curve, in the colours of the pages.
_PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">
<rect width="96" height="96" rx="20" fill="#0b5a8f"/>
<path d="M14 58 C24 22 34 22 44 48 S66 78 82 34" fill="none" stroke="#fff" stroke-width="8" stroke-linecap="round"/>
<circle cx="82" cy="34" r="7" fill="#f0b463"/>
</svg>"""


class Manifest(RequestHandler):
    """Says under which name and icon a browser installs the pages; it holds no secret."""

    def initialize(self, prefix: str) -> None:
        """Take the address of the apps at this origin, ending in a slash."""
        self._prefix = prefix

    def get(self) -> None:
        """Answer with the manifest."""
        self.set_header("Content-Type", "application/manifest+json")
        self.write(json.dumps(manifest(self._prefix)))


class Icon(RequestHandler):
    """The icon."""

    def get(self) -> None:
        """Answer with the picture."""
        self.set_header("Content-Type", "image/svg+xml")
        self.set_header("Cache-Control", "max-age=86400")
        self.write(_PICTURE)


def manifest(prefix: str) -> dict[str, Any]:
    """Return the manifest of the apps.

    Parameters
    ----------
    prefix : str
        Their address at this origin, ending in a slash.

    Returns
    -------
    dict
        As https://www.w3.org/TR/appmanifest/ has it.
    """
    icons = [
        {"src": f"{prefix}{ICON}", "sizes": "any", "type": "image/svg+xml", "purpose": purpose}
        for purpose in ("any", "maskable")
    ]
    return {
        "name": "PhysForge",
        "short_name": "PhysForge",
        "id": prefix,
        "start_url": f"{prefix}home",
        "scope": prefix,
        "display": "standalone",
        "theme_color": "#0b5a8f",
        "background_color": "#ffffff",
        "icons": icons,
    }
