/*
 * Turns of the event loop: long work in short slices, and calls that would let nobody else in.
 *
 * A turn of the event loop is given to one kind of work at a time: to calls that wait to be answered, or to work that goes
 * on in slices. Where both wait, they take turns. Those of a kind go on in the order in which they came, one after
 * the other or a few together, as long as the turn lasts; the first of them always does. So no turn is longer than its
 * time and the last pieces of it, however many wait, and whoever waits comes nearer with each turn.
 */
import { Queue } from '../base/queue.js';

/** Milliseconds that calls or slices may take at a time, before others have their turn. */
const TURN_MS = 3;
/**
 * How many of a kind go on together: where those before took less than `littleMs`, twice as many, up to `most`. A tick for
 * each would cost more than it does.
 */
export interface Kind {
  readonly littleMs: number;
  readonly most: number;
}
/** What a call takes is not known before it is answered, here or elsewhere. */
const CALL: Kind = { littleMs: 0.02, most: 4 };
/**
 * Answered here and at once, in some microseconds. Whoever waits for a turn goes on in one go, as long as that is so: who
 * then calls again finds nobody waiting, and needs no turn until the present one is over.
 */
export const LOOKUP: Kind = { littleMs: 0.1, most: 64 };

interface Waiting {
  readonly kind: Kind;
  readonly go: () => void;
}

export abstract class Turns {
  readonly #calls = new Queue<Waiting>();
  readonly #slices = new Queue<Waiting>();
  /** What is ready, piece by piece: see `goOn`. */
  readonly #ready = new Queue<() => boolean>();
  /** Whose turn it is, or was last. */
  #present = this.#calls;
  /** When the present turn began to be used; 0 before. */
  #turnBegan = 0;
  /** How many go on together, of which kind, and when the last of them did. */
  #together = 1;
  #kind = CALL;
  #released = 0;
  /** How many may still go on in the present turn: of slices, those that waited when it began. */
  #left = 0;
  /** Whether the next turn is coming: else nobody waits, and none has begun. */
  #coming = false;

  /** Milliseconds since some moment. */
  abstract now(): number;
  /** Calls `run` in the next turn, behind the events that wait now. */
  abstract nextTurn(run: () => void): void;
  /** Calls `run` in this turn, when no promise has anything to do any more. */
  abstract behindPromises(run: () => void): void;

  readonly #begin = (): void => {
    const [next, other] =
      this.#present === this.#calls ? [this.#slices, this.#calls] : [this.#calls, this.#slices];
    this.#present = next.size > 0 ? next : other;
    this.#left = this.#present === this.#slices ? this.#slices.size : Infinity;
    this.#coming = this.#present.size > 0 || this.#ready.size > 0;
    this.#turnBegan = this.#coming ? this.now() : 0;
    if (!this.#coming) return;
    this.nextTurn(this.#begin);
    this.#together = 1;
    this.#goOn();
    if (this.#present.size > 0) this.#release(this.#turnBegan);
  };

  /** One goes on; then the next, while the turn lasts. Some of a kind together where one takes next to no time. */
  #release(time: number): void {
    this.#released = time;
    const waiting = this.#present;
    const { kind } = waiting.first!;
    if (kind !== this.#kind) this.#together = 1;
    this.#kind = kind;
    let count = Math.min(this.#together, this.#left);
    for (; count > 0 && waiting.first?.kind === kind; count--, this.#left--) waiting.shift()!.go();
    this.behindPromises(this.#releaseNext); // all that those before have set off is done by then
  }

  readonly #releaseNext = (): void => {
    if (this.#present.size === 0 || this.#left === 0) return;
    const time = this.now();
    if (time - this.#turnBegan > TURN_MS) return;
    const { littleMs, most } = this.#kind;
    this.#together = time - this.#released < littleMs ? Math.min(2 * this.#together, most) : 1;
    this.#release(time);
  };

  /** The event loop goes around, and then there is another turn. */
  #expectNext(): void {
    if (this.#coming) return;
    this.#coming = true;
    this.nextTurn(this.#begin);
  }

  /** Lets pending events be handled, and others that wait: it goes on in another turn, however short the present one is. */
  breathe(): Promise<void> {
    this.#expectNext();
    return new Promise((go) => this.#slices.push({ kind: CALL, go }));
  }

  /**
   * For calls that answer without waiting for anything: a loop of them would never let timers and messages in, and
   * thousands made at once would go on in one turn. Undefined where nobody waits and the turn lasts; else a promise.
   */
  takeTurn(kind: Kind = CALL): Promise<void> | undefined {
    if (this.#calls.size === 0) {
      const time = this.now();
      if (this.#turnBegan === 0) {
        this.#turnBegan = time;
        this.#expectNext();
        return undefined;
      }
      if (time - this.#turnBegan <= TURN_MS) return undefined;
    }
    this.#expectNext();
    return new Promise((go) => this.#calls.push({ kind, go }));
  }

  /** Other threads have time for `count` calls: of those that wait, so many go on now, whoseever turn it is. */
  letGo(count: number): void {
    for (let left = Math.min(count, this.#calls.size); left > 0; left--) this.#calls.shift()!.go();
  }

  /**
   * For what messages tell to be ready: those of a busy thread come as fast as they are handled, all within one turn of the
   * event loop, which would not end. Calls `piece` until it returns false, as long as the turn lasts, and goes on in the
   * next one, beside those that wait. Between two pieces all is done that the one before has set off.
   */
  goOn(piece: () => boolean): void {
    if (this.#turnBegan === 0) this.#turnBegan = this.now();
    this.#expectNext();
    this.#ready.push(piece);
    if (this.#ready.size === 1) this.#goOn();
  }

  readonly #goOn = (): void => {
    const piece = this.#ready.first;
    if (!piece || this.now() - this.#turnBegan > TURN_MS) return;
    if (!piece()) this.#ready.shift();
    this.behindPromises(this.#goOn);
  };

  /**
   * Goes through small steps, as many in a turn as it lasts; resolves to what they return. `before`: what the next step waits for, by
   * what the last one has yielded.
   */
  async inTurns<S, T>(steps: Iterator<S, T>, before?: (step: S) => Promise<void> | undefined): Promise<T> {
    let until = this.now() + TURN_MS;
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      const awaited = before?.(step.value);
      if (awaited) await awaited;
      if (this.now() < until) continue;
      await this.breathe();
      until = this.now() + TURN_MS;
    }
  }

  /** What an iterable yields, `size` at a time, with a breath after each slice. */
  async *inSlices<T>(items: Iterable<T>, size: number): AsyncGenerator<T[]> {
    let slice: T[] = [];
    for (const item of items) {
      slice.push(item);
      if (slice.length < size) continue;
      yield slice;
      slice = [];
      await this.breathe();
    }
    if (slice.length > 0) yield slice;
  }
}
