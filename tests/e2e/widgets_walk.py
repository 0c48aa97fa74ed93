"""Widgets in JupyterLab, behind the hub: they draw, their sliders change the picture, and no name runs as HTML."""

import nbformat
from e2e.bench import Workbench, wait_for

NOTEBOOK = "widgets.ipynb"

#: Runs if it is read as HTML.
XSS = "<img src=x onerror=window.hacked=1>"

_CELLS = [
    f"""import physforge as pf
ds = pf.open_dataset("reaction-diffusion").isel(t=slice(0, 20))
ds.attrs["title"] = ds["x"].attrs["units"] = {XSS!r}
ds.pf.explore()""",
    """data = pf.open_dataset("burgers").isel(x=slice(None, None, 2), t=slice(None, None, 2))
pf.discover(data).explore(data)""",
    """job = pf.submit("simulation", {"equations": "u_t = -u", "initial": {"u": 1.0}, "times": [0.0, 1.0]})
job.watch()""",
]


def explore_in_a_notebook(page, workbench: Workbench) -> None:
    """Run a notebook of widgets in the browser, and use them."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in _CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(notebook, workbench.state.user_home(workbench.user) / "notebooks" / NOTEBOOK)
    # Tall enough for every cell: JupyterLab takes away what is out of sight.
    page.set_viewport_size({"width": 1400, "height": 2600})
    page.goto(f"{workbench.url}/user/{workbench.user}/lab/tree/{NOTEBOOK}?reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=60_000)
    page.click("text=Run >> nth=0")
    page.click("text=Run All Cells >> nth=0")
    page.wait_for_selector(".physforge-job [role=status]:text-is('succeeded')", timeout=120_000)
    _run_through_time(page)
    _move_a_coefficient(page)
    page.wait_for_timeout(500)
    assert page.evaluate("window.hacked") is None
    assert page.locator(f"text={XSS} >> visible=true").count() >= 1
    page.set_viewport_size({"width": 1400, "height": 900})


def _run_through_time(page) -> None:
    figure = page.locator("[role=figure][aria-label='u over x and y at t = 0']")
    figure.locator("canvas").first.wait_for(timeout=60_000)
    before = _picture(figure)
    page.locator(".jp-OutputArea .noUi-handle").first.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    later = page.locator("[role=figure][aria-label='u over x and y at t = 0.3']")
    later.wait_for(timeout=30_000)
    wait_for(lambda: _picture(later) != before, "another picture", 60)


def _move_a_coefficient(page) -> None:
    output = page.locator(".jp-CodeCell", has_text="pf.discover(data)").locator(".jp-OutputArea")
    output.locator("[role=figure] canvas").first.wait_for(timeout=60_000)
    formula = output.locator("mjx-container, .MathJax").first
    formula.wait_for(timeout=30_000)
    before = output.inner_text()
    output.locator("select").first.select_option("± 50 %")
    output.locator(".noUi-handle").first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    wait_for(lambda: output.inner_text() != before, "another distance from the data", 120)
    heads = output.locator("th button")
    heads.nth(2).click()
    assert output.locator("th[aria-sort=ascending]").count() == 1
    output.locator("tbody tr").nth(1).press("Enter")
    output.locator("tbody tr[aria-selected=true]").wait_for(timeout=10_000)


def _picture(figure) -> bytes:
    return figure.locator("canvas").first.screenshot()
