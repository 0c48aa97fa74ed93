"""Figures of datasets and results, drawn with HoloViews, and scenes in space, drawn with PyVista."""

from physforge.plots.animation import animation
from physforge.plots.comparison import plot_comparison
from physforge.plots.dataset import plot_dataset
from physforge.plots.interactive import interactive, payload_bytes
from physforge.plots.intervals import plot_intervals
from physforge.plots.poster import kept_poster, poster
from physforge.plots.scene import Camera, Scene, scene_kinds
from physforge.plots.training import plot_history, plot_training

__all__ = [
    "Camera",
    "Scene",
    "animation",
    "interactive",
    "kept_poster",
    "payload_bytes",
    "plot_comparison",
    "plot_dataset",
    "plot_history",
    "plot_intervals",
    "plot_training",
    "poster",
    "scene_kinds",
]
