/*
 * The operations of one call that is committed as a whole, in their order: each finds what those before it leave. An upsert
 * with a mode or a condition is a plan of one operation.
 */
import type { Rejection, WriteReceipt } from '../../api/writing.js';
import { atMost } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { IDS_MAX, PATCHED_BYTES_MAX, WRITE_BYTES_MAX, WRITE_POINTS_MAX } from '../../base/limits.js';
import type { Draft, Written } from '../live-index.js';
import type { CheckedFilter } from '../read/filters.js';
import { type Decided, type Deciders, decide, type Step } from './decide.js';
import { bytesOf } from './points.js';
import type { Work } from './queue.js';
import { receiptOf, sumOf } from './receipt.js';
import type { SoFar } from './so-far.js';

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

/** Counts what the operations of a call write: limits are of all of them together. */
class Totals {
  #points = 0;
  #named = 0;
  #bytes = 0;
  #rewritten = 0;

  /** @throws ValidationError LIMIT_EXCEEDED */
  add(draft: Draft): void {
    const instead =
      'What is committed together is limited: make several batches, or use the calls themselves';
    const { rewritten = 0 } = draft;
    if (draft.kind === 'put') this.#points += draft.count;
    else this.#named += draft.count;
    this.#bytes += bytesOf(draft) - rewritten;
    this.#rewritten += rewritten;
    atMost('points written by a batch', this.#points, WRITE_POINTS_MAX, instead);
    atMost('points deleted and changed by a batch', this.#named, IDS_MAX, instead);
    atMost('bytes of a batch', this.#bytes, WRITE_BYTES_MAX, instead);
    atMost('bytes of payloads changed by a batch', this.#rewritten, PATCHED_BYTES_MAX, instead);
  }
}

export class Plan {
  readonly #steps: readonly Step[];
  readonly #deciders: Deciders;
  /** Whether errors and rejections say which operation they are of. */
  readonly #numbered: boolean;
  #decided: readonly Decided[];

  /** @throws ValidationError LIMIT_EXCEEDED where what is known by now is too much together */
  constructor(steps: readonly Step[], deciders: Deciders, numbered: boolean) {
    this.#steps = steps;
    this.#deciders = deciders;
    this.#numbered = numbered;
    this.#decided = steps.map(asFarAsKnown);
    const totals = new Totals();
    for (const [i, { draft }] of this.#decided.entries()) this.#of(i, () => totals.add(draft));
  }

  #of<T>(number: number, work: () => T): T {
    return this.#numbered ? atOperation(number, work) : work();
  }

  /** Points that it may write. */
  get points(): number {
    return this.#decided.reduce((sum, { draft }) => sum + (draft.kind === 'put' ? draft.count : 0), 0);
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
        one = await decide(step, soFar, this.#deciders);
      } catch (error) {
        throw this.#numbered ? named(error, i) : error;
      }
      this.#of(i, () => totals.add(one.draft));
      if (one.draft.count > 0) soFar.note([one.draft]);
      all.push(one);
    }
    this.#deciders.signal?.throwIfAborted();
    this.#decided = all;
    return draftsOf(all);
  }

  /** `written`: what became of the drafts; `seq` where there were none. */
  receipt(written: readonly Written[], seq: number): WriteReceipt {
    let at = 0;
    const receipts = this.#decided.map(({ draft, rejected }, operation): WriteReceipt => {
      const receipt = draft.count > 0 ? receiptOf(draft, written[at++]!, rejected) : nothing(seq, rejected);
      if (!this.#numbered) return receipt;
      return { ...receipt, rejected: receipt.rejected.map((one) => ({ operation, ...one })) };
    });
    return sumOf(receipts, seq);
  }
}

function nothing(seq: number, rejected: readonly Rejection[]): WriteReceipt {
  return { seq, inserted: 0, replaced: 0, deleted: 0, updated: 0, rejected };
}

function draftsOf(decided: readonly Decided[]): Draft[] {
  return decided.map(({ draft }) => draft).filter(({ count }) => count > 0);
}

function asFarAsKnown(step: Step): Decided {
  if (step.kind === 'put') return step.checked;
  return step.kind === 'known' ? step : { draft: step.draftOf([], []), rejected: [] };
}
