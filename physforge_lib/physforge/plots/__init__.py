"""Figures of datasets and results, drawn with HoloViews, and scenes in space, drawn with PyVista."""

from physforge.plots.animation import animation
from physforge.plots.candidates import plot_candidates
from physforge.plots.comparison import plot_comparison
from physforge.plots.dataset import plot_dataset
from physforge.plots.interactive import interactive, payload_bytes
from physforge.plots.intervals import plot_discovery, plot_intervals
from physforge.plots.kept_datasets import plot_derivatives, plot_simulation
from physforge.plots.poster import kept_poster, poster
from physforge.plots.preview import Preview, preview
from physforge.plots.scene import Camera, Scene, scene_kinds
from physforge.plots.training import plot_history, plot_training

__all__ = [
    "Camera",
    "Preview",
    "Scene",
    "animation",
    "interactive",
    "kept_poster",
    "payload_bytes",
    "plot_candidates",
    "plot_comparison",
    "plot_dataset",
    "plot_derivatives",
    "plot_discovery",
    "plot_history",
    "plot_intervals",
    "plot_simulation",
    "plot_training",
    "poster",
    "preview",
    "scene_kinds",
]
