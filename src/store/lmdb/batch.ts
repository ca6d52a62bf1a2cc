/*
 * Operations that LMDB's own thread executes and commits as one transaction, all or nothing: instructions in memory,
 * as the package gives them to that thread (node_modules/lmdb/src/writer.cpp). They are written here and not by the
 * package's `put`, because that makes four objects an operation, which live until the commit: twice the time.
 *
 * While a batch is executed, no JavaScript has a part in it. A thread that is ended meanwhile is waited for by Node,
 * until the commit is done; one that is ended before has handed over nothing.
 *
 * Shared state: the memory of instructions and values. This thread writes it, then hands it over (`startWriting`,
 * which queues work for another thread, under a lock); LMDB's thread reads and marks it, until `commit` resolves. Only
 * then it is used again.
 */
import { type Environment, native } from './tables.js';

/** Instructions: bits of what they carry (1: an operation, 2: a value, 4: a key, 8: whatever was before). */
const PUT = 15;
const DELETE = 13;
/** What follows is at another address. */
const POINTER = 3;
const END = 0;

/** LMDB writes the number of its transaction before the end, which in an empty batch is the first instruction. */
const BEGIN_BYTES = 8;
/** What an instruction takes besides its key; and a pointer to the next piece, or the end, behind it. */
const INSTRUCTION_BYTES = 64;

/** Of the first piece of memory, and of each further one where the first is not enough. */
const FIRST_BYTES = 1 << 16;
const PIECE_BYTES = 1 << 20;
/** Pieces that are kept for later batches, of instructions and of values each. */
const KEPT_PIECES = 8;

/** Memory that LMDB reads by its address. */
class Piece {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
  readonly address: number;
  used = 0;

  constructor(bytes: number) {
    const buffer = new ArrayBuffer(Math.ceil(bytes / 8) * 8);
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.address = native.getAddress(buffer);
  }

  has(bytes: number): boolean {
    return this.used + bytes <= this.bytes.length;
  }
}

/** Pieces of memory, one after another. */
class Memory {
  readonly first = new Piece(FIRST_BYTES);
  /** The piece in use. */
  piece = this.first;
  #further: Piece[] = [];
  #at = 0;

  /** Goes on to a piece with room for so much. */
  next(bytes: number): Piece {
    const kept = this.#further[this.#at];
    this.piece = kept?.has(bytes) ? kept : new Piece(Math.max(PIECE_BYTES, bytes));
    this.#further[this.#at++] = this.piece;
    return this.piece;
  }

  /** Keeps pieces for later batches, also those that this one did not need. */
  clear(): void {
    const kept = this.#further.filter(({ bytes }) => bytes.length === PIECE_BYTES).slice(0, KEPT_PIECES);
    this.#further = kept;
    for (const piece of [this.first, ...kept]) piece.used = 0;
    this.#at = 0;
    this.piece = this.first;
  }
}

export class Batch {
  readonly #environment: Environment;
  readonly #instructions = new Memory();
  readonly #values = new Memory();
  /** Where key and value of the latest operation go. */
  key: Uint8Array = this.#instructions.first.bytes;
  keyAt = 0;
  value: Uint8Array = this.#values.first.bytes;
  valueAt = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.clear();
  }

  /** Puts a value of so many bytes, which the caller writes to what is returned, before `commit`. */
  put(table: number, key: Uint8Array, bytes: number): Uint8Array {
    this.reserve(table, key.length, bytes);
    this.#setKey(key);
    return this.value.subarray(this.valueAt, this.valueAt + bytes);
  }

  /** Puts a number of eight bytes. */
  putNumber(table: number, key: Uint8Array, value: number): void {
    this.reserve(table, key.length, 8);
    this.#setKey(key);
    this.#values.piece.doubles[this.valueAt / 8] = value;
  }

  /**
   * Puts a value under a key, of so many bytes each. The caller writes them where `key`, `keyAt`, `value` and `valueAt`
   * say, before anything else is asked of the batch.
   */
  reserve(table: number, keyBytes: number, valueBytes: number): void {
    const into = this.#instruct(PUT, table, keyBytes);
    const values = this.#values.piece.has(valueBytes) ? this.#values.piece : this.#values.next(valueBytes);
    const begin = values.used;
    into.words[into.used / 4 - 1] = valueBytes;
    into.doubles[into.used / 8] = values.address + begin;
    into.used += 8;
    values.used = (begin + valueBytes + 7) & ~7;
    this.value = values.bytes;
    this.valueAt = begin;
  }

  remove(table: number, key: Uint8Array): void {
    this.#instruct(DELETE, table, key.length);
    this.#setKey(key);
  }

  #instruct(operation: number, table: number, keyBytes: number): Piece {
    const bytes = keyBytes + INSTRUCTION_BYTES;
    const { piece } = this.#instructions;
    const into = piece.has(bytes) ? piece : this.#continue(piece, bytes);
    const word = into.used / 4;
    into.words[word] = operation;
    into.words[word + 1] = table;
    into.words[word + 2] = keyBytes;
    this.key = into.bytes;
    this.keyAt = into.used + 12;
    into.used = (into.used + 12 + keyBytes + 16) & ~7;
    return into;
  }

  /** A loop: most keys are short. */
  #setKey(key: Uint8Array): void {
    const { key: into, keyAt } = this;
    for (let i = 0; i < key.length; i++) into[keyAt + i] = key[i]!;
  }

  #continue(before: Piece, bytes: number): Piece {
    const piece = this.#instructions.next(bytes);
    before.words[before.used / 4] = POINTER;
    before.doubles[before.used / 8 + 1] = piece.address;
    return piece;
  }

  /**
   * Hands over what was put and removed since `clear`. Resolves when it is committed; rejects when nothing of it is.
   * Until then, there is nothing else to be done with this batch.
   */
  commit(): Promise<void> {
    const { piece, first } = this.#instructions;
    const end = piece.used / 4;
    piece.words[end] = END;
    return new Promise((resolve, reject) => {
      this.#environment.startWriting(first.address + BEGIN_BYTES, (status) => {
        if (status === 0) return resolve();
        // LMDB's thread marks the end when it has come there. Else it got no transaction, and has kept its lock, for
        // which whoever writes or closes next would wait for ever.
        if (piece.words[end] === END) this.#environment.resumeWriting();
        reject(errorOf(status));
      });
    });
  }

  /** Waits until who is committing has come to the end: readers that begin from here on see it. */
  awaitCommit(): void {
    this.#environment.beginTxn(2);
    this.#environment.abortTxn();
  }

  /**
   * Executes and commits in this thread, unless a transaction was committed after that of the number `last`: then it
   * returns false. Calls of LMDB alone, which no end of the thread comes between.
   */
  commitAfter(last: number): boolean {
    const { piece, first } = this.#instructions;
    piece.words[piece.used / 4] = END;
    const environment = this.#environment;
    const { address } = environment;
    environment.beginTxn(2);
    const isNext = environment.getWriteTxnId() === last + 1;
    try {
      if (isNext) native.write(address, first.address + BEGIN_BYTES);
    } catch (error) {
      environment.abortTxn();
      throw error;
    }
    if (isNext) environment.commitTxn();
    else environment.abortTxn();
    return isNext;
  }

  clear(): void {
    this.#instructions.clear();
    this.#instructions.first.used = BEGIN_BYTES;
    this.#values.clear();
  }
}

function errorOf(status: number): unknown {
  try {
    return native.lmdbError(status);
  } catch (error) {
    return error;
  }
}
