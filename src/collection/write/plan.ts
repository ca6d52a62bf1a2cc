/*
 * The operations of one call that is committed as a whole, in their order: each finds what those before it leave. An upsert
 * with a mode or a condition is a plan of one operation.
 */
import type { Rejection, WriteReceipt } from '../../api/writing.js';
import { ValidationError } from '../../base/errors.js';
import type { Draft, Written } from '../live-index.js';
import type { CheckedFilter } from '../read/filters.js';
import { asFarAsKnown, type Decided, type Deciders, decide, type Step } from './decide.js';
import { changedBy, vectorsIn } from './points.js';
import type { Work } from './queue.js';
import { receiptOf, sumOf } from './receipt.js';
import type { SoFar } from './so-far.js';
import { Totals } from './totals.js';

/** Runs `work` for an operation of a batch: errors say which it is. */
export function atOperation<T>(number: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw named(error, number);
  }
}

function named(error: unknown, number: number): unknown {
  if (!(error instanceof ValidationError)) return error;
  return new ValidationError(error.code, `operation ${number}: ${error.message}`);
}

export class Plan {
  readonly #steps: readonly Step[];
  readonly #deciders: Deciders;
  /** Whether errors and rejections say which operation they are of. */
  readonly #numbered: boolean;
  #decided: readonly Decided[];

  constructor(steps: readonly Step[], deciders: Deciders, numbered: boolean) {
    this.#steps = steps;
    this.#deciders = deciders;
    this.#numbered = numbered;
    this.#decided = steps.map(asFarAsKnown);
  }

  /** Points that it may write. */
  get points(): number {
    return this.#decided.reduce((sum, { draft }) => sum + vectorsIn(draft), 0);
  }

  /** Points that it may change where they are, as far as they are known. */
  get changed(): number {
    return this.#decided.reduce((sum, { draft }) => sum + changedBy(draft), 0);
  }

  /** What it looks for. */
  get filters(): readonly CheckedFilter[] {
    return this.#steps.flatMap((step) => (step.kind === 'matching' ? [step.filter] : []));
  }

  get work(): Work {
    const open = this.#steps.some(({ kind }) => kind !== 'known');
    const drafts = draftsOf(this.#decided);
    return open ? { drafts, decide: (soFar) => this.#decide(soFar) } : { drafts };
  }

  async #decide(soFar: SoFar): Promise<readonly Draft[]> {
    const all: Decided[] = [];
    const totals = new Totals();
    for (const [i, step] of this.#steps.entries()) {
      let one: Decided;
      try {
        this.#deciders.signal?.throwIfAborted();
        one = await foreseen(await decide(step, soFar, this.#deciders), soFar);
        totals.add(one.draft);
      } catch (error) {
        throw this.#numbered ? named(error, i) : error;
      }
      all.push(one);
    }
    this.#deciders.signal?.throwIfAborted();
    this.#decided = all;
    return draftsOf(all);
  }

  /** `written`: what became of the drafts; `seq`: how far the collection has come, where there were none. */
  receipt(written: readonly Written[], seq: number): WriteReceipt {
    let at = 0;
    const receipts = this.#decided.map(({ draft, rejected, updates }, operation): WriteReceipt => {
      const made = draft.count > 0 ? receiptOf(draft, written[at++]!, rejected) : nothing(seq, rejected);
      const receipt = updates ? { ...made, replaced: 0, updated: made.replaced } : made;
      if (!this.#numbered) return receipt;
      return { ...receipt, rejected: receipt.rejected.map((one) => ({ operation, ...one })) };
    });
    return sumOf(receipts, written.at(-1)?.seq ?? seq);
  }
}

/**
 * What was decided comes next. How large payloads become is known when they are made: here, since the store could only leave out
 * those that are too much, and a batch is done as a whole.
 *
 * @throws ValidationError LIMIT_EXCEEDED where it would leave out some
 */
async function foreseen(decided: Decided, soFar: SoFar): Promise<Decided> {
  const { draft, rejected } = decided;
  if (draft.count === 0) return decided;
  if (draft.kind !== 'patch') {
    soFar.note([draft]);
    return decided;
  }
  const { refused, bytes } = await soFar.foresee(draft);
  const tooMuch = refused.find(({ code }) => code === 'LIMIT_EXCEEDED');
  if (tooMuch) throw new ValidationError('LIMIT_EXCEEDED', tooMuch.message);
  return { draft: { ...draft, rewritten: bytes }, rejected };
}

function nothing(seq: number, rejected: readonly Rejection[]): WriteReceipt {
  return { seq, inserted: 0, replaced: 0, deleted: 0, updated: 0, rejected };
}

function draftsOf(decided: readonly Decided[]): Draft[] {
  return decided.map(({ draft }) => draft).filter(({ count }) => count > 0);
}
