/**
 * A report on the results that the current notebook's kernel holds.
 */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';

import type { Notebooks } from './notebooks';

/** Prints where the page is. A report is never written over another one. */
const CODE = `# A report on every result in this notebook
from itertools import count
from pathlib import Path

import physforge as pf
from physforge.results import Result

report_results = {
    id(value): value
    for name, value in list(globals().items())
    if isinstance(value, Result) and not name.startswith("_")
}
report_folder = next(
    folder for number in count(1) if not (folder := Path("out" if number == 1 else f"out-{number}")).exists()
)
pf.report(list(report_results.values()), report_folder)
print(report_folder / "report.html")`;

const PAGE = /^out(-\d+)?\/report\.html$/m;

export async function reportFromNotebook(app: JupyterFrontEnd, notebooks: Notebooks): Promise<void> {
  const done = await notebooks.runAtEnd(CODE);
  if (!done) {
    Notification.warning('Open the notebook whose results the report is to be on.', { autoClose: 10_000 });
    return;
  }
  const page = PAGE.exec(done.printed)?.[0];
  if (!done.ran || !page) {
    Notification.error('There is no report; the last cell of the notebook says why.', { autoClose: 10_000 });
    return;
  }
  // Kernels work in the folder of their notebook.
  const path = PathExt.join(PathExt.dirname(done.panel.context.path), page);
  await app.commands.execute('docmanager:open', { path, options: { mode: 'split-right' } });
}
