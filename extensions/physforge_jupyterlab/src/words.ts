/**
 * Numbers and states in words.
 */

import { secondsOf } from './jobs';
import type { IJob } from './server';

const UNITS: readonly [number, string][] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min']
];

/** A duration in its largest unit. */
export function duration(seconds: number): string {
  const [size, unit] = UNITS.find(([least]) => seconds >= least) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** How long ago something was. */
export const ago = (when: string): string => `${duration(Math.max(0, (Date.now() - Date.parse(when)) / 1000))} ago`;

/** Kind and subject of a job. */
export const titleOf = (job: IJob): string => (job.name ? `${job.kind}: ${job.name}` : job.kind);

/** State of a job, with what there is to say about it. */
export function stateOf(job: IJob): string {
  if (job.state === 'running') {
    const stopping = job.cancel_requested ? ', is being cancelled' : '';
    const message = job.progress.message ? `, ${job.progress.message}` : '';
    return `running, ${Math.round(job.progress.fraction * 100)} %${message}${stopping}`;
  }
  const took = job.finished && job.started ? ` after ${duration(secondsOf(job))}` : '';
  return `${job.state}${took}`;
}

export const gigabytes = (bytes: number): string => `${Number((bytes / 2 ** 30).toPrecision(2))} GiB`;
