/*
 * T9 where the vectors of rows change while it is looked for the one that ends the process: that one is in quarantine after a bounded
 * number of openings, and with another vector it is linked. The end of the process is a close in the middle of a build.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { coreOf } from '#silt/collection/collection.js';
import { CrashLoop } from '#silt/collection/upkeep/crash-loop.js';
import { type Collection, type Database, open } from '#silt/index.js';
import { LINKED, MASKED, QUARANTINED } from '#silt/kernel/layout.js';
import { someOf } from '../../support/amount.js';
import { liveOf } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';

const CONFIG = {
  vectors: { a: { dimension: 2, metric: 'euclidean' } },
  indexing: { threads: 1, paused: true },
} as const;
const IDS = Array.from({ length: 40 }, (_, id) => id);
/** All rows twice, two at a time, one at a time; and what lies before a suspect in between. */
const OPENINGS_MAX = 12;

/** Rows that wait, in the order in which they are linked. */
function waitingIn(points: Collection): number[] {
  const { engine } = liveOf(points).graphs[0]!;
  return engine.arenas.flatMap((arena) =>
    Array.from({ length: arena.rows }, (_, place) => place)
      .filter((place) => (arena.kernel.stateGet(place) & (LINKED | QUARANTINED | MASKED)) === 0)
      .map((place) => Number(arena.keyOf(place))),
  );
}

/** Links what waits, unless row `poison` is among it: true where all was linked, or is in quarantine. */
async function lived(points: Collection, poison: number | undefined): Promise<boolean> {
  const { live, queue, ending } = coreOf(points);
  const [field] = live.graphs;
  const guard = new CrashLoop(live, field!, queue, ending);
  while (waitingIn(points).length > 0) {
    const most = await guard.before();
    const waiting = waitingIn(points).slice(0, most);
    if (poison !== undefined && waiting.includes(poison)) return false;
    await field!.engine.build.start(1, { most: Math.min(most, 1 << 20) });
    await guard.after();
  }
  return true;
}

class Lives {
  readonly #folder: string;
  readonly #snapshots: boolean;
  #db: Database | undefined;

  constructor(folder: string, snapshots: boolean) {
    this.#folder = join(folder, 'db');
    this.#snapshots = snapshots;
  }

  /** The collection in a new life. */
  async next(): Promise<Collection> {
    await this.#db?.close();
    if (!this.#snapshots) await rm(join(this.#folder, 'snapshots'), { recursive: true, force: true });
    this.#db = await open(this.#folder);
    return this.#db.getOrCreateCollection('points', CONFIG);
  }

  /** Lives until all that can be is linked. */
  async untilLinked(poison: number | undefined): Promise<Collection> {
    for (let openings = 0; openings < OPENINGS_MAX; openings++) {
      const points = await this.next();
      if (await lived(points, poison)) return points;
    }
    throw new Error(`row ${poison} still ends the process after ${OPENINGS_MAX} openings`);
  }

  async end(): Promise<void> {
    await this.#db?.close();
  }
}

const change = (points: Collection, id: number) => points.updateVectors({ id, vector: { a: [id, 1_000] } });

test.each(
  someOf(
    [
      ['the first that waited gets another vector', 25, [0], true],
      ['the one that ends it has another vector, and comes first without a snapshot', 3, [2], false],
      ['several get other vectors again and again', 30, [0, 29, 35], true],
    ] as const,
    2,
  ),
)('%s', (_, poison, ids, snapshots) =>
  withFolder(async (folder) => {
    const lives = new Lives(folder, snapshots);
    let points = await lives.next();
    await points.upsert(IDS.map((id) => ({ id, vector: { a: [id, 0] } })));
    expect(await lived(points, 20)).toBe(false); // whatever ended it is gone
    await points.delete(19);
    points = await lives.next();
    for (const id of ids) await change(points, id);
    expect(await lived(points, poison)).toBe(false);
    points = await lives.next();
    if (ids.length > 1) for (const id of ids.slice(1)) await change(points, id);
    points = await lives.untilLinked(poison);
    const { fields } = points.status();
    expect(fields['a']).toMatchObject({ points: 39, indexed: 38, quarantined: 1 });
    points = await lives.untilLinked(poison); // and there it stays
    expect(points.status().fields['a']).toMatchObject({ indexed: 38, quarantined: 1 });

    // With another vector it is as any other, in this life and the next.
    await points.updateVectors({ id: poison - 1, vector: { a: [1, 1] } });
    points = await lives.untilLinked(undefined);
    expect(points.status().fields['a']).toMatchObject({ indexed: 39, quarantined: 0 });
    points = await lives.next();
    await points.delete(poison - 1);
    await lived(points, undefined);
    expect(points.status().fields['a']).toMatchObject({ points: 38, indexed: 38, quarantined: 0 });
    await lives.end();
  }),
);
