// @ts-check
// How long a database takes to open, in processes that have never seen it: closed cleanly; killed right behind its
// last acknowledgement; and killed, with the snapshot lost. Each opening gets a copy of its own of the folder.
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Child } from '../base/child.mjs';
import { bytesOnDisk } from '../base/disk.mjs';
import { figure, median } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile, scratchPath } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';

/** @typedef {{ openMs: number, firstMs: number, pending: number, linkSeconds: number }} Opening */
/** @typedef {{ name: string, from: string, withSnapshot: boolean, rounds: Opening[] }} Case */

const module = new URL('child.mjs', import.meta.url);

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runOpening(data, options) {
  const { metric, dimension, rowCount } = data;
  const { m, efConstruction, threads, seed, k } = options;
  const plain = { metric, dimension, m, efConstruction, threads, seed, k };
  const job = { ...plain, rowsFile: scratchFile('opening.rows', data.rows) };
  const closed = scratchPath('opening-closed');
  const killed = scratchPath('opening-killed');
  note(`opening: ${data.name}, ${figure(rowCount)} rows written, linked and closed`);
  const closeMs = await fillAndClose({ ...job, folder: closed });
  note(`opening: ${data.name}, ${figure(rowCount)} rows written, then killed`);
  const pendingWhenKilled = await fillAndKill({ ...job, folder: killed });
  /** @type {Case[]} */
  const cases = [
    { name: 'closed', from: closed, withSnapshot: true, rounds: [] },
    { name: 'killed behind the last write', from: killed, withSnapshot: true, rounds: [] },
    { name: 'the same, no snapshot', from: killed, withSnapshot: false, rounds: [] },
  ];
  for (let round = 0; round < options.rounds; round++) {
    for (const each of cases) {
      note(`opening: round ${round + 1} of ${options.rounds}, ${each.name}`);
      // Linking again takes long, and says the same each time.
      each.rounds[round] = await openCopy(each, job, round === 0);
    }
  }
  const bytes = {
    vectors: data.rows.byteLength,
    store: bytesOnDisk(path.join(closed, 'store')),
    snapshot: bytesOnDisk(path.join(closed, 'snapshots')),
  };
  for (const folder of [closed, killed]) rmSync(folder, { recursive: true, force: true });
  const plainCases = cases.map(({ from, ...rest }) => rest);
  const result = { closeMs, pendingWhenKilled, bytes, cases: plainCases };
  return { result, text: describe(data, result) };
}

/** @param {import('./child.mjs').Job} job @returns {Promise<number>} milliseconds of `close` */
async function fillAndClose(job) {
  const child = new Child(module);
  try {
    await child.ask('fill', job);
    await child.ask('link');
    return await child.ask('close');
  } finally {
    await child.end();
  }
}

/** @param {import('./child.mjs').Job} job @returns {Promise<number>} rows that were not linked */
async function fillAndKill(job) {
  const child = new Child(module);
  try {
    return (await child.ask('fill', job)).pending;
  } finally {
    await child.end(); // SIGKILL
  }
}

/**
 * @param {Case} each
 * @param {Omit<import('./child.mjs').Job, 'folder'>} job
 * @param {boolean} link
 * @returns {Promise<Opening>}
 */
async function openCopy({ from, withSnapshot }, job, link) {
  const folder = scratchPath('opening-copy');
  // The lock of a process that was killed is a socket, which Node does not copy.
  cpSync(from, folder, { recursive: true, filter: (file) => path.basename(file) !== 'lock' });
  if (!withSnapshot) rmSync(path.join(folder, 'snapshots'), { recursive: true, force: true });
  const child = new Child(module);
  try {
    const opening = await child.ask('open', { ...job, folder });
    return { ...opening, linkSeconds: link ? await child.ask('link') : null };
  } finally {
    await child.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {{ closeMs: number, pendingWhenKilled: number, cases: Omit<Case, 'from'>[],
 *   bytes: { vectors: number, store: number, snapshot: number } }} result
 */
function describe(data, { closeMs, pendingWhenKilled, cases, bytes }) {
  const body = cases.map(({ name, rounds }) => {
    const of = (/** @type {(round: Opening) => number} */ value) => median(rounds.map(value));
    return [
      name,
      figure(of((round) => round.openMs)),
      figure(
        of((round) => round.firstMs),
        1,
      ),
      figure(of((round) => round.openMs + round.firstMs)),
      figure(of((round) => round.pending)),
      figure(rounds[0]?.linkSeconds, 1),
    ];
  });
  const perRow = (/** @type {number} */ count) =>
    `${figure(count / 1e6, 1)} MB, ${figure(count / data.rowCount)} bytes a row`;
  return [
    `Opening ${figure(data.rowCount)} x ${data.dimension} rows, ${data.metric}, in a new process; medians, files in the page cache`,
    table(['', 'open ms', 'first answer ms', 'together ms', 'rows to link', 'linked after s'], body),
    [
      `closing took ${figure(closeMs)} ms; when the writer was killed, ${figure(pendingWhenKilled)} rows were not linked`,
      `on disk: store    ${perRow(bytes.store)}`,
      `         snapshot ${perRow(bytes.snapshot)}`,
      `         (vectors alone: ${perRow(bytes.vectors)})`,
    ].join('\n'),
  ].join('\n\n');
}
