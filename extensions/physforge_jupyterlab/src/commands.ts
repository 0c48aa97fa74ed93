/**
 * Commands, each with its place in the palette, and the cards of the launcher.
 */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { ILauncher } from '@jupyterlab/launcher';

import { physforgeIcon } from './icon';
import type { Notebooks } from './notebooks';
import { reportFromNotebook } from './report';
import type { IPlace } from './server';
import type { Sidebar } from './sidebar';

const CATEGORY = 'PhysForge';

/** What apps are for; those that the workbench has are shown. */
const APPS: { [name: string]: { label: string; caption: string } } = {
  home: { label: 'Home', caption: 'My data, jobs and reports at one glance' },
  data: { label: 'Data app', caption: 'Upload, look at and share data sets' },
  discover: { label: 'Discover app', caption: 'Find the equation behind data, without code' },
  jobs: { label: 'Jobs app', caption: 'Follow and compare jobs' }
};

interface IAct {
  label: string;
  caption: string;
  execute: () => unknown;
  isEnabled?: () => boolean;
  /** Rank of the card in the launcher, for what has one. */
  card?: number;
}

export class Commands {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly palette: ICommandPalette | null,
    private readonly launcher: ILauncher | null
  ) {}

  add(name: string, { label, caption, execute, isEnabled, card }: IAct): void {
    const command = `physforge:${name}`;
    this.app.commands.addCommand(command, {
      label,
      caption,
      icon: args => (args.isPalette ? undefined : physforgeIcon),
      execute,
      ...(isEnabled ? { isEnabled } : {})
    });
    this.palette?.addItem({ command, category: CATEGORY, args: { isPalette: true } });
    if (card !== undefined) {
      this.launcher?.add({ command, category: CATEGORY, rank: card });
    }
  }

  /** Add what there is to do with notebooks and with the sidebar. */
  addOwn(notebooks: Notebooks, sidebar: Sidebar): void {
    this.add('new-notebook', {
      label: 'New notebook with PhysForge',
      caption: 'A notebook that imports PhysForge',
      execute: () => notebooks.create(),
      card: 0
    });
    this.add('report', {
      label: 'Report from this notebook',
      caption: 'Write a report on the results of this notebook, and open it',
      execute: () => reportFromNotebook(this.app, notebooks),
      isEnabled: () => notebooks.current !== null
    });
    this.add('insert-data', {
      label: 'Insert the chosen data set',
      caption: 'Put a line that opens it into the notebook',
      execute: () => sidebar.data.insert()
    });
    this.add('new-cluster', {
      label: 'New Dask cluster',
      caption: 'Start a cluster without workers',
      execute: async () => {
        this.show(sidebar, 2);
        await sidebar.clusters.start();
      }
    });
    ['data sets', 'jobs', 'Dask clusters'].forEach((what, place) => {
      this.add(`show-${what.split(' ').pop()}`, {
        label: `Show ${what}`,
        caption: `Open the sidebar at ${what}`,
        execute: () => this.show(sidebar, place)
      });
    });
    this.add('reload', {
      label: 'Load data sets and jobs again',
      caption: 'Ask for both lists again',
      execute: () => sidebar.reload()
    });
  }

  /** Add the apps that are there. */
  addApps(place: IPlace): void {
    Object.entries(APPS).forEach(([name, { label, caption }], rank) => {
      const path = place.apps[name];
      if (path) {
        const open = () => void window.open(new URL(path, window.location.origin), '_blank', 'noopener');
        this.add(`app-${name}`, { label, caption: `${caption} (in a new tab)`, execute: open, card: rank + 1 });
      }
    });
  }

  private show(sidebar: Sidebar, place: number): void {
    this.app.shell.activateById(sidebar.id);
    sidebar.unfold(place);
  }
}
