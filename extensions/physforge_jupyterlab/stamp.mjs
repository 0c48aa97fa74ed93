// Write beside what was built what it was built from; a test compares it with the sources.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const SOURCES = ['package.json', 'package-lock.json', 'tsconfig.json', ...under('src'), ...under('style')];

function under(folder) {
  return readdirSync(folder).map(name => `${folder}/${name}`);
}

const digest = createHash('sha256');
for (const path of SOURCES.sort()) {
  digest.update(`${path}\0`).update(readFileSync(path));
}
writeFileSync('labextension/physforge_jupyterlab/source.sha256', `${digest.digest('hex')}\n`);
