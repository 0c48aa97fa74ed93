"""Data sets: opened from files and catalogs into one convention.

`conventions` says what a dataset looks like, `readers` holds one file format a
module, and `catalog` finds data sets by name.
"""

from __future__ import annotations

from physforge.datasets.conventions import field_names, is_uniform, period_of, spatial_dims, validate

__all__ = ["field_names", "is_uniform", "period_of", "spatial_dims", "validate"]
