/* `silt get` and `silt delete`: points by their ids. */
import type { Command } from 'commander';
import type { Filter } from '../../api/filter.js';
import type { StoredPoint } from '../../api/points.js';
import type { PointId } from '../../base/ids.js';
import { filterArgument, idsIn } from '../frame/arguments.js';
import { apiKeyOption, FOLDER_OR_ADDRESS, silt } from '../frame/command.js';
import { reading, writing } from '../frame/database.js';
import { CommandError, EXITS } from '../frame/exits.js';
import { Output, type OutputOptions, pairs } from '../frame/output.js';
import { folded, jsonOf, points, vectorsIn } from '../frame/values.js';
import type { Asked } from '../served/asked.js';
import { asking, type PlaceOptions } from '../served/place.js';

function shown({ id, payload, vector }: StoredPoint): string {
  return pairs([
    ['id', jsonOf(id)],
    ...vectorsIn(vector).map(([name, value]): [string, string] => [name, folded(value)]),
    ...Object.entries(payload ?? {}).map(([name, value]): [string, string] => [name, jsonOf(value)]),
  ]);
}

type Arguments = OutputOptions & PlaceOptions;

function get(folder: string, name: string, ids: readonly PointId[], o: Arguments): Promise<void> {
  const output = new Output(o);
  return asking(folder, o, async (place) => {
    const collection = await place.collection(name);
    const found = await collection.getMany(ids);
    let first = true;
    for (const [at, point] of found.entries()) {
      if (point) {
        output.answer(point, () => `${first ? '' : '\n'}${shown(point)}`);
        first = false;
        continue;
      }
      output.note(`there is no point ${jsonOf(ids[at])} in "${name}"`);
      process.exitCode = EXITS.NOT_FOUND[0];
    }
  });
}

interface DeleteArguments extends Arguments {
  readonly filter?: unknown;
  readonly dryRun?: boolean;
}

/** How many there are. A filter that a deletion refuses is refused here as well. */
async function wouldDelete(collection: Asked, ids: readonly PointId[], filter: unknown): Promise<number> {
  if (filter === undefined) {
    const found = await collection.getMany(ids);
    return new Set(found.flatMap((point) => (point ? [jsonOf(point.id)] : []))).size;
  }
  const matching = await collection.count({ filter: filter as Filter });
  const { checkComplete } = await import('../../filter/complete.js');
  checkComplete(filter as Filter);
  return matching;
}

function remove(folder: string, name: string, ids: readonly PointId[], o: DeleteArguments): Promise<void> {
  const output = new Output(o);
  const { filter, dryRun = false } = o;
  if (ids.length > 0 === (filter !== undefined))
    throw new CommandError('USAGE', 'say which points: their ids, or --filter, and not both');
  const which = filter === undefined ? ids : { filter: filter as Filter };
  const removed = async (collection: Asked): Promise<void> => {
    if (dryRun) {
      const matching = await wouldDelete(collection, ids, filter);
      const all = matching > 1 && matching === (await collection.count({}));
      output.answer(
        { wouldDelete: matching },
        () => `${points(matching)} would be deleted${all ? ': all that there are' : ''}`,
      );
      return;
    }
    const { deleted } = await collection.delete(which);
    output.answer({ deleted }, () => `${points(deleted)} deleted`);
  };
  const opening = dryRun ? reading : writing;
  return asking(folder, o, async (place) => removed(await place.collection(name)), { opening });
}

export function getCommand(): Command {
  return silt('get', 'Shows points by id; --json prints one per line. Exits with 3 if one is missing.', [
    'silt get ./data words king queen',
    'silt get ./data words 17 --json | jq .payload',
    'silt get http://127.0.0.1:6333 words 17',
  ])
    .argument('<folder>', FOLDER_OR_ADDRESS)
    .argument('<collection>', 'its collection')
    .argument('<id...>', 'ids: digits are an integer, what stands in double quotes is a string', idsIn)
    .addOption(apiKeyOption())
    .action(get);
}

export function deleteCommand(): Command {
  return silt(
    'delete',
    'Deletes points by their ids, or all that match a filter. A whole collection: silt drop.',
    [
      'silt delete ./data words king queen',
      `silt delete ./data words --filter '{"must":[{"key":"lang","match":{"value":"la"}}]}' --dry-run`,
      'silt delete http://127.0.0.1:6333 words king',
    ],
  )
    .argument('<folder>', FOLDER_OR_ADDRESS)
    .argument('<collection>', 'its collection')
    .argument('[id...]', 'ids: digits are an integer, what stands in double quotes is a string', idsIn, [])
    .option(
      '--filter <filter>',
      'all points that match: lang=en year>=1990, or JSON; @file reads a file',
      filterArgument,
    )
    .option('--dry-run', 'only say how many there are')
    .addOption(apiKeyOption())
    .action(remove);
}
