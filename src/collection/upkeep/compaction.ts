/*
 * Masked rows still route, and still take memory. When there are many, the live ones are copied into a new index,
 * which is linked beside the old one and takes its place in one step of the write queue. Reads and writes go on
 * meanwhile: rows that come are copied behind the others, rows that are masked are masked in both.
 *
 * It ends however fast writes come: from the second round on the old index is not linked any more, and
 * backpressure counts what is left to copy and link. For the last step writes are held, for a bounded number of rows;
 * where more are left even so, compaction fails, and the old index stays.
 *
 * The new index never holds a row that the old one has not, so that the exchange frees rows or none. Vectors that are changed
 * meanwhile are written to both, and wait to be linked in both: they count as rows that are left.
 */

import type { CompactReport } from '../../api/upkeep.js';
import { SiltError } from '../../base/errors.js';
import { ALONE_ROWS } from '../../base/limits.js';
import { placeAt } from '../../hnsw/slots.js';
import { QUARANTINED, WIDE } from '../../kernel/layout.js';
import type { LiveIndex } from '../live-index.js';
import { closeParts, memoryBytesOf, type Parts } from '../parts.js';
import type { NewRow } from '../replay.js';
import { SLICE_MS } from '../slices.js';
import type { WriteQueue } from '../write/queue.js';

export interface CompactionLimits {
  /** Rounds of copying and linking before writes are held. */
  readonly rounds: number;
  /** Live rows that may be left before that, with which no further round is worth its while. */
  readonly leftRows: number;
  /** Components of the rows that may be left when writes are held: they are copied in half a second, a millisecond or two at a time. */
  readonly heldComponents: number;
}

const LIMITS: CompactionLimits = { rounds: 8, leftRows: 500, heldComponents: 16_000_000 };

/** Rows that are copied and coded between two looks at the clock, and of how many components at most. */
const PIECE_COMPONENTS = 16_384;
const PIECE_ROWS = 256;

/** Lets nothing be linked in the old index until what it returns is called. */
interface Builds {
  hold(): Promise<() => void>;
}

/** What it takes to bring a value into an inverted index, about, as components. */
const INVERTED_COMPONENTS = 256;

/** A row that is copied, and the fields in which it is in quarantine. */
interface Copied extends NewRow {
  readonly number: number;
  readonly expelled: readonly number[];
}

/** What a row has in each field. Undefined where it has nothing else, and that is lost. */
function copyOf(live: LiveIndex, slot: number): Copied | undefined {
  const number = live.rows.rowAt(slot);
  const vectors = new Map<number, Float32Array>();
  const expelled: number[] = [];
  for (const field of live.graphs) {
    const { engine, places } = field.part;
    const at = places.placeOf(slot);
    if (at === undefined || !engine.isLiveAt(at)) continue;
    const vector = field.vectorOf(number);
    if (!vector) {
      live.expel(field, number); // lost: it gets no place in the new index
      continue;
    }
    vectors.set(field.spec.number, vector);
    const { arena, row } = placeAt(engine.arenas, at);
    if ((arena.kernel.stateGet(row) & (QUARANTINED | WIDE)) === QUARANTINED) expelled.push(field.spec.number);
  }
  if (live.stored.plain && vectors.size === 0) return undefined;
  return { number, vector: (field) => vectors.get(field), expelled };
}

/** Copies rows, by their slots, into the new index; those in quarantine stay there. */
function copyRows(live: LiveIndex, next: Parts, slots: readonly number[]): void {
  const rows = slots.map((slot) => copyOf(live, slot)).filter((row) => row !== undefined);
  const numbers = rows.map(({ number }) => number);
  const first = next.slots.count;
  for (const field of next.dense) field.append(first, numbers, rows, (row, number) => row.vector(number));
  for (const number of numbers) next.slots.add(number);
  for (const field of [...next.sparse, ...next.text]) field.takeIn(next.slots, live.stored, () => false);
  for (const [i, { number, expelled }] of rows.entries()) {
    if (next.payloadIndexes.size > 0) next.payloadIndexes.add(first + i, live.stored.point(number)?.payload);
    for (const { spec, engine, places } of next.dense)
      if (expelled.includes(spec.number)) engine.quarantine(places.placeOf(first + i)!);
  }
}

/** The making of one new index. */
export class Compaction {
  readonly #live: LiveIndex;
  readonly #queue: Pick<WriteQueue, 'exclusive'>;
  readonly #signal: AbortSignal;
  readonly #limits: CompactionLimits;
  readonly #next: Parts;
  #catchingUp = false;
  /** It has failed: the new index is gone, or about to. */
  #over = false;
  /** The new index has taken over: it is the collection's, whose fields may go, and nothing is left to be done in it. */
  #taken = false;
  /** Why the new index could not follow a write. */
  #lost: { readonly error: unknown } | undefined;
  /** At which rate rows were linked in the last round that says something; 0 before. */
  rate = 0;

  constructor(
    live: LiveIndex,
    queue: Pick<WriteQueue, 'exclusive'>,
    signal: AbortSignal,
    limits: CompactionLimits = LIMITS,
  ) {
    this.#live = live;
    this.#queue = queue;
    this.#signal = signal;
    this.#limits = limits;
    this.#next = live.newParts();
  }

  /** Of a row, in all fields. */
  get #components(): number {
    const { graphs, inverted } = this.#live;
    const vectors = graphs.reduce((sum, { spec }) => sum + spec.dimension, 0);
    return Math.max(1, vectors + INVERTED_COMPONENTS * inverted.length);
  }

  /** Live rows that the old index has and the new one has not. */
  get #left(): number {
    return this.#live.rows.count - this.#next.slots.live;
  }

  /** Rows of the new index that must still be linked, in the field that has most of them. */
  get #pending(): number {
    return this.#next.dense.reduce((most, { engine }) => Math.max(most, engine.build.pending), 0);
  }

  /** Rows that must still be copied or linked before the new index can take over; 0 in the first round. */
  get behind(): number {
    return this.#catchingUp && !this.#over && !this.#taken ? this.#left + this.#pending : 0;
  }

  /** Whether the new index has rows that were masked since they were copied, or there will be none. */
  get copiedMasked(): boolean {
    const { slots, dense } = this.#taken ? this.#live : this.#next;
    return this.#over || slots.dead > 0 || dense.some(({ engine }) => engine.slots > engine.live);
  }

  /** At which rate the new index is linked; 0 while that is not known. */
  get linkedPerSecond(): number {
    if (this.#over || this.#taken) return this.rate;
    const running = this.#next.dense.find(({ engine }) => engine.build.running);
    if (!running) return this.rate;
    const { linked, linkedPerSecond } = running.engine.build.progress;
    return linked > ALONE_ROWS ? linkedPerSecond : this.rate;
  }

  /**
   * Makes the new index, and puts it in place of the old one. What fails behind that, while the old one is freed,
   * `onLeft` is told of: the collection has its new index.
   *
   * @throws SiltError COMPACTION_BEHIND where writes come faster than rows are copied; the old index stays
   */
  async run(builds: Builds, onLeft: (error: unknown) => void = () => {}): Promise<CompactReport> {
    const { time, faults } = this.#live.platform;
    const began = time.now();
    this.#live.prepareSuccessor(this.#next, (error) => {
      this.#lost = { error };
    });
    let free: (() => void) | undefined;
    let exchanged: Exchanged;
    try {
      if (this.#live.poison) throw this.#live.poison;
      for (let round = 1; ; round++) {
        await this.#copy();
        await this.#link();
        if (Math.max(this.#left, this.#pending) <= this.#limits.leftRows || round === this.#limits.rounds)
          break;
        free ??= await this.#hold(builds);
      }
      free ??= await this.#hold(builds); // a build of the old index goes on with the new one
      exchanged = await this.#exchange();
    } catch (error) {
      await this.#giveUp();
      throw error;
    } finally {
      free?.();
    }
    faults.crash?.('compacted');
    await closeParts(exchanged.old).catch(onLeft);
    const { freedRows, freedBytes, rows } = exchanged;
    return { rows, freedRows, freedBytes, seconds: (time.now() - began) / 1000 };
  }

  async #giveUp(): Promise<void> {
    this.#over = true; // writes and the status ask for the backlog while the index closes
    this.#live.prepareSuccessor(undefined);
    await closeParts(this.#next);
  }

  async #hold(builds: Builds): Promise<() => void> {
    const free = await builds.hold();
    this.#catchingUp = true;
    return free;
  }

  #check(): void {
    this.#signal.throwIfAborted();
    if (this.#lost) throw this.#lost.error;
  }

  /** Copies what is live behind the last row of the new index, in slices. */
  async #copy(): Promise<void> {
    this.#check();
    const { time } = this.#live.platform;
    const piece = Math.min(PIECE_ROWS, Math.ceil(PIECE_COMPONENTS / this.#components));
    let until = time.now() + SLICE_MS;
    let slots: number[] = [];
    const { slots: old } = this.#live;
    for (const slot of old.alive(old.slotBehind(this.#next.slots.lastRow))) {
      slots.push(slot);
      if (slots.length < piece) continue;
      copyRows(this.#live, this.#next, slots);
      slots = [];
      if (time.now() < until) continue;
      await time.breathe();
      this.#check();
      until = time.now() + SLICE_MS;
    }
    copyRows(this.#live, this.#next, slots);
  }

  async #link(): Promise<void> {
    for (const { engine } of this.#next.dense) {
      const { build } = engine;
      const threads = build.pending < ALONE_ROWS ? 1 : this.#live.config.indexing.segmentCount;
      const { linked, linkedPerSecond } = await build.start(threads, { signal: this.#signal });
      if (linked >= ALONE_ROWS) this.rate = linkedPerSecond;
      this.#check();
    }
  }

  /** Copies the last rows while no write is under way, and lets the new index take over in the same turn. */
  #exchange(): Promise<Exchanged> {
    return this.#queue.exclusive(async () => {
      const { heldComponents } = this.#limits;
      const left = this.#left + this.#pending;
      if (left * this.#components > heldComponents) throw new TooFast(left);
      await this.#copy();
      this.#check();
      if (this.#live.poison) throw this.#live.poison;
      const [{ parts }, { slots }] = [this.#live, this.#next];
      const freedRows = parts.slots.count - slots.count;
      const freedBytes = memoryBytesOf(parts) - memoryBytesOf(this.#next);
      const rows = slots.live;
      // The last step: once the new index has taken over, nothing may fail for which it would be given up.
      const old = this.#live.replace();
      this.#taken = true;
      return { rows, freedRows, freedBytes, old };
    });
  }
}

interface Exchanged extends Omit<CompactReport, 'seconds'> {
  readonly old: Parts;
}

class TooFast extends SiltError {
  constructor(left: number) {
    super(
      'COMPACTION_BEHIND',
      `${left} rows were still to be copied or linked at the end of a compaction: writes come faster. It is tried again automatically`,
    );
  }
}
