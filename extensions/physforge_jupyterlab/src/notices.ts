/**
 * Say when a job has ended that somebody had to wait for.
 */

import { Notification } from '@jupyterlab/apputils';

import { type Jobs, secondsOf } from './jobs';
import { lineForResult, type Notebooks } from './notebooks';
import type { IJob } from './server';
import { stateOf, titleOf } from './words';

/** Seconds; who waits for less needs no notice. */
const LONG = 10;

const TYPES: { [state: string]: Notification.TypeOptions } = { succeeded: 'success', failed: 'error', cancelled: 'info' };

export function sayWhenJobsEnd(jobs: Jobs, notebooks: Notebooks, open: (job: IJob) => void): void {
  jobs.ended.connect((_, job) => {
    if (secondsOf(job) <= LONG) {
      return;
    }
    const actions: Notification.IAction[] = [{ label: 'Log', caption: 'Show the log', callback: () => open(job) }];
    if (job.state === 'succeeded') {
      actions.unshift({
        label: 'Insert result',
        caption: 'Put a line that opens the result into the notebook',
        callback: () => void notebooks.insert(lineForResult(job.id))
      });
    }
    Notification.emit(`${titleOf(job)}: ${stateOf(job)}`, TYPES[job.state] ?? 'default', { actions, autoClose: false });
  });
}
