"""Integrate equations forward in time."""

from __future__ import annotations

from physforge.simulation.simulate import simulate

__all__ = ["simulate"]
