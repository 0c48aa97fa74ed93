/**
 * Jobs while they run, and the last ones.
 */

import { Notification } from '@jupyterlab/apputils';

import { button, element, type IRow, Rows, say, wordsOf } from './elements';
import { isOver, type Jobs } from './jobs';
import { Section } from './section';
import type { IJob } from './server';
import { ago, stateOf, titleOf } from './words';

export class JobsSection extends Section {
  constructor(
    private readonly jobs: Jobs,
    private readonly open: (job: IJob) => void
  ) {
    super('Jobs');
    this.body.append(this.rows.list);
    this.explain('Looking for jobs ...');
    jobs.changed.connect(this.draw, this);
  }

  protected seen(isSeen: boolean): void {
    this.jobs.watch(isSeen);
  }

  private draw(): void {
    this.rows.show(this.jobs.all);
    const none = "No jobs yet. For example: pf.submit('discovery', {'dataset': 'burgers'})";
    this.explain(this.jobs.trouble || (this.jobs.all.length ? '' : none), this.jobs.trouble !== '');
  }

  private readonly rows = new Rows<IJob>(
    element('ul', { class: 'pf-list', 'aria-label': 'Jobs' }),
    job => job.id,
    job => new JobRow(job, this.jobs, this.open)
  );
}

/** One job; its title leads to its log. */
class JobRow implements IRow<IJob> {
  constructor(
    private job: IJob,
    jobs: Jobs,
    open: (job: IJob) => void
  ) {
    this.title = element('button', { type: 'button', class: 'pf-title' });
    this.title.addEventListener('click', () => open(this.job));
    this.change = changeButton(jobs, () => this.job);
    this.node = element(
      'li',
      { class: 'pf-row pf-job' },
      element('div', { class: 'pf-line' }, this.title, this.age),
      this.progress,
      element('div', { class: 'pf-line' }, this.state, this.change)
    );
  }

  update(job: IJob): void {
    this.job = job;
    const title = titleOf(job);
    say(this.title, title);
    this.title.setAttribute('aria-label', `Log of ${title}, ${job.state}`);
    this.title.title = `Show the log of job ${job.id}`;
    say(this.age, ago(job.created));
    say(this.state, stateOf(job));
    this.state.title = job.error ?? '';
    this.node.dataset.state = job.state;
    showProgress(this.progress, job);
    showChange(this.change, job);
  }

  readonly node: HTMLElement;
  private readonly title: HTMLButtonElement;
  private readonly age = element('span', { class: 'pf-age' });
  private readonly state = element('span', { class: 'pf-state' });
  private readonly progress = element('progress', { class: 'pf-progress', max: 1 });
  private readonly change: HTMLButtonElement;
}

/** Show how far a job is, while it runs. */
export function showProgress(bar: HTMLProgressElement, job: IJob): void {
  bar.hidden = job.state !== 'running';
  bar.value = job.progress.fraction;
  bar.setAttribute('aria-label', `Progress of ${titleOf(job)}`);
}

/** A button that cancels a job, or has it run again once it is over. */
export function changeButton(jobs: Jobs, which: () => IJob): HTMLButtonElement {
  return button('', () => {
    const job = which();
    jobs.change(job.id, isOver(job) ? 'retry' : 'cancel').catch(error => {
      Notification.error(wordsOf(error), { autoClose: 10_000 });
    });
  });
}

export function showChange(change: HTMLButtonElement, job: IJob): void {
  const verb = isOver(job) ? 'Try again' : 'Cancel';
  say(change, verb);
  change.setAttribute('aria-label', `${verb}: ${titleOf(job)}`);
  change.hidden = !job.may_change || job.state === 'succeeded';
  change.disabled = job.cancel_requested && !isOver(job);
}
