/**
 * The user's Dask clusters, however they were started.
 */

import { Dialog, showDialog } from '@jupyterlab/apputils';
import { Poll } from '@lumino/polling';

import { button, element, type IRow, Rows, say, wordsOf } from './elements';
import { Section } from './section';
import { getClusters, type ICluster, type IPlace, newCluster, pagesOf, scaleCluster, stopCluster } from './server';
import { gigabytes } from './words';

const EVERY = 3_000;

export class ClustersSection extends Section {
  constructor(place: Promise<IPlace>) {
    super('Clusters');
    this.newButton.disabled = true;
    this.head.append(this.newButton);
    this.body.append(this.rows.list);
    this.poll = new Poll({
      auto: false,
      name: 'physforge:clusters',
      factory: () => this.look(),
      frequency: { interval: EVERY, backoff: true, max: 60_000 },
      standby: () => !this.isVisible || document.hidden
    });
    void place.then(
      found => this.begin(found),
      error => this.explain(wordsOf(error), true)
    );
  }

  /** Start a cluster. */
  async start(): Promise<void> {
    await this.act(async () => {
      await newCluster();
    });
  }

  protected seen(isSeen: boolean): void {
    if (isSeen && this.isThere) {
      void this.poll.refresh();
    }
  }

  private begin(place: IPlace): void {
    this.isThere = place.clusters;
    this.newButton.disabled = !place.clusters;
    if (place.clusters) {
      void this.poll.start();
    } else {
      this.explain("Dask clusters need a workbench: start one with 'physforge up', and work there.");
    }
  }

  private async look(): Promise<void> {
    try {
      const clusters = await getClusters();
      this.rows.show(clusters);
      this.explain(clusters.length ? '' : 'No cluster runs.');
    } catch (error) {
      this.explain(wordsOf(error), true);
      throw error;
    }
  }

  /** Do something to clusters, say what went wrong, and look again. */
  private async act(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      await this.poll.refresh();
    } catch (error) {
      await this.poll.refresh();
      this.explain(wordsOf(error), true);
    }
  }

  private readonly newButton = button('New cluster', () => void this.start());
  private readonly rows = new Rows<ICluster>(
    element('ul', { class: 'pf-list', 'aria-label': 'Clusters' }),
    cluster => cluster.name,
    cluster => new ClusterRow(cluster.name, work => this.act(work), words => this.explain(words))
  );
  private readonly poll: Poll;
  private isThere = false;
}

class ClusterRow implements IRow<ICluster> {
  constructor(
    private readonly name: string,
    private readonly act: (work: () => Promise<void>) => Promise<void>,
    private readonly explain: (words: string) => void
  ) {
    const short = name.slice(0, 8);
    this.pages = element('a', { class: 'pf-link', href: pagesOf(name), target: '_blank', rel: 'noopener' }, 'Dashboard');
    this.pages.setAttribute('aria-label', `Dashboard of cluster ${short}, in a new tab`);
    this.workers = element('input', {
      type: 'number',
      min: 0,
      step: 1,
      class: 'jp-mod-styled pf-workers',
      'aria-label': `Workers of cluster ${short}`
    });
    const scale = element('form', { class: 'pf-scale' }, this.workers, button('Scale', () => scale.requestSubmit(), `Scale cluster ${short}`));
    scale.addEventListener('submit', event => {
      event.preventDefault();
      void this.scale();
    });
    const stop = button('Stop', () => void this.stop(), `Stop cluster ${short}`);
    this.node = element(
      'li',
      { class: 'pf-row pf-cluster' },
      element('div', { class: 'pf-line' }, element('span', { class: 'pf-name', title: name }, short), this.state),
      element('div', { class: 'pf-line' }, this.pages, scale, stop)
    );
  }

  update(cluster: ICluster): void {
    const memory = !cluster.memory ? '' : `, ${gigabytes(cluster.memory)}`;
    const workers = `${cluster.workers} ${cluster.workers === 1 ? 'worker' : 'workers'}${memory}`;
    say(this.state, cluster.workers === null ? cluster.status.toLowerCase() : workers);
    this.pages.hidden = !cluster.has_pages;
    // What somebody types is not written over.
    if (!this.isTouched && cluster.workers !== null) {
      this.workers.value = String(cluster.workers);
      this.isTouched = true;
    }
  }

  private async scale(): Promise<void> {
    const count = this.workers.valueAsNumber;
    if (Number.isInteger(count)) {
      await this.act(async () => {
        const said = await scaleCluster(this.name, count);
        if (said.msg) {
          this.explain(said.msg);
        }
      });
    }
  }

  private async stop(): Promise<void> {
    const answer = await showDialog({
      title: 'Stop this cluster?',
      body: 'Its workers end, and what they hold in memory is lost.',
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Stop' })]
    });
    if (answer.button.accept) {
      await this.act(async () => {
        await stopCluster(this.name);
      });
    }
  }

  readonly node: HTMLElement;
  private readonly state = element('span', { class: 'pf-state' });
  private readonly pages: HTMLAnchorElement;
  private readonly workers: HTMLInputElement;
  private isTouched = false;
}
