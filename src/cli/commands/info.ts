/* `silt info`: what is in a folder. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { CollectionInfo } from '../../api/upkeep.js';
import { silt, withPlace } from '../frame/command.js';
import { collectionOf, collectionsOf, reading } from '../frame/database.js';
import { Output, type OutputOptions, pairs, table } from '../frame/output.js';
import { bytes, count } from '../frame/values.js';

/** What its files take on the disk. Some may go meanwhile. */
function sizeOf(folder: string): number {
  let size = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      size += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  return size;
}

/** Fields with their kinds, the unnamed one as `vector`. */
function fieldsOf({ config }: CollectionInfo): [name: string, what: string][] {
  const fields: [string, string][] = [];
  if (config.dimension > 0) fields.push(['vector', `${config.dimension} numbers, ${config.metric}`]);
  if (typeof config.vectors !== 'string')
    for (const [name, { dimension, metric, multi }] of Object.entries(config.vectors))
      fields.push([name, `${multi ? 'several of ' : ''}${dimension} numbers, ${metric}`]);
  for (const name of Object.keys(config.sparse ?? {})) fields.push([name, 'sparse']);
  for (const [name, { path, language }] of Object.entries(config.text ?? {}))
    fields.push([name, `text of ${path}${language === 'none' ? '' : `, ${language}`}`]);
  return fields;
}

function one(info: CollectionInfo): string {
  return pairs([
    ['collection', info.name],
    ['points', count(info.points)],
    ['made', new Date(info.createdAt).toISOString()],
    ['memory', bytes(info.memoryBytes)],
    ...fieldsOf(info).map(([name, what]): [string, string] => [`field ${name}`, what]),
    ...info.payloadIndexes.map(({ path, kind, state }): [string, string] => [
      `index of ${path}`,
      state === 'ready' ? kind : `${kind}, being built`,
    ]),
  ]);
}

function all(path: string | undefined, disk: number, infos: readonly CollectionInfo[]): string {
  const head = `${path}: ${bytes(disk)} on the disk`;
  if (infos.length === 0) return `${head}, no collections yet`;
  const rows = infos.map((info) => [
    info.name,
    count(info.points),
    bytes(info.memoryBytes),
    fieldsOf(info)
      .map(([name, what]) => `${name} (${what})`)
      .join('; ') || 'payloads alone',
  ]);
  return `${head}\n\n${table(['COLLECTION', 'POINTS', 'MEMORY', 'FIELDS'], rows)}`;
}

function info(dir: string | undefined, name: string | undefined, o: OutputOptions): Promise<void> {
  const output = new Output(o);
  return reading(dir, async (database) => {
    if (name !== undefined) {
      const found = collectionOf(database, name).info();
      output.answer(found, () => one(found));
      return;
    }
    const infos = collectionsOf(database).map((each) => database.collection(each).info());
    const disk = sizeOf(database.path!);
    output.answer({ path: database.path, diskBytes: disk, collections: infos }, () =>
      all(database.path, disk, infos),
    );
  });
}

export function infoCommand(): Command {
  return withPlace(
    silt('info', 'Lists the collections of a database, or shows one in detail.', [
      'silt info ./data',
      'silt info ./data words',
      "silt info ./data --json | jq '.collections[].points'",
    ]),
  ).action(info);
}
