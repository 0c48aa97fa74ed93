"""Reports on results, for people who were not there."""

from __future__ import annotations

from physforge.reports.report import Report, make_report, report

__all__ = ["Report", "make_report", "report"]
