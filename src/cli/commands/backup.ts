/* `silt backup` and `silt restore`: of a whole database, or of one collection in a file. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { apiKeyOption, FOLDER_OR_ADDRESS, silt } from '../frame/command.js';
import { isAddress, type reading, writing } from '../frame/database.js';
import { CommandError } from '../frame/exits.js';
import { Output, type OutputOptions } from '../frame/output.js';
import { points as pointsOf } from '../frame/values.js';
import type { Place } from '../served/asked.js';
import { asking, type PlaceOptions } from '../served/place.js';

interface Arguments extends OutputOptions, PlaceOptions {
  readonly collection?: string;
  readonly replace?: boolean;
}

/** @throws CommandError where there is something that would be overwritten */
function expectFree(to: string, isFile: boolean): void {
  if (!existsSync(to)) return;
  if (isFile || !statSync(to).isDirectory() || readdirSync(to).length > 0)
    throw new CommandError('EXISTS', `there is something at ${to}: name a path that does not exist yet`);
}

function backup(folder: string, to: string, o: Arguments): Promise<void> {
  const output = new Output(o);
  const { collection } = o;
  expectFree(to, collection !== undefined);
  return asking(folder, o, async (place) => {
    if (collection === undefined) {
      await place.backup(to);
      output.answer({ path: to }, () => `${folder} is copied to ${to}, as of one moment`);
      return;
    }
    const points = await place.backupCollection(collection, to);
    const what = points === undefined ? 'all points' : pointsOf(points);
    output.answer({ path: to, collection, points }, () => `${collection}: ${what} in ${to}`);
  });
}

async function restore(from: string, folder: string, o: Arguments): Promise<void> {
  const output = new Output(o);
  const { collection, replace = false } = o;
  const isFile = statSync(from).isFile();
  if (isFile !== (collection !== undefined))
    throw new CommandError(
      'USAGE',
      isFile
        ? `${from} has one collection: say its name in ${folder} with --collection`
        : `${from} is a folder, and --collection goes with a file that silt backup --collection has written`,
    );
  if (collection === undefined) {
    if (isAddress(folder))
      throw new CommandError(
        'USAGE',
        `a server cannot be given another folder: restore ${from} where it runs, and serve that`,
      );
    expectFree(folder, false);
    const { restore: restoreAll } = await import('../../index.js');
    await restoreAll(from, folder);
    output.answer({ path: folder }, () => `${from} is restored at ${folder}`);
    return;
  }
  const opening: typeof reading = (dir, use) => writing(dir, use, { create: true });
  const restored = async (place: Place): Promise<void> => {
    const points = await place.restoreCollection(collection, from, { replace });
    output.answer(
      { path: folder, collection, points },
      () => `${collection}: ${pointsOf(points)} in ${folder}`,
    );
  };
  await asking(folder, o, restored, { opening });
}

export function backupCommand(): Command {
  return silt('backup', 'Copies a database, or one collection, while it is in use.', [
    'silt backup ./data /backups/data-monday',
    'silt backup ./data /backups/words.silt --collection words',
    'silt backup http://127.0.0.1:6333 /backups/data-monday',
  ])
    .argument('<folder>', FOLDER_OR_ADDRESS)
    .argument('<to>', 'a folder, or with --collection a file, that does not exist yet')
    .option('--collection <name>', 'only this one, into a file')
    .addOption(apiKeyOption())
    .action(backup);
}

export function restoreCommand(): Command {
  return silt('restore', 'Restores a backup.', [
    'silt restore /backups/data-monday ./data',
    'silt restore /backups/words.silt ./data --collection words --replace',
    'silt restore /backups/words.silt http://127.0.0.1:6333 --collection words',
  ])
    .argument('<from>', 'the folder or file that silt backup has made')
    .argument(
      '<folder>',
      'the folder of the database: a new one, except with --collection; or with it, the address of a silt serve',
    )
    .option('--collection <name>', 'the name that the collection of the file gets')
    .option('--replace', 'in place of a collection of this name')
    .addOption(apiKeyOption())
    .action(restore);
}
