/**
 * What the notebook server answers: the verbs of `sidebar.py`.
 */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

/** Where data and jobs are kept, and what else is there. */
export interface IPlace {
  mode: 'workbench' | 'local';
  /** Name of an app -> its path. */
  apps: { [name: string]: string };
  clusters: boolean;
}

export interface IDataEntry {
  name: string;
  title: string;
  dims: string[];
  fields: string[];
  own: boolean;
}

export type JobState = 'waiting' | 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface IJob {
  id: string;
  kind: string;
  /** What it works on; may be empty. */
  name: string;
  batch: string | null;
  state: JobState;
  progress: { fraction: number; message: string };
  attempt: number;
  created: string;
  started: string | null;
  finished: string | null;
  error: string | null;
  cancel_requested: boolean;
  may_change: boolean;
}

export interface ILogPiece {
  text: string;
  end: number;
  attempt: number | null;
}

export interface ICluster {
  name: string;
  status: string;
  workers: number | null;
  cores: number | null;
  memory: number | null;
  has_pages: boolean;
}

const settings = (): ServerConnection.ISettings => ServerConnection.makeSettings();

async function ask<T>(path: string, method = 'GET', body?: object): Promise<T> {
  const own = settings();
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
  }
  const answer = await send(URLExt.join(own.baseUrl, 'physforge/api', path), init, own);
  const text = await answer.text();
  let content: any = null;
  try {
    content = text ? JSON.parse(text) : null;
  } catch {
    // The page of a proxy whose server went away.
  }
  if (!answer.ok) {
    throw new Error(reasonOf(answer.status, content?.message));
  }
  return content as T;
}

async function send(url: string, init: RequestInit, own: ServerConnection.ISettings): Promise<Response> {
  try {
    return await ServerConnection.makeRequest(url, init, own);
  } catch {
    throw new Error('Your notebook server does not answer. If it was stopped, load this page again to start it.');
  }
}

/** The words of who refused, but for a session that has ended, of which the server says one word only. */
function reasonOf(status: number, message?: string): string {
  if (status === 403 && (!message || message === 'Forbidden')) {
    return 'You are logged out. Load this page again to log in; copy what is not saved before.';
  }
  return message || `The notebook server answers with ${status}; load this page again.`;
}

export const getPlace = (): Promise<IPlace> => ask('place');

export const getData = async (): Promise<IDataEntry[]> => (await ask<{ items: IDataEntry[] }>('data')).items;

export const getJobs = async (): Promise<IJob[]> => (await ask<{ items: IJob[] }>('jobs')).items;

export const changeJob = (id: string, verb: 'cancel' | 'retry'): Promise<IJob> =>
  ask(`jobs/${encodeURIComponent(id)}/${verb}`, 'POST', {});

export const readLog = (id: string, attempt: number | null, start: number): Promise<ILogPiece> =>
  ask(`jobs/${encodeURIComponent(id)}/log?start=${start}${attempt === null ? '' : `&attempt=${attempt}`}`);

export const getClusters = async (): Promise<ICluster[]> => (await ask<{ items: ICluster[] }>('clusters')).items;

export const newCluster = (): Promise<{ name: string }> => ask('clusters', 'POST', {});

export const scaleCluster = (name: string, workers: number): Promise<{ msg: string | null }> =>
  ask(`clusters/${encodeURIComponent(name)}/scale`, 'POST', { workers });

export const stopCluster = (name: string): Promise<null> => ask(`clusters/${encodeURIComponent(name)}`, 'DELETE');

/** The pages of a cluster, behind the login of this server. */
export const pagesOf = (cluster: string): string =>
  URLExt.join(settings().baseUrl, 'physforge/clusters', encodeURIComponent(cluster), 'status');
