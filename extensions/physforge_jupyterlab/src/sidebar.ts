/**
 * Data, jobs and clusters on the left.
 */

import { SidePanel } from '@jupyterlab/ui-components';
import type { AccordionPanel } from '@lumino/widgets';

import { ClustersSection } from './clustersSection';
import { DataSection } from './dataSection';
import { physforgeIcon } from './icon';
import type { Jobs } from './jobs';
import { JobsSection } from './jobsSection';
import type { Notebooks } from './notebooks';
import type { IJob, IPlace } from './server';

export class Sidebar extends SidePanel {
  constructor(
    place: Promise<IPlace>,
    notebooks: Notebooks,
    private readonly jobs: Jobs,
    open: (job: IJob) => void
  ) {
    super();
    this.id = 'physforge-sidebar';
    this.addClass('pf-sidebar');
    this.title.icon = physforgeIcon;
    this.title.caption = 'PhysForge: data, jobs, clusters';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'PhysForge');
    this.data = new DataSection(notebooks);
    this.clusters = new ClustersSection(place);
    // A job may have made one.
    jobs.ended.connect(() => void (this.data.isVisible && this.data.load()));
    [this.data, new JobsSection(jobs, open), this.clusters].forEach(section => this.addWidget(section));
  }

  /** Open one of the sections. */
  unfold(place: number): void {
    (this.content as AccordionPanel).expand(place);
    if (place === 0) {
      this.data.focusFilter();
    }
  }

  reload(): void {
    void this.data.load();
    this.jobs.refresh();
  }

  readonly data: DataSection;
  readonly clusters: ClustersSection;
}
