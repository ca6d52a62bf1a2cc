/* `silt import --dry-run`: rows are written to a collection in memory, so that what is refused is what an import refuses. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CollectionConfig } from '../../api/config.js';
import type { PointInput } from '../../api/points.js';
import { givenOf } from '../formats/description.js';
import { rowsOf } from '../formats/read.js';
import { unitOf, valuesOf } from '../formats/records.js';
import { isAddress } from '../frame/database.js';
import { EXITS } from '../frame/exits.js';
import type { Output } from '../frame/output.js';
import { count, jsonOf, rows as rowsIn } from '../frame/values.js';
import { asking, type PlaceOptions } from '../served/place.js';
import { load } from './load.js';
import { expectMetric, type MadeOptions, madeLike, type Source } from './made.js';

interface TrialOptions extends MadeOptions, PlaceOptions {
  readonly batch: number;
  readonly onError: 'refuse' | 'skip';
}

/** What the collection is like, or would be; undefined where the folder has no database yet. */
async function configOf(folder: string, source: Source<TrialOptions>): Promise<CollectionConfig> {
  const { name, o } = source;
  const made = async (): Promise<CollectionConfig> => (await madeLike(source)).config;
  if (!isAddress(folder) && !existsSync(join(folder, 'store/data.mdb'))) return made();
  return asking(folder, o, async (place) => {
    if (!(await place.names()).includes(name)) return made();
    const { config } = await place.collection(name);
    expectMetric(config, o.metric, name);
    return givenOf(config);
  });
}

export async function tried(folder: string, source: Source<TrialOptions>, output: Output): Promise<void> {
  const { file, format, mapping, o } = source;
  const config = await configOf(folder, source);
  const { open } = await import('../../index.js');
  await using database = await open();
  let first: PointInput | undefined;
  const { rows, skipped } = await load(
    {
      // Of each batch nothing is kept: a file may be larger than the memory.
      upsert: async (points, how) => {
        first ??= points[0];
        const collection = await database.createCollection('tried', {
          ...config,
          indexing: { paused: true },
        });
        const receipt = await collection.upsert(points, how);
        await database.dropCollection('tried');
        return receipt;
      },
    },
    {
      rows: await rowsOf(file, format),
      mapping,
      values: valuesOf(format),
      unit: unitOf(format),
      batch: o.batch,
      from: 0,
      onError: 'skip',
      left: o.onError === 'skip' ? 'would be left out' : 'cannot be taken',
      signal: new AbortController().signal,
      note: (line) => output.note(line),
      reached: () => {},
    },
  );
  output.answer({ dryRun: true, rows, wrong: skipped, mapping, first }, () =>
    [
      `${rowsIn(rows)}, ${count(skipped)} of them cannot be taken; nothing was written`,
      `the first: ${jsonOf(first).slice(0, 300)}`,
    ].join('\n'),
  );
  if (skipped > 0 && o.onError === 'refuse') process.exitCode = EXITS.INPUT[0];
}
