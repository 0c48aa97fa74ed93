"""JupyterHub's configuration for the workbench.

What is set, and why, is in physforge.workbench.hub: functions that are tested one by one.
Settings of your site go at the end; they win.
"""

from physforge.workbench.hub import hub_settings
from physforge.workbench.secret_store import Secrets
from physforge.workbench.state import Plan

plan = Plan.from_environment()

for section, traits in hub_settings(plan, Secrets.load_or_create(plan.state.secrets)).items():
    c[section].update(traits)
