/* A file of bytes, read in blocks, of which records of known length are taken. */
import { open } from 'node:fs/promises';

const BLOCK = 1 << 20;

export class Blocks implements AsyncDisposable {
  readonly size: number;
  /** How far it is taken. */
  at = 0;
  readonly #handle: Awaited<ReturnType<typeof open>>;
  #block: Buffer = Buffer.alloc(0);
  #from = 0;

  private constructor(handle: Awaited<ReturnType<typeof open>>, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  static async of(file: string): Promise<Blocks> {
    const handle = await open(file);
    try {
      return new Blocks(handle, (await handle.stat()).size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get left(): number {
    return this.size - this.at;
  }

  /** The next bytes: all that are asked for, or undefined where the file is shorter. Good until the next call. */
  async take(length: number): Promise<Buffer | undefined> {
    if (length > this.left) return undefined;
    if (this.at + length > this.#from + this.#block.length) {
      const wanted = Math.min(this.left, Math.max(length, BLOCK));
      const block = Buffer.alloc(wanted);
      let read = 0;
      while (read < wanted) {
        const { bytesRead } = await this.#handle.read(block, read, wanted - read, this.at + read);
        if (bytesRead === 0) return undefined; // it was cut meanwhile
        read += bytesRead;
      }
      this.#block = block;
      this.#from = this.at;
    }
    const begin = this.at - this.#from;
    this.at += length;
    return this.#block.subarray(begin, begin + length);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.close();
  }
}
