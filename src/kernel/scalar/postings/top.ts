/* The best hits of a query: see asm/postings/top.ts. */
import * as L from '../../postings-layout.js';
import { type Memory, setWord, word } from './memory.js';

const bits = new Uint32Array(1);
const number = new Float32Array(bits.buffer);

function keyOf(score: number): number {
  number[0] = score;
  const of = bits[0]!;
  return (of >>> 31 === 1 ? ~of : of | 0x8000_0000) >>> 0;
}

function scoreOf(key: number): number {
  bits[0] = key >>> 31 === 1 ? key ^ 0x8000_0000 : ~key;
  return number[0]!;
}

export function isFull(m: Memory, query: number): boolean {
  return word(m, query + L.Q_SIZE) === word(m, query + L.Q_K);
}

export function worst(m: Memory, query: number): number {
  return isFull(m, query) ? scoreOf(word(m, word(m, query + L.Q_HEAP))) : Number.NEGATIVE_INFINITY;
}

function isWorse(m: Memory, key: number, slot: number, other: number): boolean {
  const theirs = word(m, other);
  return key < theirs || (key === theirs && slot > word(m, other + 4));
}

function put(m: Memory, at: number, key: number, slot: number): void {
  setWord(m, at, key);
  setWord(m, at + 4, slot);
}

function move(m: Memory, to: number, from: number): void {
  put(m, to, word(m, from), word(m, from + 4));
}

export function offer(m: Memory, query: number, score: number, slot: number): void {
  const heap = word(m, query + L.Q_HEAP);
  const key = keyOf(score);
  let at = word(m, query + L.Q_SIZE);
  if (isFull(m, query)) {
    if (!isWorse(m, key, slot, heap)) sink(m, heap, at, key, slot);
    return;
  }
  setWord(m, query + L.Q_SIZE, at + 1);
  while (at > 0) {
    const above = (at - 1) >>> 1;
    if (!isWorse(m, key, slot, heap + 8 * above)) break;
    move(m, heap + 8 * at, heap + 8 * above);
    at = above;
  }
  put(m, heap + 8 * at, key, slot);
}

function sink(m: Memory, heap: number, size: number, key: number, slot: number): void {
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= size) break;
    const right = heap + 8 * (below + 1);
    if (below + 1 < size && isWorse(m, word(m, right), word(m, right + 4), heap + 8 * below)) below++;
    if (isWorse(m, key, slot, heap + 8 * below)) break;
    move(m, heap + 8 * at, heap + 8 * below);
    at = below;
  }
  put(m, heap + 8 * at, key, slot);
}
