"""Candidate terms for the right side of an equation."""

from __future__ import annotations

from physforge.features.library import CandidateLibrary

__all__ = ["CandidateLibrary"]
