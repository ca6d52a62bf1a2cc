/*
 * Streams of bytes in the body of a sealed file, each in blocks, little-endian:
 *
 *   blocks: number of the stream u32, bytes u32, block | 0xffffffff u32
 *
 * They are read as a whole and believed before anything is made of them; each block is let go when it was used.
 */
import { type SealedFile, wordAt, words } from '../../platform/sealed-file.js';

const END = 0xffff_ffff;

/** The body of a file; blocks are asked for as they are written. */
export function* bodyOf(streams: Iterable<Iterable<Uint8Array>>): Generator<Uint8Array> {
  let number = 0;
  for (const stream of streams) {
    for (const block of stream) {
      yield words(number, block.length);
      yield block;
    }
    number++;
  }
  yield words(END);
}

/** The blocks of each stream, by its number. */
export async function readStreams(file: SealedFile): Promise<Map<number, Uint8Array[]>> {
  const streams = new Map<number, Uint8Array[]>();
  for (;;) {
    const number = wordAt(await file.take(4), 0);
    if (number === END) return streams;
    const length = wordAt(await file.take(4), 0);
    const own = streams.get(number) ?? [];
    own.push(await file.take(length));
    streams.set(number, own);
  }
}

/** The blocks in their order, which are kept no longer than they are used. */
export function* usedUp(blocks: Uint8Array[]): Generator<Uint8Array> {
  blocks.reverse();
  while (blocks.length > 0) yield blocks.pop()!;
}
