/**
 * The user's jobs as they are now, for the sidebar, the pages of logs and the notices.
 */

import { Poll } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';

import { wordsOf } from './elements';
import { changeJob, getJobs, type IJob, type IPlace, type JobState } from './server';

/** Between two looks, in milliseconds: at jobs that run, at others, and when nobody looks. */
const INTERVALS = {
  workbench: { busy: 2_000, quiet: 5_000, unseen: 10_000 },
  // There a look costs a second of a processor.
  local: { busy: 5_000, quiet: 15_000, unseen: 60_000 }
};

const OVER: readonly JobState[] = ['succeeded', 'failed', 'cancelled'];

export const isOver = (job: IJob): boolean => OVER.includes(job.state);

/** Seconds that the last attempt took, or takes so far. */
export function secondsOf(job: IJob): number {
  if (!job.started) {
    return 0;
  }
  const end = job.finished ? Date.parse(job.finished) : Date.now();
  return Math.max(0, (end - Date.parse(job.started)) / 1000);
}

export class Jobs {
  constructor(place: Promise<IPlace>) {
    this.poll = new Poll({
      auto: false,
      name: 'physforge:jobs',
      factory: () => this.look(),
      frequency: { interval: INTERVALS.workbench.unseen, backoff: true, max: 120_000 },
      standby: 'when-hidden'
    });
    void place.then(
      found => {
        this.intervals = INTERVALS[found.mode];
        void this.poll.start();
      },
      error => this.fail(error)
    );
  }

  /** The last ones, the newest first. */
  all: readonly IJob[] = [];

  /** Why there is no list; empty if there is one. */
  trouble = '';

  /** Whether there was an answer yet. */
  isKnown = false;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Sent once for each job whose end was seen. */
  get ended(): ISignal<this, IJob> {
    return this._ended;
  }

  find(id: string): IJob | undefined {
    return this.all.find(job => job.id === id);
  }

  refresh(): void {
    void this.poll.refresh();
  }

  /** Look more often while somebody does. */
  watch(isSeen: boolean): void {
    this.isSeen = isSeen;
    if (isSeen) {
      this.refresh();
    }
  }

  async change(id: string, verb: 'cancel' | 'retry'): Promise<void> {
    const job = await changeJob(id, verb);
    this.take(this.all.map(one => (one.id === id ? job : one)));
    this.refresh();
  }

  private async look(): Promise<void> {
    try {
      this.take(await getJobs());
    } catch (error) {
      this.fail(error);
      throw error; // so that it asks less often
    }
    const { busy, quiet, unseen } = this.intervals;
    const interval = !this.isSeen ? unseen : this.all.every(isOver) ? quiet : busy;
    this.poll.frequency = { ...this.poll.frequency, interval };
  }

  private take(jobs: readonly IJob[]): void {
    const before = new Map(this.all.map(job => [job.id, job]));
    const newest = this.newest;
    this.all = jobs;
    this.newest = jobs.reduce((latest, job) => (job.created > latest ? job.created : latest), newest);
    const over = jobs.filter(job => {
      const earlier = before.get(job.id);
      // One that nobody had seen began and ended between two looks.
      return isOver(job) && (earlier ? !isOver(earlier) : this.isKnown && job.created > newest);
    });
    this.isKnown = true;
    this.trouble = '';
    this._changed.emit();
    over.forEach(job => this._ended.emit(job));
  }

  private fail(error: unknown): void {
    this.trouble = wordsOf(error);
    this._changed.emit();
  }

  private readonly poll: Poll;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _ended = new Signal<this, IJob>(this);
  private intervals = INTERVALS.workbench;
  private isSeen = false;
  private newest = '';
}
