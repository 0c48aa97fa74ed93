"""Datasets, results and jobs as widgets in notebooks."""

from physforge.widgets.dataset_explorer import explore_dataset
from physforge.widgets.discovery_explorer import explore_discovery
from physforge.widgets.job_watch import watch_job
from physforge.widgets.pinn_explorer import explore_pinn

__all__ = ["explore_dataset", "explore_discovery", "explore_pinn", "watch_job"]
