/* Files of text: what is not UTF-8 would be read as other characters, and is an error instead. UTF-16 with its mark is let pass. */
import { createReadStream, type ReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { CommandError } from '../frame/exits.js';

const isUtf16 = ([first, second]: Uint8Array): boolean => first === 0xff && second === 0xfe;

/** `stream`: the file; `text`: the same bytes, checked, and an error of either. */
export function textOf(file: string): { readonly stream: ReadStream; readonly text: Transform } {
  const stream = createReadStream(file);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let begins = true;
  let passes = false;
  let before = 0;
  const check = (bytes: Uint8Array, more: boolean): Error | null => {
    try {
      if (!passes) decoder.decode(bytes, { stream: more });
      return null;
    } catch {
      return new CommandError('INPUT', `${file} is not UTF-8 (behind byte ${before}): save it as UTF-8`);
    }
  };
  const text = new Transform({
    transform(bytes: Uint8Array, _encoding, done) {
      if (begins) passes = isUtf16(bytes);
      begins = false;
      const wrong = check(bytes, true);
      before += bytes.length;
      done(wrong, bytes);
    },
    flush(done) {
      done(check(new Uint8Array(0), false));
    },
  });
  stream.on('error', (error) => text.destroy(error)).pipe(text);
  return { stream, text };
}
