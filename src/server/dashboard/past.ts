/* How each collection came to where it is: its counts of the last minutes, for a page that is opened late. */
import type { CollectionStatus } from '../../api/upkeep.js';
import type { PastView } from './wire.js';

/** How long a count is kept. */
const KEPT_MS = 10 * 60_000;

type Counts = Pick<CollectionStatus, 'points' | 'indexed'>;

interface Kept {
  readonly at: number[];
  readonly points: number[];
  readonly indexed: number[];
}

const LISTS = ['at', 'points', 'indexed'] as const;

/** Where nothing changes only the first and the last moment of that are kept: a thousand collections at rest take no room. */
function rests({ points, indexed }: Kept, now: Counts): boolean {
  return [-1, -2].every((back) => points.at(back) === now.points && indexed.at(back) === now.indexed);
}

function add(kept: Kept, at: number, now: Counts): void {
  if (rests(kept, now)) kept.at[kept.at.length - 1] = at;
  else {
    kept.at.push(at);
    kept.points.push(now.points);
    kept.indexed.push(now.indexed);
  }
  // The last one before the time that is shown tells where the line comes from, at the border.
  const first = at - KEPT_MS;
  while (kept.at.length > 2 && kept.at[1]! <= first) for (const list of LISTS) kept[list].shift();
  if (kept.at[0]! < first) kept.at[0] = first;
}

export class Past {
  #kept = new Map<string, Kept>();

  /** What all collections count at one moment, in milliseconds since 1970. Collections that are gone are forgotten. */
  take(at: number, counts: Iterable<readonly [name: string, Counts]>): void {
    const next = new Map<string, Kept>();
    for (const [name, now] of counts) {
      const kept = this.#kept.get(name) ?? { at: [], points: [], indexed: [] };
      add(kept, at, now);
      next.set(name, kept);
    }
    this.#kept = next;
  }

  view(): PastView {
    return Object.fromEntries(this.#kept);
  }
}
