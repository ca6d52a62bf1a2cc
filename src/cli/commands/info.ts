/* `silt info`: what is in a folder. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { CollectionInfo } from '../../api/upkeep.js';
import { silt, withPlace } from '../frame/command.js';
import { isAddress } from '../frame/database.js';
import { CommandError } from '../frame/exits.js';
import { Output, type OutputOptions, pairs, table } from '../frame/output.js';
import { bytes, count, fieldsOf, fieldsShown } from '../frame/values.js';
import { asking, type PlaceOptions } from '../served/place.js';

/** What its files take on the disk. Some may go meanwhile. */
function sizeOf(folder: string): number {
  let size = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      size += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  return size;
}

function one(info: CollectionInfo): string {
  return pairs([
    ['collection', info.name],
    ['points', count(info.points)],
    ['made', new Date(info.createdAt).toISOString()],
    ['memory', bytes(info.memoryBytes)],
    ...fieldsOf(info.config).map(([name, what]): [string, string] => [`field ${name}`, what]),
    ...info.payloadIndexes.map(({ path, kind, state }): [string, string] => [
      `index of ${path}`,
      state === 'ready' ? kind : `${kind}, being built`,
    ]),
  ]);
}

/** `disk`: undefined where only a server sees it. */
function all(path: string, disk: number | undefined, infos: readonly CollectionInfo[]): string {
  const head = disk === undefined ? path : `${path}: ${bytes(disk)} on the disk`;
  if (infos.length === 0) return `${head}, no collections yet`;
  const rows = infos.map((info) => [
    info.name,
    count(info.points),
    bytes(info.memoryBytes),
    fieldsShown(info.config),
  ]);
  return `${head}\n\n${table(['COLLECTION', 'POINTS', 'MEMORY', 'FIELDS'], rows)}`;
}

interface Arguments extends OutputOptions, PlaceOptions {
  readonly names?: boolean;
}

async function info(folder: string | undefined, name: string | undefined, o: Arguments): Promise<void> {
  if (o.names && name !== undefined)
    throw new CommandError('USAGE', `--names lists all collections: leave out "${name}"`);
  const output = new Output(o);
  return asking(folder, o, async (place) => {
    const { path } = place;
    const infoOf = async (each: string): Promise<CollectionInfo> => (await place.collection(each)).info();
    if (o.names) {
      const names = await place.names();
      output.answer(names, () => names.join('\n'));
      return;
    }
    if (name !== undefined) {
      const found = await infoOf(name);
      output.answer(found, () => one(found));
      return;
    }
    const infos: CollectionInfo[] = [];
    for (const each of await place.names()) infos.push(await infoOf(each));
    const disk = isAddress(path) ? undefined : sizeOf(path);
    output.answer({ path, diskBytes: disk, collections: infos }, () => all(path, disk, infos));
  });
}

export function infoCommand(): Command {
  return withPlace(
    silt('info', 'Lists the collections of a database, or shows one in detail.', [
      'silt info ./data',
      'silt info ./data words',
      'silt info ./data words --json > words.json',
      'silt info http://127.0.0.1:6333',
      "silt info ./data --json | jq '.collections[].points'",
    ]),
  )
    .option('--names', 'only the names of the collections, one a line')
    .action(info);
}
