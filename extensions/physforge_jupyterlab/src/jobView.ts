/**
 * A job's own page: where it is, and its log, which follows while it grows.
 */

import { Poll } from '@lumino/polling';
import { Widget } from '@lumino/widgets';

import { button, element, say, wordsOf } from './elements';
import { isOver, type Jobs } from './jobs';
import { changeButton, showChange, showProgress } from './jobsSection';
import { lineForResult, type Notebooks } from './notebooks';
import { type IJob, type IPlace, readLog } from './server';
import { stateOf, titleOf } from './words';

/** Between two looks at a log that grows, in milliseconds. */
const EVERY = { workbench: 1_000, local: 5_000 };

/** Of a longer log the beginning is not kept. */
const MOST_PIECES = 2_000;

// Colours of terminals, which are no text.
// eslint-disable-next-line no-control-regex
const STEERING = /\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

export class JobView extends Widget {
  constructor(
    private job: IJob,
    private readonly jobs: Jobs,
    notebooks: Notebooks,
    mode: IPlace['mode']
  ) {
    super();
    this.addClass('pf-job-view');
    this.id = `physforge-job-${job.id}`;
    this.title.label = titleOf(job);
    this.title.closable = true;
    this.change = changeButton(jobs, () => this.job);
    this.result = button('Insert result', () => void notebooks.insert(lineForResult(this.job.id)), 'Put a line that opens the result into the notebook');
    this.log.setAttribute('aria-label', `Log of ${titleOf(job)}`);
    const buttons = element('div', { class: 'pf-line' }, this.state, this.result, this.change);
    this.node.append(this.heading, buttons, this.progress, this.trouble, this.log);
    this.poll = new Poll({
      name: `physforge:log-${job.id}`,
      factory: () => this.follow(),
      frequency: { interval: EVERY[mode], backoff: true, max: 60_000 },
      standby: () => !this.isVisible || this.isComplete
    });
    jobs.changed.connect(this.draw, this);
    this.draw();
  }

  override dispose(): void {
    this.poll.dispose();
    this.jobs.changed.disconnect(this.draw, this);
    super.dispose();
  }

  private draw(): void {
    const job = this.jobs.find(this.job.id) ?? this.job;
    if (isOver(this.job) && !isOver(job)) {
      this.isComplete = false; // it runs again
    }
    this.job = job;
    say(this.heading, titleOf(job));
    say(this.state, stateOf(job));
    say(this.trouble, job.error ?? '');
    this.node.dataset.state = job.state;
    this.result.hidden = job.state !== 'succeeded';
    showProgress(this.progress, job);
    showChange(this.change, job);
  }

  private async follow(): Promise<void> {
    // Asked before the log: what is written until then is read.
    const wasOver = isOver(this.job);
    try {
      let piece = await readLog(this.job.id, null, this.end);
      if (piece.attempt !== this.attempt) {
        this.begin(piece.attempt);
        piece = await readLog(this.job.id, piece.attempt, 0);
      }
      this.append(piece.text);
      this.isComplete = wasOver && piece.end === this.end;
      this.end = piece.end;
    } catch (error) {
      say(this.trouble, wordsOf(error));
      throw error;
    }
  }

  private begin(attempt: number | null): void {
    this.attempt = attempt;
    this.end = 0;
    this.log.replaceChildren();
  }

  private append(text: string): void {
    if (!text) {
      return;
    }
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - 5;
    this.log.append(text.replace(STEERING, ''));
    while (this.log.childNodes.length > MOST_PIECES) {
      this.log.firstChild?.remove();
    }
    if (isAtEnd) {
      this.log.scrollTop = this.log.scrollHeight;
    }
  }

  private readonly heading = element('h1');
  private readonly state = element('span', { class: 'pf-state', role: 'status' });
  private readonly trouble = element('p', { class: 'pf-said pf-trouble', role: 'status' });
  private readonly progress = element('progress', { class: 'pf-progress', max: 1 });
  private readonly log = element('pre', { class: 'pf-log', tabindex: 0, role: 'log' });
  private readonly change: HTMLButtonElement;
  private readonly result: HTMLButtonElement;
  private readonly poll: Poll;
  private attempt: number | null = null;
  private end = 0;
  private isComplete = false;
}
