/* `silt backup` and `silt restore`: of a whole database, or of one collection in a file. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { silt } from '../frame/command.js';
import { reading, writing } from '../frame/database.js';
import { CommandError } from '../frame/exits.js';
import { Output, type OutputOptions } from '../frame/output.js';
import { points as pointsOf } from '../frame/values.js';

interface Arguments extends OutputOptions {
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
  return reading(folder, async (database) => {
    if (collection === undefined) {
      await database.backup(to);
      output.answer({ path: to }, () => `${folder} is copied to ${to}, as of one moment`);
      return;
    }
    const { points } = await database.backupCollection(collection, to);
    output.answer({ path: to, collection, points }, () => `${collection}: ${pointsOf(points)} in ${to}`);
  });
}

async function restore(from: string, folder: string, o: Arguments): Promise<void> {
  const output = new Output(o);
  const { collection } = o;
  const isFile = statSync(from).isFile();
  if (isFile !== (collection !== undefined))
    throw new CommandError(
      'USAGE',
      isFile
        ? `${from} has one collection: say its name in ${folder} with --collection`
        : `${from} is a folder, and --collection goes with a file that silt backup --collection has written`,
    );
  if (collection === undefined) {
    expectFree(folder, false);
    const { restore: restoreAll } = await import('../../index.js');
    await restoreAll(from, folder);
    output.answer({ path: folder }, () => `${from} is restored at ${folder}`);
    return;
  }
  const use = { create: true };
  await writing(
    folder,
    async (database) => {
      const { replace = false } = o;
      const { points } = await database.restoreCollection(collection, from, { replace });
      output.answer(
        { path: folder, collection, points },
        () => `${collection}: ${pointsOf(points)} in ${folder}`,
      );
    },
    use,
  );
}

export function backupCommand(): Command {
  return silt('backup', 'Copies a database, or one collection, while it is in use.', [
    'silt backup ./data /backups/data-monday',
    'silt backup ./data /backups/words.silt --collection words',
  ])
    .argument('<folder>', 'the folder of the database')
    .argument('<to>', 'a folder, or with --collection a file, that does not exist yet')
    .option('--collection <name>', 'only this one, into a file')
    .action(backup);
}

export function restoreCommand(): Command {
  return silt('restore', 'Restores a backup.', [
    'silt restore /backups/data-monday ./data',
    'silt restore /backups/words.silt ./data --collection words --replace',
  ])
    .argument('<from>', 'the folder or file that silt backup has made')
    .argument('<folder>', 'the folder of the database: a new one, except with --collection')
    .option('--collection <name>', 'the name that the collection of the file gets')
    .option('--replace', 'in place of a collection of this name')
    .action(restore);
}
