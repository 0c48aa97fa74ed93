"""Figures of datasets and results, drawn with HoloViews."""

from physforge.plots.comparison import plot_comparison
from physforge.plots.dataset import plot_dataset
from physforge.plots.intervals import plot_intervals
from physforge.plots.training import plot_history, plot_training

__all__ = ["plot_comparison", "plot_dataset", "plot_history", "plot_intervals", "plot_training"]
