"""What of every user's notebook server depends on where PhysForge is; the rest is in the JSON file beside this one."""

from pathlib import Path

import physforge_jupyterlab

# The sidebar as it comes with this very code: a copy in the environment may be of an older one.
c.LabApp.extra_labextensions_path = [str(Path(physforge_jupyterlab.__file__).with_name("labextension"))]
