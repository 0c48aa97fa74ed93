"""How far predictions are from data that they were not made of, whatever made them."""

from __future__ import annotations

from physforge.validation.agreement import GOOD_AGREEMENT, compare

__all__ = ["GOOD_AGREEMENT", "compare"]
