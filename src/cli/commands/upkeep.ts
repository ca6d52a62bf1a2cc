/* `silt verify` and `silt compact`. */
import type { Command } from 'commander';
import type { CollectionVerifyReport } from '../../api/upkeep.js';
import { silt, withPlace } from '../frame/command.js';
import { reading, writing } from '../frame/database.js';
import { EXITS } from '../frame/exits.js';
import { Output, type OutputOptions, table } from '../frame/output.js';
import { bytes, count, points } from '../frame/values.js';
import type { Asked, Place } from '../served/asked.js';
import { asking, type PlaceOptions } from '../served/place.js';

/** Counts of faults, in words. */
const FAULTS: readonly [keyof CollectionVerifyReport, string][] = [
  ['unreadable', 'damaged points'],
  ['missingRows', 'points that searches miss'],
  ['extraRows', 'points that only searches have'],
  ['missingIds', 'points that their id does not name'],
  ['extraIds', 'ids of other points'],
  ['selfLinks', 'links to themselves'],
  ['missingLinks', 'links to nothing'],
  ['doubleLinks', 'double links'],
  ['deadEntries', 'lost entry points'],
  ['unreachable', 'points that no link leads to'],
];

function faultsOf(report: CollectionVerifyReport): string {
  const found = FAULTS.filter(([name]) => Number(report[name]) > 0);
  return found.map(([name, what]) => `${count(Number(report[name]))} ${what}`).join(', ') || 'nothing';
}

type Arguments = OutputOptions & PlaceOptions;

interface VerifyArguments extends Arguments {
  readonly repair?: boolean;
}

type Checked = CollectionVerifyReport & { readonly name: string; readonly points: number };

/** Rows are checked: more than points, where some were replaced or deleted, or have several vectors. */
async function checked(collection: Asked, repair: boolean): Promise<Checked> {
  const report = await collection.verify({ repair });
  return { name: collection.name, points: (await collection.status()).points, ...report };
}

function verify(folder: string | undefined, name: string | undefined, o: VerifyArguments): Promise<void> {
  const output = new Output(o);
  const repair = o.repair ?? false;
  const verified = async (place: Place): Promise<void> => {
    const reports: Checked[] = [];
    for (const each of name === undefined ? await place.names() : [name])
      reports.push(await checked(await place.collection(each), repair));
    const rows = reports.map((report) => [
      report.name,
      count(report.points),
      count(report.rows),
      report.ok ? 'ok' : 'DAMAGED',
      faultsOf(report),
      count(report.repaired),
    ]);
    output.answer(reports, () => table(['COLLECTION', 'POINTS', 'ROWS', 'STATE', 'WRONG', 'REPAIRED'], rows));
    for (const report of reports)
      for (const { row, id, why } of report.unreadableRows.slice(0, 10))
        output.note(
          `${report.name}: ${id === undefined ? `a point whose id is not known (number ${row})` : `point ${id}`}: ${why}`,
        );
    if (reports.every(({ ok }) => ok)) return;
    process.exitCode = EXITS.DAMAGED[0];
    output.note(
      repair
        ? 'What is left cannot be repaired: write these points again, delete them, or restore a backup.'
        : '--repair mends links and ids; write damaged points again, delete them, or restore a backup.',
    );
  };
  return asking(folder, o, verified, { opening: repair ? writing : reading });
}

function compact(folder: string | undefined, name: string | undefined, o: Arguments): Promise<void> {
  const output = new Output(o);
  const compacted = async (place: Place): Promise<void> => {
    const collection = await place.collection(name);
    const report = await collection.compact();
    const { freedBytes } = report;
    const memory = freedBytes < 0 ? `${bytes(-freedBytes)} more than before` : `${bytes(freedBytes)} freed`;
    output.answer(
      { name: collection.name, ...report },
      () =>
        `${collection.name}: ${points(report.rows)} in the new index, ${count(report.freedRows)} replaced or deleted ones gone, ${memory}, in ${report.seconds.toFixed(1)} s`,
    );
  };
  return asking(folder, o, compacted, { opening: writing });
}

export function verifyCommand(): Command {
  return withPlace(
    silt('verify', 'Checks stored bytes and graphs. Exits with 5 if something is wrong.', [
      'silt verify ./data',
      'silt verify ./data words --repair',
      'silt verify http://127.0.0.1:6333 words',
    ]),
  )
    .option('--repair', 'mend links and ids, which writes')
    .action(verify);
}

export function compactCommand(): Command {
  return withPlace(
    silt('compact', 'Rebuilds the index without replaced and deleted points.', ['silt compact ./data words']),
  ).action(compact);
}
