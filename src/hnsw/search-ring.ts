/*
 * How searches go to another thread and come back: a shared memory between the calling thread and one searching thread.
 *
 * Shared state, words:
 *   ASKED   how many searches were handed over. The calling thread counts up, by compare-and-exchange; the searching one
 *           puts LEFT there in the same way when it has waited long enough: one of the two is first.
 *   DONE    how many are answered. The searching thread counts up.
 *   READY   set by the searching thread when it can begin.
 *   STOP    set by the calling thread: leave, whatever is asked.
 *   TOLD    set by the searching thread when it tells the calling one to look, unset by that before it looks.
 *   SLEEPS  set by the searching thread before it goes to sleep on ASKED, unset when it is awake: the calling thread, which
 *           looks at it behind ASKED, wakes nobody who is not asleep. For one that goes to sleep behind that, sees ASKED.
 *   PLACES  where search i stands, in word i mod ENTRIES.
 * Behind these is room for the searches, each with the room that its answer needs. The calling thread alone gives it out,
 * and takes it back when it has read the answer; it goes around in the order of the searches. The calling thread writes
 * a search and its place, then ASKED; the searching thread reads ASKED, then place and search, writes the answer, then
 * DONE; the calling thread reads DONE, then the answer. So each word has one writer at each moment.
 */
import { type ArenaJob, entriesMax, JOB_WORDS, type Job, type Outcome, readJob, writeJob } from './job.js';

export const ASKED = 0;
export const DONE = 1;
export const READY = 2;
export const STOP = 3;
export const TOLD = 4;
export const SLEEPS = 5;
const PLACES = 16;

/** In ASKED: nobody looks at it any more. */
export const LEFT = -1;

/** Searches that may stand there until the calling thread takes their answers. */
export const ENTRIES = 32;
const FIRST = PLACES + ENTRIES;

/** Words of a ring: so many at first, and at most. */
export const RING_WORDS: number = 1 << 16;
const RING_WORDS_MAX = 1 << 22;

/** Of a search: where its answer goes, how many jobs it has; then the query, then the jobs. */
const S_ANSWER = 0;
const S_JOBS = 1;
const S_QUERY = 4;
/** Of a job: its fields, then how many rows are apart and how many words of bits there are; then these. */
const J_APART = JOB_WORDS;
const J_BITS = J_APART + 1;
const J_WORDS = J_BITS + 1;
/** Of the answer to a job: outcome, verdict on the query and factors of its errors; then entries. */
const A_NEAR = 0;
const A_MET = 1;
const A_SIZE = 2;
const A_VERDICT = 3;
const A_PER_ROW = 4;
const A_OWN = 5;
const A_WORDS = 8;

export interface AskedJob {
  readonly job: Job;
  readonly apart: Uint32Array;
  readonly bits: Uint32Array;
}

/** Where an answer is written to. */
export interface Room {
  at: number;
}

export interface Answered extends Outcome {
  /** What the kernel says of the query; of one that is not VECTOR_OK there is nothing else. */
  readonly verdict: number;
  /** See Codes.queryErrors. */
  readonly errors: { readonly perRow: number; readonly own: number };
  /** Entries as in a beam or a result list: of the scan, then of the walk; or results. Valid until others are asked. */
  readonly entries: Uint32Array;
}

export class SearchRing {
  readonly shared: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly #floats: Float32Array;
  readonly #unsigned: Uint32Array;
  /** Components of a query, padded with zeros. */
  readonly #padded: number;
  /* Of the calling thread: where the next search goes; searches that have room, the first of them, behind the last. */
  #next = FIRST;
  #first = 0;
  #end = 0;

  /** `shared`: that of the calling thread; or how many words to take. */
  constructor(dimension: number, shared: SharedArrayBuffer | number) {
    this.#padded = Math.ceil(dimension / 4) * 4;
    this.shared = typeof shared === 'number' ? new SharedArrayBuffer(4 * shared) : shared;
    this.words = new Int32Array(this.shared);
    this.#floats = new Float32Array(this.shared);
    this.#unsigned = new Uint32Array(this.shared);
  }

  #searchWords(jobs: readonly ArenaJob[]): { search: number; answer: number } {
    let search = S_QUERY + this.#padded;
    let answer = 0;
    for (const { job, apart, bits } of jobs) {
      search += J_WORDS + apart.length + (bits ? Math.ceil(job.rows / 32) : 0);
      answer += A_WORDS + 2 * entriesMax(job);
    }
    return { search, answer };
  }

  /** How many words a ring should have that has room for some such searches; undefined where that is too many. */
  wordsFor(jobs: readonly ArenaJob[]): number | undefined {
    const { search, answer } = this.#searchWords(jobs);
    const words = 2 ** Math.ceil(Math.log2(4 * (search + answer) + FIRST));
    return words <= RING_WORDS_MAX ? words : undefined;
  }

  /** Room for so many words, -1 where there is none. */
  #roomFor(words: number): number {
    const { length } = this.words;
    if (this.#first === this.#end) this.#next = FIRST;
    else {
      const begin = this.words[PLACES + (this.#first % ENTRIES)]!;
      if (this.#next <= begin) return this.#next + words < begin ? this.#next : -1;
      if (this.#next + words > length) return FIRST + words < begin ? FIRST : -1;
    }
    return this.#next + words <= length ? this.#next : -1;
  }

  /** Writes a search, not to be looked at yet. False where there is no room for it. */
  putAsked(search: number, vector: ArrayLike<number>, jobs: readonly ArenaJob[]): boolean {
    const need = this.#searchWords(jobs);
    const at = this.#roomFor(need.search + need.answer);
    if (at < 0) return false;
    const { words } = this;
    words[PLACES + (search % ENTRIES)] = at;
    words[at + S_ANSWER] = at + need.search;
    words[at + S_JOBS] = jobs.length;
    const query = at + S_QUERY;
    this.#floats.set(vector, query);
    this.#floats.fill(0, query + vector.length, query + this.#padded);
    let to = query + this.#padded;
    for (const { job, apart, bits } of jobs) {
      const length = bits ? Math.ceil(job.rows / 32) : 0;
      writeJob(words, to, job);
      words[to + J_APART] = apart.length;
      words[to + J_BITS] = length;
      to += J_WORDS;
      words.set(apart, to);
      to += apart.length;
      if (bits) {
        this.#unsigned.set(bits, to);
        this.#unsigned.fill(0, to + bits.length, to + length);
      }
      to += length;
    }
    this.#next = to + need.answer;
    this.#end = search + 1;
    return true;
  }

  /** The search that was put last is not handed over. */
  takeBack(search: number): void {
    this.#end = search;
  }

  /** In the searching thread: a search, and where its answer goes. */
  asked(search: number): { query: Float32Array; jobs: AskedJob[]; room: Room } {
    const { words } = this;
    const at = words[PLACES + (search % ENTRIES)]!;
    const query = this.#floats.subarray(at + S_QUERY, at + S_QUERY + this.#padded);
    let from = at + S_QUERY + this.#padded;
    const jobs = Array.from({ length: words[at + S_JOBS]! }, () => {
      const job = readJob(words, from);
      const apart = from + J_WORDS;
      const bits = apart + words[from + J_APART]!;
      const end = bits + words[from + J_BITS]!;
      from = end;
      return {
        job,
        apart: this.#unsigned.subarray(apart, bits),
        bits: this.#unsigned.subarray(bits, end),
      };
    });
    return { query, jobs, room: { at: words[at + S_ANSWER]! } };
  }

  /** Writes entries of the answer to a job, behind those before. Returns where the next go. */
  putEntries(at: number, entries: Uint32Array): number {
    this.#unsigned.set(entries, at);
    return at + entries.length;
  }

  /** Where the entries of the next answer begin. */
  entriesAt({ at }: Room): number {
    return at + A_WORDS;
  }

  /** Writes the answer to the next job, whose entries are there. */
  putAnswer(room: Room, job: Job, verdict: number, outcome: Outcome, errors: Answered['errors']): void {
    const { at } = room;
    this.words[at + A_NEAR] = outcome.near;
    this.words[at + A_MET] = outcome.met;
    this.words[at + A_SIZE] = outcome.size;
    this.words[at + A_VERDICT] = verdict;
    this.#floats[at + A_PER_ROW] = errors.perRow;
    this.#floats[at + A_OWN] = errors.own;
    room.at += A_WORDS + 2 * entriesMax(job);
  }

  /** The answers to the jobs of the first search that was not taken: valid until another is put. */
  takeAnswers(jobs: readonly ArenaJob[]): Answered[] {
    const { words } = this;
    let at = words[words[PLACES + (this.#first++ % ENTRIES)]! + S_ANSWER]!;
    return jobs.map(({ job }) => {
      const begin = at + A_WORDS;
      const most = entriesMax(job);
      const answered = {
        near: words[at + A_NEAR]!,
        met: words[at + A_MET]!,
        size: words[at + A_SIZE]!,
        verdict: words[at + A_VERDICT]!,
        errors: { perRow: this.#floats[at + A_PER_ROW]!, own: this.#floats[at + A_OWN]! },
        entries: this.#unsigned.subarray(begin, begin + 2 * most),
      };
      at = begin + 2 * most;
      return answered;
    });
  }
}
