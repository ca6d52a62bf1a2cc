/*
 * Which state of a store other threads of the process may read: that which the thread that has the store reads itself.
 *
 * Shared state, words: STATE, which counts up, and is odd while nothing may be read; and in ROOT and behind it the number of
 * the page where the table of rows begins. The thread that has the store writes all of them. It hides the state before it
 * ends the reading transaction that keeps LMDB from using the pages of this state again, and shows the next one when it has
 * that one's transaction. Others read STATE, then the root and as many pages as they like, then STATE again: where it is
 * still the same, no page that they have read was used again meanwhile; else what they have read means nothing. They hold no
 * transaction, so nothing waits for them, and they may be ended at any instruction.
 */
const STATE = 0;
const ROOT = 1;
const WORDS = 3;

/** Above every page number: the table has no page. */
const NO_ROOT = 2 ** 64;

/** How long a thread waits that comes while the state changes, which takes microseconds. */
const PATIENCE_MS = 1;

/** On the thread that has the store. */
export class Showing {
  readonly shared: SharedArrayBuffer = new SharedArrayBuffer(4 * WORDS);
  readonly #words = new Int32Array(this.shared).fill(1, STATE, STATE + 1);

  get #isHidden(): boolean {
    return (Atomics.load(this.#words, STATE) & 1) !== 0;
  }

  hide(): void {
    if (!this.#isHidden) Atomics.add(this.#words, STATE, 1);
  }

  /** `root`: number of the page where the table of rows begins. */
  show(root: bigint): void {
    this.hide();
    Atomics.store(this.#words, ROOT, Number(BigInt.asIntN(32, root)));
    Atomics.store(this.#words, ROOT + 1, Number(BigInt.asIntN(32, root >> 32n)));
    Atomics.add(this.#words, STATE, 1);
    Atomics.notify(this.#words, STATE);
  }
}

/** On another thread. */
export class Shown {
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared);
  }

  /** A number for the state at hand; undefined where none is shown. */
  get state(): number | undefined {
    const words = this.#words;
    const state = Atomics.load(words, STATE);
    if ((state & 1) === 0) return state;
    if (Atomics.wait(words, STATE, state, PATIENCE_MS) === 'timed-out') return undefined;
    const next = Atomics.load(words, STATE);
    return (next & 1) === 0 ? next : undefined;
  }

  /** Whether all that was read since `state` said so is of that state. */
  isStill(state: number): boolean {
    return Atomics.load(this.#words, STATE) === state;
  }

  /** Undefined where the table has no rows. */
  get root(): number | undefined {
    const [low, high] = [Atomics.load(this.#words, ROOT) >>> 0, Atomics.load(this.#words, ROOT + 1) >>> 0];
    const root = high * 2 ** 32 + low;
    return root < NO_ROOT ? root : undefined;
  }
}
