"""A log that grows on a page, of which only what is new is sent."""

from __future__ import annotations

from physforge.apps.logs.view import LogTail

__all__ = ["LogTail"]
