"""Widgets in a real kernel, as a notebook has them."""

import nbformat
import pytest
from nbclient import NotebookClient

_CELLS = [
    "import physforge as pf\nds = pf.open_dataset('burgers').isel(x=slice(None, None, 4))",
    "explorer = ds.pf.explore()\nexplorer",
    "explorer.view.up.value = 'its values'\nexplorer.view.positions.sliders['t'].value = 7",
    "print(explorer.view.words.value)",
    # Done by a runner of its own in the background; the cell does not wait for it.
    "job = pf.submit('simulation', {'equations': 'u_t = -u', 'initial': {'u': 1.0}, 'times': [0.0, 1.0]})\n"
    "watch = job.watch()\nprint(watch.is_watching)\nwatch",
    "import time\njob.wait(100, bar=False)\nend = time.monotonic() + 10\n"
    "while watch.is_watching and time.monotonic() < end:\n    time.sleep(0.1)\n"
    "print(job.status, watch.is_watching, watch._feed.whole()['facts']['state'])",
    "import sys\nprint('torch' in sys.modules)",
    "import os, signal\nfrom pathlib import Path\n"
    "log = Path(os.environ['PHYSFORGE_HOME'], 'jobs', 'runner.log').read_text()\n"
    "import re\n[os.kill(int(pid), signal.SIGTERM) for pid in re.findall(r'The runner (\\d+) begins', log)]",
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_notebook_explores_and_watches(tmp_path, monkeypatch):
    monkeypatch.setenv("PHYSFORGE_HOME", str(tmp_path / "home"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in _CELLS])
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", store_widget_state=True)
    client.execute()
    shown, printed = notebook.cells[1].outputs, "".join(map(_text, notebook.cells))
    assert "application/vnd.jupyter.widget-view+json" in shown[0].data
    assert "t = 0.7" in printed
    assert "succeeded False succeeded" in printed
    # The figures of HoloViews bring no scripts of their own into the notebook.
    assert len(str(shown)) < 2000
    models = {state["_model_name"] for state in client.widget_state.values()}
    assert {"AnyModel", "IntSliderModel", "PlayModel", "HTMLModel"} <= models


def _text(cell) -> str:
    return "".join(one.get("text", "") for one in cell.outputs)
