import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';

import { Commands } from './commands';
import { DRAGGED } from './dataSection';
import { physforgeIcon } from './icon';
import { Jobs } from './jobs';
import { JobView } from './jobView';
import { lineForData, Notebooks } from './notebooks';
import { sayWhenJobsEnd } from './notices';
import { getPlace, type IJob, type IPlace } from './server';
import { Sidebar } from './sidebar';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'physforge_jupyterlab:plugin',
  description: 'Data, jobs and clusters of PhysForge.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette, ILauncher, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    restorer: ILayoutRestorer | null
  ) => {
    const place = getPlace();
    const notebooks = new Notebooks(app, tracker);
    const jobs = new Jobs(place);
    let mode: IPlace['mode'] = 'workbench';
    const open = (job: IJob): void => openJob(app, job, jobs, notebooks, mode);
    const sidebar = new Sidebar(place, notebooks, jobs, open);
    app.shell.add(sidebar, 'left', { rank: 450, type: 'PhysForge' });
    restorer?.add(sidebar, sidebar.id);
    notebooks.acceptDrops(DRAGGED, lineForData);
    sayWhenJobsEnd(jobs, notebooks, open);
    const commands = new Commands(app, palette, launcher);
    commands.addOwn(notebooks, sidebar);
    void place.then(
      found => {
        mode = found.mode;
        commands.addApps(found);
      },
      // The sections say it.
      () => undefined
    );
  }
};

/** Show the page of a job: the one that is open, or a new one. */
function openJob(app: JupyterFrontEnd, job: IJob, jobs: Jobs, notebooks: Notebooks, mode: IPlace['mode']): void {
  const id = `physforge-job-page-${job.id}`;
  const there = [...app.shell.widgets('main')].some(widget => widget.id === id);
  if (!there) {
    const content = new JobView(jobs.find(job.id) ?? job, jobs, notebooks, mode);
    const page = new MainAreaWidget({ content });
    page.id = id;
    page.toolbar.hide();
    page.title.icon = physforgeIcon;
    app.shell.add(page, 'main');
  }
  app.shell.activateById(id);
}

export default plugin;
