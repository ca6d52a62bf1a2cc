/*
 * Which effort (effort.ts) finds how much in one graph: learned from queries whose exact answers are known.
 *
 * Queries of three kinds are kept apart: stored rows, asked as if they were not stored; queries that were asked; and the
 * newest of these, which are measured together. A target counts as reached where the kind that finds least reaches it; once
 * many queries were asked, these decide (asked.ts). So queries unlike the rows, queries of several kinds, and queries that have changed,
 * cost effort rather than recall, as soon as they were measured. What is not known promises nothing.
 */
import { decides, forgiven, promisedBy } from './asked.js';
import { EFFORTS } from './effort.js';
import {
  effortReaching,
  LEVELS,
  type Level,
  QUERIES_MIN,
  type Recalls,
  RecallTable,
  valueAt,
} from './recall-table.js';

export const KINDS = ['rows', 'asked', 'lately'] as const;
export type Kind = (typeof KINDS)[number];

/** Queries that count at most. */
const COUNTED: Readonly<Record<Kind, number>> = { rows: Infinity, asked: 512, lately: 64 };

/** How a target is reached; `recall` is what can be promised, by so many queries. */
export interface Reached {
  readonly effort: number;
  readonly recall: number;
  readonly queries: number;
}

/** 'unknown': too little was learned. 'beyond': no effort that was measured finds so much. */
export type Unreached = 'unknown' | 'beyond';

/** By effort; and the most that was found. */
interface Promised {
  readonly promised: readonly number[];
  readonly most: number;
}

/** Names what efforts and numbers mean: what was learned by others is not believed. */
const MEANING = `bound 2, newest, each narrow beam: ${EFFORTS.join(' ')}; k: ${LEVELS.join(' ')}`;

/** As it is kept in a snapshot. */
export interface StoredCalibration {
  readonly meaning: string;
  readonly seq: number;
  readonly at: number;
  readonly growth: number;
  readonly kinds: Readonly<Record<Kind, readonly Level[]>>;
}

export class Calibration {
  /** Sequence number and time (milliseconds since 1970) at which it was learned. */
  readonly seq: number;
  readonly at: number;
  /** By which it was measured: see growth.ts. */
  readonly growth: number;
  readonly #tables: Readonly<Record<Kind, RecallTable>>;

  constructor(seq: number, at: number, growth: number, tables: Readonly<Record<Kind, RecallTable>>) {
    this.seq = seq;
    this.at = at;
    this.growth = growth;
    this.#tables = tables;
  }

  static empty(seq: number, at: number, growth: number): Calibration {
    return new Calibration(seq, at, growth, {
      rows: new RecallTable(),
      asked: new RecallTable(),
      lately: new RecallTable(),
    });
  }

  copy(): Calibration {
    const { rows, asked, lately } = this.#tables;
    return new Calibration(this.seq, this.at, this.growth, {
      rows: rows.copy(),
      asked: asked.copy(),
      lately: lately.copy(),
    });
  }

  /** A query was measured. */
  add(kind: Kind, recalls: Recalls): void {
    this.#tables[kind].add(recalls, COUNTED[kind]);
  }

  /** The newest queries were measured: those that were the newest before no longer count. */
  renewLately(newest: RecallTable): void {
    this.#tables.lately.renew(newest, COUNTED.lately);
  }

  /** How many queries of a kind count at the level that most are measured at. */
  count(kind: Kind): number {
    return Math.max(...LEVELS.map((_, level) => this.#tables[kind].count(level)));
  }

  /** How to find `target` of the `k` nearest, by these kinds at least. */
  reach(target: number, k: number, needed: readonly Kind[] = ['rows']): Reached | Unreached {
    const isKnown = (level: number): boolean =>
      needed.every((kind) => this.#tables[kind].count(level) >= QUERIES_MIN);
    let above = LEVELS.findIndex((level) => level >= k);
    if (above < 0) above = LEVELS.length - 1;
    const next = above;
    // Less effort is needed for more rows: where a level was not measured, the one below stands for it.
    while (above > 0 && !isKnown(above)) above--;
    const exactly = above < next || LEVELS[above]! <= k;
    let below = exactly ? above : above - 1;
    while (below > 0 && !isKnown(below)) below--;
    if (!isKnown(below) || !isKnown(above)) return 'unknown';
    const low = this.#at(target, below);
    const high = this.#at(target, above);
    if (typeof low === 'string') return low;
    if (typeof high === 'string') return high;
    const share = exactly ? 0 : Math.log(k / LEVELS[below]!) / Math.log(LEVELS[above]! / LEVELS[below]!);
    // Where the narrowest beam finds enough, a narrower one might have: nothing lies between that and the other level.
    const alike = low.effort > EFFORTS[0]! && high.effort > EFFORTS[0]!;
    return {
      effort: alike ? low.effort + share * (high.effort - low.effort) : Math.max(low.effort, high.effort),
      recall: low.recall + share * (high.recall - low.recall),
      queries: Math.min(low.queries, high.queries),
    };
  }

  /** The same at a level. */
  #at(target: number, level: number): Reached | Unreached {
    const promises = this.#promisesAt(target, level);
    let effort = EFFORTS[0]!;
    for (const { promised, most } of promises) {
      const own = effortReaching(target, promised);
      if (own === undefined) return most < target ? 'beyond' : 'unknown';
      effort = Math.max(effort, own);
    }
    const recall = Math.min(...promises.map(({ promised }) => valueAt(effort, promised)));
    const known = this.#known(level);
    return { effort, recall, queries: Math.round(known.reduce((sum, table) => sum + table.count(level), 0)) };
  }

  /** Kinds are passed over of which there are too few. */
  #known(level: number): RecallTable[] {
    return KINDS.map((kind) => this.#tables[kind]).filter((table) => table.count(level) >= QUERIES_MIN);
  }

  /** What is promised at a level, by each kind, or by all queries that were asked. */
  #promisesAt(target: number, level: number): Promised[] {
    const { rows, asked, lately } = this.#tables;
    const mostOf = (table: RecallTable): number => table.means(level).at(-1)!;
    const known = this.#known(level);
    if (!decides(asked, level))
      return known.map((table) => ({ promised: table.promised(level), most: mostOf(table) }));
    const queries = { promised: promisedBy(asked, lately, level), most: mostOf(asked) };
    if (!known.includes(rows)) return [queries];
    return [queries, { promised: forgiven(rows.promised(level), target), most: mostOf(rows) }];
  }

  toJSON(): StoredCalibration {
    const { seq, at, growth } = this;
    const { rows, asked, lately } = this.#tables;
    const kinds = { rows: rows.toJSON(), asked: asked.toJSON(), lately: lately.toJSON() };
    return { meaning: MEANING, seq, at, growth, kinds };
  }

  /** Of what a snapshot holds; undefined where that is nothing that this release can use. */
  static from(stored: unknown): Calibration | undefined {
    const { meaning, seq, at, growth, kinds } = (stored ?? {}) as Partial<StoredCalibration>;
    if (meaning !== MEANING || typeof seq !== 'number' || typeof at !== 'number' || !kinds) return undefined;
    if (typeof growth !== 'number' || !(growth > 0)) return undefined;
    const { rows, asked, lately } = kinds;
    if (![rows, asked, lately].every(isTable)) return undefined;
    const [own, theirs, last] = [rows, asked, lately].map((levels) => new RecallTable(levels));
    return new Calibration(seq, at, growth, { rows: own!, asked: theirs!, lately: last! });
  }
}

function isTable(levels: unknown): boolean {
  const isSums = (sums: unknown, most: number): boolean =>
    Array.isArray(sums) &&
    sums.length === EFFORTS.length &&
    sums.every((sum) => sum >= 0 && sum <= most + 0.001);
  const isLevel = (level: Partial<Level> | null): boolean =>
    typeof level?.count === 'number' &&
    level.count >= 0 &&
    isSums(level.sums, level.count) &&
    isSums(level.squares, level.count);
  return Array.isArray(levels) && levels.length === LEVELS.length && levels.every(isLevel);
}
