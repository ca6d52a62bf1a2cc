/*
 * Filters of a collection: which rows match, decided by payload indexes as far as they go and by payloads beyond,
 * and remembered for the next search with the same filter.
 *
 * Selections speak of slots: one holds until these are given anew (compaction) or an index comes or goes. Of rows whose
 * payloads were patched since, it is found out again whether they match. What is asked for and used in one turn of the event loop belongs to the rows of that turn.
 */
import type { Cardinality } from '../../api/reading.js';
import { atMost } from '../../base/checks.js';
import { keyOfText } from '../../base/ids.js';
import { FILTER_BYTES_MAX } from '../../base/limits.js';
import { randomFrom } from '../../base/random.js';
import { type Aspect, aspectsOf } from '../../filter/aspects.js';
import { hasBit } from '../../filter/bits.js';
import type { Condition } from '../../filter/condition.js';
import { compile, type Matcher } from '../../filter/evaluate.js';
import { type FilterKey, keyOf } from '../../filter/key.js';
import { parseFilter, type VectorField } from '../../filter/parse.js';
import type { PayloadIndexes } from '../../filter/payload-indexes.js';
import { type FilterPlan, planFilter, READ_MAX } from '../../filter/plan.js';
import { boundsOf } from '../../filter/resolve.js';
import { Selection } from '../../filter/selection.js';
import type { Admitted } from '../../hnsw/admitted.js';
import type { LiveIndex } from '../live-index.js';
import { SLICE_MS } from '../slices.js';
import { keyTextAt } from '../stored-rows.js';
import { KeysInOrder } from './in-order.js';

/** A checked filter, and what tells it from others. */
export interface CheckedFilter {
  readonly condition: Condition;
  readonly key: FilterKey;
}

/** What the rows are wanted for. `exact`: it must be known of all whether they match. */
interface Goal {
  readonly k: number;
  readonly ef: number;
  readonly exact: boolean;
}

/** A filter for the rows of one turn. */
export interface ResolvedFilter {
  /** Slots with a bit alone, where it is known of all whether they match. */
  readonly admitted: Admitted;
  /** How many match, where that is an estimate. */
  readonly cardinality: Cardinality | undefined;
  /** Paths whose indexes served. */
  readonly used: ReadonlySet<string>;
  /** What is known of it, and how many payloads were read for that so far. */
  readonly selection: Selection;
  /** How often payloads had been patched by then, and what of them it looks at. */
  readonly changes: number;
  readonly aspects: ReadonlySet<Aspect>;
}

/** What a scroll knows of a filter. */
export interface Known {
  readonly keys: readonly string[] | null;
  readonly mayMatch: (row: number) => boolean;
}

/** Bytes that remembered filters may take, with their keys, conditions and selections, and how many there may be. */
const CACHE_BYTES = 1 << 26;
const CACHE_MAX = 256;
/** Payloads read to learn how many rows match. */
const SAMPLE = 128;

/** `fields`: those with vectors. @throws ValidationError INVALID_FILTER */
export function checkFilter(
  filter: unknown,
  fields: readonly VectorField[],
  place = 'filter',
): CheckedFilter {
  const condition = parseFilter(filter, place, fields);
  const key = keyOf(condition);
  atMost(`bytes of a ${place}, about`, key.bytes, FILTER_BYTES_MAX, 'Shorten its lists of values');
  return { condition, key };
}

interface Remembered {
  readonly selection: Selection;
  /** Whether a slot matches. Of slots that were given anew, none does: who still asks begins again. */
  readonly ask: (slot: number) => boolean;
  readonly used: Set<string>;
  /** For scrolls. */
  keys: KeysInOrder;
  /** What the filter itself takes, without its selection. */
  readonly bytes: number;
  /** Which payload indexes it was resolved by. */
  readonly of: PayloadIndexes;
  readonly version: number;
  /** How often rows had been mended by then: those are not taken out any more. */
  readonly mendings: number;
  /** Up to which version of what is known to be unreadable it is taken out. */
  excluded: number;
  /** How many patches of payloads it knows of, and what of them it looks at. */
  changes: number;
  readonly aspects: ReadonlySet<Aspect>;
}

export class Filters {
  readonly #live: LiveIndex;
  readonly #ending: AbortSignal;
  readonly #remembered = new Map<string, Remembered>();
  /** What calls under way use: they keep it, however many others come meanwhile. */
  readonly #inUse = new WeakMap<CheckedFilter, Remembered>();
  /** As they were looked up last; they hold as long as the slots do. */
  #unreadable: { version: number; of: PayloadIndexes | undefined; slots: readonly number[] } = {
    version: 0,
    of: undefined,
    slots: [],
  };
  readonly #random = randomFrom(1);

  constructor(live: LiveIndex, ending: AbortSignal) {
    this.#live = live;
    this.#ending = ending;
  }

  /** Tells whether points match, by their payloads, the keys of their ids, and which vectors they have. */
  matcher({ condition }: CheckedFilter): Matcher {
    return compile(condition);
  }

  #fresh(filter: CheckedFilter): Remembered {
    const live = this.#live;
    const matches = this.matcher(filter);
    let row = 0;
    const has = (field: number): boolean => live.stored.hasField(row, field);
    const selection = new Selection((slot) => {
      row = live.rows.rowAt(slot);
      const point = live.stored.point(row);
      return point !== undefined && matches(point.payload, keyTextAt(point.head), has);
    });
    const { payloadIndexes: of } = live;
    const ask = (slot: number): boolean => live.payloadIndexes === of && selection.admits(slot);
    const { version } = of;
    const { mendings } = live.stored;
    const { bytes } = filter.key;
    return {
      selection,
      ask,
      used: new Set(),
      keys: new KeysInOrder(),
      bytes,
      of,
      version,
      mendings,
      excluded: 0,
      changes: live.payloadChanges.count,
      aspects: aspectsOf(filter.condition),
    };
  }

  /** Whether what is known speaks of the slots and the indexes of now; and of the payloads, as far as they are known. */
  #holds({ of, version, mendings, changes, aspects }: Remembered): boolean {
    const { payloadIndexes, stored, payloadChanges } = this.#live;
    const same = of === payloadIndexes && version === payloadIndexes.version && mendings === stored.mendings;
    return same && payloadChanges.remembers(changes, aspects);
  }

  /** What is known of a filter, for the rows that there are now. */
  #now(filter: CheckedFilter): Remembered {
    const { text } = filter.key;
    const known = this.#inUse.get(filter) ?? this.#remembered.get(text);
    const holds = known !== undefined && this.#holds(known);
    const found = holds ? known : this.#fresh(filter);
    this.#inUse.set(filter, found);
    this.#remembered.delete(text); // the one asked for last goes to the end
    this.#remembered.set(text, found);
    const patched = this.#takePatches(found);
    const extended = this.#extend(filter, found);
    this.#exclude(found, extended || patched);
    if (!holds || extended || patched) this.#forgetOld();
    return found;
  }

  #takePatches(found: Remembered): boolean {
    const { payloadChanges } = this.#live;
    const slots = payloadChanges.since(found.changes, found.aspects)!;
    found.changes = payloadChanges.count;
    if (slots.length === 0) return false;
    if (found.selection.undecide(slots)) found.keys = new KeysInOrder();
    return true;
  }

  /**
   * Whether the same rows match as when a filter was resolved, of those that were there then: by the payloads that were
   * patched since.
   */
  isAsBefore(filter: CheckedFilter, { admitted, changes, aspects }: ResolvedFilter): boolean {
    const slots = this.#live.payloadChanges.since(changes, aspects);
    if (slots?.length === 0) return true;
    if (!slots || admitted.kind !== 'bits') return false;
    const { bits } = admitted;
    const { selection } = this.#now(filter);
    return slots.every((slot) => slot >= 32 * bits.length || selection.admits(slot) === hasBit(bits, slot));
  }

  /** Tells, in this turn, whether rows match, by their slots. */
  asker(filter: CheckedFilter): (slot: number) => boolean {
    const { selection } = this.#now(filter);
    return (slot) => selection.admits(slot);
  }

  /** Takes out the rows that are known to be unreadable: all where rows came since, whose indexes know nothing of that. */
  #exclude(found: Remembered, extended: boolean): void {
    const { version } = this.#live.stored;
    if (found.excluded === version && !extended) return;
    found.selection.exclude(this.#unreadableSlots());
    found.excluded = version;
  }

  /** Slots of rows that are known to be unreadable; some may be deleted since. Looked up when more are known. */
  #unreadableSlots(): readonly number[] {
    const { stored, payloadIndexes: of } = this.#live;
    const { version } = stored;
    if (this.#unreadable.version !== version || this.#unreadable.of !== of) {
      const slots = Array.from(stored.withoutPayload, (row) => this.#live.rows.slotOf(row));
      this.#unreadable = { version, of, slots: slots.filter((slot) => slot !== undefined) };
    }
    return this.#unreadable.slots;
  }

  /** Takes up the rows that came since; false where there were none. */
  #extend({ condition }: CheckedFilter, { selection, used }: Remembered): boolean {
    const live = this.#live;
    const rows = live.rows.slots;
    if (selection.rows === rows) return false;
    const bounds = boundsOf(condition, {
      rows,
      mark(path, test, words) {
        const marked = live.payloadIndexes.mark(path, test, words, rows);
        if (marked.upTo > 0) used.add(path);
        return marked;
      },
      slotOf(key) {
        const row = live.store.rowOf(live.collection, keyOfText(key));
        return row === 0 ? undefined : live.rows.slotOf(row);
      },
      present: (field) => live.dense.find(({ spec }) => spec.number === field)?.places.present(rows),
    });
    selection.extend(bounds, rows);
    return true;
  }

  /** Bytes that all that is remembered takes, about. */
  get bytes(): number {
    let bytes = 0;
    for (const one of this.#remembered.values()) bytes += bytesOf(one);
    return bytes;
  }

  /** Lets go of what no longer holds, then of what was asked for longest ago, until the rest is small enough. */
  #forgetOld(): void {
    for (const [key, one] of this.#remembered) if (!this.#holds(one)) this.#remembered.delete(key);
    let { bytes } = this;
    for (const [key, one] of this.#remembered) {
      if (bytes <= CACHE_BYTES && this.#remembered.size <= CACHE_MAX) return;
      this.#remembered.delete(key);
      bytes -= bytesOf(one);
    }
  }

  /**
   * For a scroll of several turns: of which rows it is known now, without reading a payload, that they cannot match; and
   * the keys of the others, in order, unless they are many. Of rows in slots given anew, and of later ones, nothing is known.
   * Undefined where more keys are to be read when `isOver`: it is called again then.
   */
  known(filter: CheckedFilter, isOver: () => boolean): Known | undefined {
    const live = this.#live;
    const { selection, keys, of } = this.#now(filter);
    const { possible, rows } = selection;
    const mayMatch = (row: number): boolean => {
      const slot = live.payloadIndexes === of ? live.rows.slotOf(row) : undefined;
      return slot === undefined || slot >= rows || hasBit(possible, slot);
    };
    const all = keys.of(live, selection, isOver);
    return all === undefined ? undefined : { keys: all, mayMatch };
  }

  #plan(selection: Selection, goal: Goal): { plan: FilterPlan; cardinality?: Cardinality } {
    if (!selection.open) return { plan: { kind: 'decided' } };
    const live = this.#live;
    const sure = live.rows.countLive(selection.sure);
    const undecided = live.rows.countLive(selection.possible) - sure;
    if (undecided === 0) selection.settle();
    if (undecided > READ_MAX && !goal.exact && selection.sampled < SAMPLE) this.#sample(selection);
    const cardinality = selection.cardinality(sure, undecided);
    const { k, ef, exact } = goal;
    const plan = planFilter({ ...cardinality, live: live.rows.count, undecided, k, ef, exact });
    return { plan, cardinality };
  }

  /** Asks about undecided rows from all over the collection. */
  #sample(selection: Selection): void {
    const { slots } = this.#live.rows;
    for (let tries = 0; selection.sampled < SAMPLE && tries < 100 * SAMPLE; tries++) {
      const slot = Math.floor(this.#random() * slots);
      if (selection.isOpen(slot) && this.#live.rows.isLiveAt(slot)) selection.sample(slot);
    }
  }

  /** Reads payloads, in batches, until what `resolve` leaves to be read is little. */
  async settle(filter: CheckedFilter, goal: Goal, signal?: AbortSignal): Promise<void> {
    const { time } = this.#live.platform;
    for (;;) {
      const { selection } = this.#now(filter);
      if (this.#plan(selection, goal).plan.kind !== 'read') return;
      const until = time.now() + SLICE_MS;
      for (const slot of selection.undecided()) {
        selection.admits(slot);
        if (time.now() > until) break;
      }
      if (selection.decided) return;
      await time.breathe();
      signal?.throwIfAborted();
      this.#ending.throwIfAborted();
    }
  }

  /**
   * Which rows match, now: to be used in the same turn. Undefined where payloads must be read first, in `settle`;
   * with `atOnce`, they are read here.
   */
  resolve(filter: CheckedFilter, goal: Goal, atOnce = false): ResolvedFilter | undefined {
    const { selection, used, ask, changes, aspects } = this.#now(filter);
    let { plan, cardinality } = this.#plan(selection, goal);
    if (plan.kind === 'read') {
      if (!atOnce) return undefined;
      selection.decideAll();
      ({ plan, cardinality } = this.#plan(selection, goal));
    }
    return { admitted: admittedBy(selection, plan, ask), cardinality, used, selection, changes, aspects };
  }
}

/** With its selection and keys. */
function bytesOf({ bytes, selection, keys }: Remembered): number {
  return bytes + selection.bytes + keys.bytes;
}

function admittedBy(
  { sure, possible }: Selection,
  plan: FilterPlan,
  ask: (slot: number) => boolean,
): Admitted {
  if (plan.kind === 'ask') return { kind: 'asked', bits: possible, ask, ef: plan.ef };
  if (plan.kind === 'afterwards') return { kind: 'asked', bits: possible, ask, take: plan.take };
  return { kind: 'bits', bits: sure };
}
