"""Figures of datasets and results, drawn with HoloViews."""

from physforge.plots.comparison import plot_comparison
from physforge.plots.dataset import plot_dataset
from physforge.plots.intervals import plot_intervals

__all__ = ["plot_comparison", "plot_dataset", "plot_intervals"]
